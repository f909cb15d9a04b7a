"""Clusters, merges and questions brought up to date are those of a full run, and little is settled for it."""

import random
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.evidence import StewardLinks
from kempt.matching.rescore import rescore
from kempt.policy.autonomy import AutonomyPolicy, decider
from kempt.strict_yaml import parse
from kempt.usecases.cluster import settle
from kempt.usecases.judge import Judge, features_of
from tests.matching.factory import WHY, Row, person, relation
from tests.matching.history import NAMES, OF, World
from tests.sizes import size

ENGINE = DuckDbEngine()
NOTHING = StewardLinks()
RULES = f"""
otherwise: review
rules:
  - {{id: small, why: {WHY}, when: {{kind: merge, max_cluster_size: 3}}, verdict: apply}}
  - {{id: one-source, why: {WHY}, when: {{kind: merge, same_source: true, max_confidence: 0.97}}, verdict: reject}}
"""
POLICY = parse(AutonomyPolicy, RULES, name="autonomy.yaml")
CAUTIOUS = parse(AutonomyPolicy, RULES.replace("max_cluster_size: 3", "max_cluster_size: 2"), name="autonomy.yaml")
OUTCOME = ("person_pair", "person_cluster", "merge_step", "cluster_note", "cluster_link")


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def judge(policy: AutonomyPolicy) -> Judge:
    decide = decider(policy)
    return Judge(version=policy.version, decide=lambda step: decide(features_of(step)))


def rows(lake: duckdb.DuckDBPyConnection, table: str) -> list[tuple[Any, ...]]:
    """What a table says, whatever numbers the records have."""
    return lake.execute(f"select columns(name -> not suffix(name, '_number')) from {table} order by all").fetchall()


def outcome(lake: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    return {table: rows(lake, table) for table in OUTCOME}


def run(
    lake: duckdb.DuckDBPyConnection, name: str, links: StewardLinks = NOTHING, policy: AutonomyPolicy = POLICY
) -> int:
    """Compares and settles; the number of records settled."""
    rescore(lake, OF, name, ENGINE)
    return settle(lake, OF, links, judge(policy))


def whole(
    lake: duckdb.DuckDBPyConnection, name: str, links: StewardLinks = NOTHING, policy: AutonomyPolicy = POLICY
) -> dict[str, list[tuple[Any, ...]]]:
    """What a full run with the same model comes to: everything compared, everything settled."""
    with duckdb.connect(config={"threads": 1}) as other:
        for table in (name, "person_generic", "person_frequency", "match_state"):
            kept = lake.execute(f"from {table}").to_arrow_table()  # noqa: F841, read by DuckDB below
            other.execute(f"create table {table} as from kept")
        other.execute("update match_state set written_by = 'another Kempt', settled_by = null")
        assert rescore(other, OF, name, ENGINE).scope == "everything"
        settle(other, OF, links, judge(policy))
        return outcome(other)


def linked(chance: random.Random, links: StewardLinks) -> StewardLinks:
    """Stewards link, part, and take back."""
    kinds = {"must": set(links.must), "cannot": set(links.cannot)}
    chosen = kinds[chance.choice(["must", "cannot"])]
    if chosen and chance.random() < 0.4:
        chosen.remove(chance.choice(sorted(chosen)))
    else:
        one, other = chance.sample(NAMES, 2)
        chosen.add((one, other))
    return StewardLinks(**{kind: frozenset(each) for kind, each in kinds.items()})


@settings(deadline=None, max_examples=size(4))
@given(seed=st.integers(0, 2**32))
def test_after_any_history_clusters_merges_and_questions_are_those_of_a_full_run(seed):
    world, links = World(random.Random(seed)), NOTHING
    with duckdb.connect(config={"threads": 1}) as lake:
        settled = []
        for _ in range(10):
            name = world.write(lake)
            settled.append(run(lake, name, links))

            assert outcome(lake) == whole(lake, name, links)

            if world.chance.random() < 0.8:
                world.pass_a_day()
            if world.chance.random() < 0.5:
                links = linked(world.chance, links)
    assert min(settled) < 20


def must(*links: tuple[str, str]) -> StewardLinks:
    return StewardLinks(must=frozenset(links))


def clusters(lake: duckdb.DuckDBPyConnection) -> set[str]:
    """The clusters of more than one record."""
    found = lake.execute(
        "select string_agg(record_id, '' order by record_id) from person_cluster group by cluster having count(*) > 1"
    ).fetchall()
    return {row[0] for row in found}


def again(
    lake: duckdb.DuckDBPyConnection, records: list[Row], links: StewardLinks = NOTHING, policy: AutonomyPolicy = POLICY
) -> tuple[int, set[str]]:
    """A run, held to a full one: the number of records settled, and the clusters."""
    name = relation(lake, records)
    settled = run(lake, name, links, policy)
    assert outcome(lake) == whole(lake, name, links, policy)
    return settled, clusters(lake)


def twin(record: str, box: str, **more: Any) -> Row:
    return person(record, box * 4, box * 5, email_canonical=f"{box}@mail.example", **more)


TWINS = [twin("a1", "a"), twin("a2", "a"), twin("b1", "b"), twin("b2", "b")]
OTHERS = [person(f"z{n:02d}", f"{n}", f"{n}") for n in range(20)]
EVERYBODY = [*TWINS, *OTHERS]


def test_only_what_a_change_touches_is_settled_and_nothing_is_written_without_one(lake):
    first = again(lake, EVERYBODY)
    unchanged = again(lake, EVERYBODY)
    changed = again(lake, [TWINS[0], twin("a2", "c"), *TWINS[2:], *OTHERS])
    gone = again(lake, [TWINS[0], *TWINS[2:], *OTHERS])

    assert first == (24, {"a1a2", "b1b2"})
    assert unchanged == (0, {"a1a2", "b1b2"})
    assert changed == (2, {"b1b2"})
    assert gone == (0, {"b1b2"})
    assert "a2" not in {row[0] for row in rows(lake, "person_cluster")}


def test_a_must_link_that_comes_or_goes_touches_what_it_joins_and_no_more(lake):
    again(lake, EVERYBODY)

    assert again(lake, EVERYBODY, must(("a1", "b1"))) == (4, {"a1a2b1"})
    assert again(lake, EVERYBODY, must(("a1", "b1"), ("z01", "z00"))) == (2, {"a1a2b1", "z00z01"})
    assert again(lake, EVERYBODY, must(("z01", "z00"))) == (4, {"a1a2", "b1b2", "z00z01"})


def test_must_links_count_as_edges_of_the_components(lake):
    """What happens on one side of a link settles the other side too."""
    again(lake, EVERYBODY, must(("a1", "b1")))
    settled, _ = again(lake, [*TWINS, twin("b3", "b"), *OTHERS], must(("a1", "b1")))

    assert settled == 5


@pytest.mark.parametrize("name", ["a0", "n0"], ids=["before", "after"])
def test_a_must_link_of_a_record_that_is_not_there_holds_when_it_comes(lake, name):
    link, everybody = must(("a1", name)), [*EVERYBODY, person(name, "n", "n")]
    before = again(lake, EVERYBODY, link)
    there = again(lake, everybody, link)
    gone = again(lake, EVERYBODY, link)
    back = again(lake, everybody, link)

    assert before == (24, {"a1a2", "b1b2"})
    assert there == back == (3, {"".join(sorted(["a1", "a2", name])), "b1b2"})
    assert gone == (2, {"a1a2", "b1b2"})


def test_a_cannot_link_that_comes_or_goes_settles_its_component_again(lake):
    again(lake, EVERYBODY)

    assert again(lake, EVERYBODY, StewardLinks(cannot=frozenset({("b2", "b1")}))) == (2, {"a1a2"})
    assert again(lake, EVERYBODY) == (2, {"a1a2", "b1b2"})


def test_a_contradiction_is_counted_until_it_is_settled(lake):
    both = StewardLinks(must=frozenset({("a1", "b1")}), cannot=frozenset({("a1", "b1")}))

    again(lake, EVERYBODY, both)
    noted = [row for row in rows(lake, "cluster_note") if row[2] == "contradiction"]
    again(lake, EVERYBODY, StewardLinks(cannot=both.cannot))

    assert noted == [("person", "a1", "contradiction", "")]
    assert not [row for row in rows(lake, "cluster_note") if row[2] == "contradiction"]


def test_another_policy_settles_everything_again(lake):
    three = [*EVERYBODY, twin("a3", "a")]
    before = again(lake, three)
    after = again(lake, three, policy=CAUTIOUS)

    assert before == (25, {"a1a2a3", "b1b2"})
    assert after == (25, {"a1a2", "b1b2"})


def test_pairs_of_a_run_that_died_before_clustering_are_settled_by_the_next(lake):
    again(lake, EVERYBODY)
    rescore(lake, OF, relation(lake, [*EVERYBODY, twin("a3", "a")]), ENGINE)

    assert again(lake, [*EVERYBODY, twin("a3", "a"), twin("b3", "b")]) == (6, {"a1a2a3", "b1b2b3"})


def test_a_steward_s_link_is_obeyed_before_the_next_pairs_are_scored(lake):
    """What is clustered are the records that were scored, whatever arrived since."""
    again(lake, EVERYBODY)
    relation(lake, [*EVERYBODY[1:], twin("c1", "c")])

    assert settle(lake, OF, must(("a1", "z00")), judge(POLICY)) == 3
    assert clusters(lake) == {"a1a2z00", "b1b2"}


def test_tables_that_an_older_kempt_wrote_are_written_anew(lake):
    again(lake, EVERYBODY)
    lake.execute(
        "drop table match_state; create or replace table person_cluster as select 'r' as record_id, 'c' as cluster"
    )
    lake.execute("update merge_step set left_id = 'gone', right_id = 'gone too'")

    assert again(lake, EVERYBODY) == (24, {"a1a2", "b1b2"})
