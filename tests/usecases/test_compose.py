"""Golden records in the lake and in Postgres: both end alike, and what did not change is not written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from kempt.usecases import golden_rows
from kempt.usecases.apply_decided import Applied
from kempt.usecases.compose import Composed, compose_golden
from kempt.warehouse import connection as warehouse
from kempt.warehouse.connection import gather, open_lake
from tests.factory import CRM, LENE, MONDAY, SHOP, TUESDAY, Desk, person

FILES = "select file_count from ducklake_table_info('lake') where table_name = 'person_cell'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How golden records stand in the lake and in Postgres, and how often the lake was written."""

    cells: list[tuple[Any, ...]]
    rows: list[tuple[Any, ...]]
    digests: list[tuple[Any, ...]]
    snapshots: int
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A first run; the same again; another title for Lene, composed by a run that dies; then once more, and anew."""

    first: Kept
    again: Composed
    applied: Applied
    after_again: Kept
    died: Kept
    made_good: Composed
    after_made_good: Kept
    rebuilt: Composed
    after_rebuilt: Kept
    gathered: Kept


@pytest.fixture(scope="module")
def story(open_desk: Callable[[], Desk]) -> Story:
    desk = open_desk()
    desk.drop("crm", MONDAY, CRM)
    desk.drop("shop", MONDAY, SHOP)
    desk.land(MONDAY)
    desk.run()
    first, again, applied, after_again = _kept(desk), _composed(desk), desk.apply(), _kept(desk)
    desk.drop("crm", TUESDAY, [*CRM[:2], person("c3", **LENE | {"title": "Head of Purchasing"}), CRM[3]])
    desk.land(TUESDAY)
    desk.canonical()
    died = _killed_before_postgres(desk)
    made_good, after_made_good, gathered = _composed(desk), _kept(desk), _gathered(desk)
    desk.lake("drop table person_cell")
    return Story(
        first=first, again=again, applied=applied, after_again=after_again, died=died, made_good=made_good,
        after_made_good=after_made_good, gathered=gathered, rebuilt=_composed(desk), after_rebuilt=_kept(desk),
    )  # fmt: skip


def _composed(desk: Desk) -> Composed:
    tenant = desk.tenant
    with open_lake(tenant.lake) as lake:
        return compose_golden(tenant, lake, now=desk.tick())


def _killed_before_postgres(desk: Desk) -> Kept:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(golden_rows, "append", die)
        with pytest.raises(KeyboardInterrupt):
            _composed(desk)
    return _kept(desk)


def _gathered(desk: Desk) -> Kept:
    with pytest.MonkeyPatch.context() as patched, open_lake(desk.tenant.lake) as lake:
        patched.setattr(warehouse, "MOST_FILES", 1)
        gather(lake, ["person_cell"])
    return _kept(desk)


def _kept(desk: Desk) -> Kept:
    return Kept(
        cells=desk.lake("from person_cell order by all"),
        rows=desk.lake("from person_golden order by all"),
        digests=desk.state()["golden"],
        snapshots=desk.lake("select count(*) from ducklake_snapshots('lake')")[0][0],
        files=desk.lake(FILES)[0][0],
    )


def test_what_did_not_change_is_not_written(story: Story) -> None:
    assert (story.again.composed, story.again.changed, story.again.golden_records) == (0, 0, 5)
    assert story.applied == Applied(values=0, flags=0, merges=0, golden_records_changed=0)
    assert story.after_again == story.first


def test_a_run_that_died_before_postgres_was_written_is_made_good(story: Story) -> None:
    assert story.died.cells != story.first.cells
    assert story.died.digests == story.first.digests
    assert (story.made_good.composed, story.made_good.changed) == (0, 1)
    assert story.after_made_good.digests == sorted((row[0], row[2]) for row in story.after_made_good.rows)


def test_day_by_day_ends_as_a_rebuild_does(story: Story) -> None:
    assert (story.rebuilt.composed, story.rebuilt.changed) == (5, 0)
    assert story.rebuilt.cells == story.made_good.cells
    assert story.after_rebuilt.cells == story.after_made_good.cells
    assert story.after_rebuilt.rows == story.after_made_good.rows


def test_a_table_in_many_files_is_written_anew(story: Story) -> None:
    assert (story.after_made_good.files, story.gathered.files) == (2, 1)
    assert story.gathered.cells == story.after_made_good.cells
