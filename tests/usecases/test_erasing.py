"""Nothing that was learned or decided is erased: the application has no right to, but for what an erasure is about."""

from collections.abc import Callable

from tests.factory import Desk


def test_the_application_may_delete_what_comes_again_and_nothing_else(open_desk: Callable[[], Desk]) -> None:
    """A golden record is a projection and an owner follows from it; what a shadow said has no effect on anything. The
    others hold no record's values: who works at what, filters, failed sign-ins, addresses of those who get letters,
    and messages and links once they are over."""
    erasable = open_desk().sql(
        "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p') "
        "and c.relnamespace in ('kempt'::regnamespace, 'ledger'::regnamespace) "
        "and (has_table_privilege(c.oid, 'delete') or has_table_privilege(c.oid, 'truncate'))"
    )

    composed = {("kempt.golden_record",), ("kempt.routing",), ("kempt.shadow_decision",)}
    of_users = {("kempt.assignment",), ("kempt.mailbox",), ("kempt.saved_view",), ("kempt.sign_in_failure",)}
    over = {("kempt.outbox",), ("kempt.link_use",)}
    assert set(erasable) == composed | of_users | over


def test_values_go_through_one_door_and_nothing_else_does(open_desk: Callable[[], Desk]) -> None:
    """Its function deletes for a record whose erasure is on record: values, keys, answers and search tokens alone."""
    desk = open_desk()

    assert desk.sql(
        "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p') "
        "and c.relnamespace in ('kempt'::regnamespace, 'ledger'::regnamespace) "
        "and has_table_privilege('kempt_writer', c.oid, 'delete') order by 1"
    ) == [("kempt.provider_answer",), ("kempt.record_key",), ("kempt.record_version",), ("kempt.search_record",)]
    assert desk.sql(
        "select p.oid::regproc::text from pg_proc p where p.prosecdef and has_function_privilege(p.oid, 'execute') "
        "and pg_get_functiondef(p.oid) ilike '%%delete from%%'"
    ) == [("kempt.forget",)]
