"""Nothing that was learned or decided is erased: the application has no right to."""

from collections.abc import Callable

from tests.factory import Desk


def test_the_application_may_delete_golden_records_and_nothing_else(open_desk: Callable[[], Desk]) -> None:
    """A golden record is a projection: an entity without records has none, and it can be composed again."""
    erasable = open_desk().sql(
        "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p') "
        "and c.relnamespace in ('kempt'::regnamespace, 'ledger'::regnamespace) "
        "and (has_table_privilege(c.oid, 'delete') or has_table_privilege(c.oid, 'truncate'))"
    )

    assert erasable == [("kempt.golden_record",)]
