"""Nothing that was learned or decided is erased: the application has no right to, but for what an erasure is about."""

from collections.abc import Callable

from tests.factory import Desk


def test_the_application_may_delete_what_comes_again_and_nothing_else(open_desk: Callable[[], Desk]) -> None:
    """A golden record is a projection: it can be composed again. What a shadow said has no effect on anything."""
    erasable = open_desk().sql(
        "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p') "
        "and c.relnamespace in ('kempt'::regnamespace, 'ledger'::regnamespace) "
        "and (has_table_privilege(c.oid, 'delete') or has_table_privilege(c.oid, 'truncate'))"
    )

    assert set(erasable) == {("kempt.golden_record",), ("kempt.shadow_decision",)}


def test_values_go_through_one_door_and_nothing_else_does(open_desk: Callable[[], Desk]) -> None:
    """Its function deletes for a record whose erasure is on record; it may reach values, keys and answers alone."""
    desk = open_desk()

    assert desk.sql(
        "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p') "
        "and c.relnamespace in ('kempt'::regnamespace, 'ledger'::regnamespace) "
        "and has_table_privilege('kempt_writer', c.oid, 'delete') order by 1"
    ) == [("kempt.provider_answer",), ("kempt.record_key",), ("kempt.record_version",)]
    assert desk.sql(
        "select p.oid::regproc::text from pg_proc p where p.prosecdef and has_function_privilege(p.oid, 'execute') "
        "and pg_get_functiondef(p.oid) ilike '%%delete from%%'"
    ) == [("kempt.forget",)]
