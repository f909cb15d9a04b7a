"""A model is frozen until a rebuild is chosen, and what that would change is known before."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from kempt.errors import StopRun
from kempt.usecases.match import Matched, score_pairs
from kempt.usecases.rebuild_matches import Churn, choose_rebuild, foresee_rebuild
from kempt.warehouse.connection import open_lake
from tests.factory import LENE, MARIE, MONDAY, TUESDAY, Desk, person

# A mailbox says nothing any more under four names, a number under five.
BY_MAIL = {"given": "Lene", "family": "Haferkorn", "mail": LENE["mail"]}
BY_PHONE = {"given": "Marie", "family": "Quendel", "phone": MARIE["phone"], "company": MARIE["company"]}
STRANGERS = (("Ada", "Ohm"), ("Bo", "Watt"), ("Cy", "Volt"), ("Di", "Farad"))


def strangers(key: str, **shared: str) -> list[dict[str, str]]:
    return [person(f"{key}{n}", given, family, **shared) for n, (given, family) in enumerate(STRANGERS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Monday's model; Tuesday a mailbox becomes common and a number personal; then a rebuild."""

    frozen: dict[str, str]
    foreseen: dict[str, Churn]
    written: tuple[Any, Any]
    rebuilt: dict[str, str]
    matched: Matched
    foreseen_again: dict[str, Churn]
    repeated: Matched


@pytest.fixture(scope="module")
def story(open_desk: Callable[[], Desk]) -> Story:
    desk = open_desk()
    twins = [person("lene", **BY_MAIL), person("marie", **BY_PHONE)]
    desk.drop("shop", MONDAY, twins)
    desk.drop("crm", MONDAY, [*twins, *strangers("p", phone=MARIE["phone"]), *strangers("m")])
    desk.land(MONDAY)
    desk.run()
    desk.drop("shop", TUESDAY, twins)
    desk.drop("crm", TUESDAY, [*twins, *strangers("p"), *strangers("m", mail=LENE["mail"])])
    desk.land(TUESDAY)
    desk.run()
    frozen, before = _entities(desk), _everything(desk)
    foreseen = _foreseen(desk)
    written = before, _everything(desk)
    with open_lake(desk.tenant.lake) as lake:
        choose_rebuild(desk.tenant, lake)
        matched = score_pairs(desk.tenant, lake)
    desk.identify()
    with open_lake(desk.tenant.lake) as lake:
        repeated = score_pairs(desk.tenant, lake)
    return Story(
        frozen=frozen, foreseen=foreseen, written=written, rebuilt=_entities(desk), matched=matched,
        foreseen_again=_foreseen(desk), repeated=repeated,
    )  # fmt: skip


def _foreseen(desk: Desk) -> dict[str, Churn]:
    with open_lake(desk.tenant.lake) as lake:
        return foresee_rebuild(desk.tenant, lake)


def _entities(desk: Desk) -> dict[str, str]:
    return {f"{source} {key}": desk.entity_of(source, key) for source in ("crm", "shop") for key in ("lene", "marie")}


def _everything(desk: Desk) -> tuple[Any, ...]:
    events = desk.sql("select count(*) from ledger.event")
    return desk.state(), events, desk.lake("select max(snapshot_id) from ducklake_snapshots('lake')")


def test_what_becomes_common_or_personal_moves_nobody_until_a_rebuild(story: Story) -> None:
    assert story.frozen["crm lene"] == story.frozen["shop lene"]
    assert story.frozen["crm marie"] != story.frozen["shop marie"]


def test_foreseeing_writes_nothing(story: Story) -> None:
    before, after = story.written

    assert before == after


def test_a_rebuild_does_what_was_foreseen(story: Story) -> None:
    person = story.foreseen["person"]

    assert (person.records_moved, person.entities_merging, person.entities_splitting) == (2, 1, 1)
    assert (person.ids_redirected, person.ids_minted, person.ids_retired) == (1, 1, 0)
    assert story.rebuilt["crm lene"] != story.rebuilt["shop lene"]
    assert story.rebuilt["crm marie"] == story.rebuilt["shop marie"]
    assert (story.matched.compared["person"], story.matched.model["person"]) == (
        "everything with a new model",
        person.new_model,
    )


def test_after_a_rebuild_there_is_nothing_to_rebuild(story: Story) -> None:
    again = story.foreseen_again["person"]

    assert again.model == again.new_model == story.foreseen["person"].new_model
    assert (again.records_moved, again.ids_redirected, again.ids_minted) == (0, 0, 0)
    assert (story.repeated.compared["person"], story.repeated.pairs_compared_anew["person"]) == ("nothing", 0)
    assert story.repeated.pairs_reused == story.repeated.pairs


def test_without_a_first_run_there_is_nothing_to_rebuild(open_desk: Callable[[], Desk]) -> None:
    desk = open_desk()

    with open_lake(desk.tenant.lake) as lake, pytest.raises(StopRun, match="kempt run -t"):
        foresee_rebuild(desk.tenant, lake)
