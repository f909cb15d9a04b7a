"""What policy merged, and what somebody's change of policy would part: it stands, and a steward is asked."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kempt.ledger.database import Database
from kempt.policy.autonomy import STANDS, AutonomyPolicy
from kempt.settings import Settings
from kempt.strict_yaml import parse
from kempt.usecases.decide import Judgement, decide_item
from kempt.usecases.review import carry_to_review
from tests.conftest import NUMBERS
from tests.usecases.world import RULES, WHY, Row, World, new_world, record

ADA = Row(name="Ada Quendel", mail="ada@quendel.example")
GONE = Row(name="A. Mohn", mail="mohn@anders.example", source="shop")


@pytest.fixture
def world(database: Database, postgres_home: Settings) -> Iterator[World]:
    """Three records of one person, merged by policy."""
    with new_world(database, postgres_home, f"parted_{next(NUMBERS)}") as opened:
        opened.put(a=ADA, b=replace(ADA, source="shop"), c=replace(ADA, source="fair"), z=GONE)
        run(opened)
        assert together(opened) == [{"a", "b", "c"}, {"z"}]
        yield opened


def run(world: World) -> None:
    world.run()
    carry_to_review(world.tenant, now=world.tick())


def together(world: World) -> list[set[str]]:
    found: dict[str, set[str]] = {}
    for letter in world.rows:
        found.setdefault(world.entity_of(letter), set()).add(letter)
    return sorted(found.values(), key=min)


def asked(world: World) -> list[tuple[frozenset[str], str]]:
    """What waits: the records and the reason."""
    letters = {record(letter): letter for letter in world.rows}
    rows = world.sql(
        "select subjects::text[], (select d.reasons[1] from kempt.decision d where d.proposal_id = p.proposal_id "
        "order by decided_at desc limit 1) from kempt.review_item item join kempt.proposal p using (proposal_id) "
        "where item.state = 'pending'"
    )
    return [(frozenset(letters[each] for each in records), str(why)) for records, why in rows]  # type: ignore[attr-defined]


def other_policy(world: World) -> None:
    """A new version that says the same of all that is here."""
    world.policy(parse(AutonomyPolicy, RULES.format(why=WHY, size=7), name="autonomy.yaml"))


def decide(world: World, proposal: str, judgement: Judgement) -> None:
    decide_item(world.tenant, proposal, judgement, steward="ines", now=world.tick())


def test_what_sources_changed_is_parted_without_a_word(world: World) -> None:
    world.put(c=replace(GONE, name="C. Mohn", mail="c@mohn.example"))
    run(world)

    assert together(world) == [{"a", "b"}, {"c"}, {"z"}]
    assert asked(world) == []


@pytest.fixture
def stands(world: World) -> World:
    """The evidence went in the run that first saw another policy."""
    other_policy(world)
    world.put(c=replace(GONE, name="C. Mohn", mail="c@mohn.example"))
    run(world)
    return world


def question(world: World) -> str:
    ((found,),) = world.sql("select proposal_id::text from kempt.review_item where state = 'pending'")
    return str(found)


def test_it_stands_and_is_asked_about_run_after_run(stands: World) -> None:
    for _ in range(3):
        assert together(stands) == [{"a", "b", "c"}, {"z"}]
        ((records, why),) = asked(stands)
        assert "c" in records
        assert why == STANDS
        run(stands)
    stands.lake.execute("update match_state set settled_policy = null; delete from cluster_link")
    run(stands)
    assert together(stands) == [{"a", "b", "c"}, {"z"}], "nor does a lake that is made anew part it"


def test_a_steward_parts_it(stands: World) -> None:
    decide(stands, question(stands), "reject")
    run(stands)

    assert together(stands) == [{"a", "b"}, {"c"}, {"z"}]
    assert asked(stands) == []


def test_a_steward_keeps_it(stands: World) -> None:
    decide(stands, question(stands), "approve")
    run(stands)
    assert together(stands) == [{"a", "b", "c"}, {"z"}]
    assert asked(stands) == []


def test_when_the_evidence_is_back_nothing_is_asked_any_more(stands: World) -> None:
    stands.put(c=replace(ADA, source="fair"))
    run(stands)

    assert together(stands) == [{"a", "b", "c"}, {"z"}]
    assert asked(stands) == []
    stands.put(c=replace(GONE, name="C. Mohn", mail="c@mohn.example"))
    run(stands)
    assert together(stands) == [{"a", "b"}, {"c"}, {"z"}], "it is the evidence's again, which sources may change"
