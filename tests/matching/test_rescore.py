"""Pairs brought up to date are those of comparing everything with the same model, and little is compared for it."""

import random
from collections.abc import Iterator

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.model import Model
from kempt.matching.rescore import Report, Rescored, forget_model, rescore
from kempt.matching.scoring import score_records
from kempt.matching.spec import MatchSpec
from tests.matching.factory import SPEC, person, relation, spec
from tests.matching.history import OF, Tales, World
from tests.sizes import size

ENGINE = DuckDbEngine()


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def pairs_of(connection, name):
    """All that is known of each pair, and nothing of how records are numbered."""
    return connection.execute(
        f"select columns(name -> not suffix(name, '_n') and not suffix(name, '_number')) from {name} "
        "order by left_id, right_id"
    ).fetchall()


def groups(rows) -> set[frozenset[str]]:
    """Records by the name of their group."""
    found: dict[int, set[str]] = {}
    for record, group in rows:
        found.setdefault(group, set()).add(record)
    return set(map(frozenset, found.values()))


def assert_as_if_compared_at_once(connection, name: str, found: Rescored, of: MatchSpec) -> None:
    """Every pair with all its evidence, every component and the report: those of a full run with the model in force."""
    model = Model(version=found.model, generic="person_generic", frequency="person_frequency")
    whole = score_records(connection, of, name, ENGINE, model)

    assert pairs_of(connection, "person_pair") == pairs_of(connection, whole.relation)
    assert_numbered_as_seen(connection)
    ids = connection.execute("select record_id from kempt_record order by n").fetchall()
    components = groups(connection.execute("select record_id, component from person_seen").fetchall())
    assert components == groups(zip((row[0] for row in ids), whole.component.tolist(), strict=True))
    assert found.report == Report(
        records=whole.records,
        pairs=whole.pairs,
        pairs_by_rule={rule.rule: rule.pairs for rule in whole.rules},
        pairs_not_made={rule.rule: rule.pairs_not_made for rule in whole.rules if rule.pairs_not_made},
        generic_values=whole.generic_values,
        components_left_out=whole.components_left_out,
    )


def assert_numbered_as_seen(connection) -> None:
    """Pairs, keys and full blocks go by the numbers that the records have now; no other number is in use."""
    for side in ("left", "right"):
        strays = f"from person_pair anti join person_seen on number = {side}_number and record_id = {side}_id"
        assert connection.execute(strays).fetchall() == []
    numbers = "select count(distinct number) - count(*), max(number) from person_seen"
    ((doubled, highest),) = connection.execute(numbers).fetchall()
    ((following,),) = connection.execute("select next_number from match_state").fetchall()
    assert doubled == 0
    assert highest is None or highest < following


@settings(deadline=None, max_examples=size(5))
@given(seed=st.integers(0, 2**32))
def test_after_any_history_pairs_components_and_report_are_as_if_compared_at_once(seed):
    world = World(random.Random(seed))
    with duckdb.connect(config={"threads": 1}) as connection:
        scopes, read = [], []
        for day in range(10):
            name = world.write(connection)
            # On the first days the lake always tells what changed, later mostly.
            feed = Tales(connection, world) if day < 4 or world.chance.random() < 0.7 else None
            found = rescore(connection, OF, name, ENGINE, feed)
            scopes.append(found.scope)
            read.append(found.records_read)

            assert_as_if_compared_at_once(connection, name, found, OF)

            world.pass_a_day()
    assert scopes[0] == "everything with a new model"
    assert scopes.count("change") > 5
    assert read.count("changed") > 0


# A family to block by, and a mailbox whose block takes no more than two.
ONE_RULE = spec(SPEC.replace("  - {name: phone, agree_on: [phone]}\n", "").replace("max_block: 50", "max_block: 2"))


def people(mailboxes: str, **more: object) -> list[dict[str, object]]:
    """A record for each letter, with the mailbox that it names, and with nothing else in common."""
    return [
        dict(
            person(
                f"r{n}",
                "gmt"[n % 3] + "ann"[: n % 3],
                "xyzvw"[n % 5] + "stone",
                email_canonical=f"{box}@mail.example",
                **more,
            )
        )
        for n, box in enumerate(mailboxes)
    ]


def compared(connection, rows, of: MatchSpec = ONE_RULE) -> tuple[Rescored, set[str]]:
    """What bringing pairs up to date says, and the pairs there are; checked against a full run."""
    name = relation(connection, rows)
    found = rescore(connection, of, name, ENGINE)
    assert_as_if_compared_at_once(connection, name, found, of)
    return found, {left + right for left, right, *_ in pairs_of(connection, "person_pair")}


def bits(connection) -> dict[str, float]:
    rows = connection.execute("select left_id || right_id, bits::double from person_pair").fetchall()
    return dict(rows)


# So that a change of one or two of a handful of records is not taken for one of everything.
OTHERS = [person(f"z{n:02d}", f"{n}", f"{n}") for n in range(20)]


def test_a_block_that_comes_to_cross_its_cap_takes_back_the_pairs_of_records_that_did_not_change(connection):
    _, before = compared(connection, [*people("aab"), *OTHERS])
    found, after = compared(connection, [*people("aaa"), *OTHERS])

    assert (before, after) == ({"r0r1"}, set())
    assert (found.scope, found.records_compared, found.report.pairs_not_made) == ("change", 3, {"mailbox": 3})


def test_a_block_that_comes_to_keep_its_cap_again_pairs_records_that_did_not_change(connection):
    _, before = compared(connection, [*people("aaa"), *OTHERS])
    found, after = compared(connection, [*people("aa"), *OTHERS])

    assert (before, after) == (set(), {"r0r1"})
    assert (found.scope, found.report.pairs_not_made) == ("change", {})


def test_a_record_of_a_crossing_block_is_compared_with_all_its_blocks_again(connection):
    rows = people("aabb")
    rows[3]["family_key"], rows[3]["given_key"] = rows[1]["family_key"], rows[1]["given_key"]
    compared(connection, [*rows, *OTHERS])
    rows[0]["email_canonical"] = "b@mail.example"
    found, after = compared(connection, [*rows, *OTHERS])

    assert after == {"r1r3"}
    assert found.scope == "change"


def test_a_value_that_becomes_frequent_weighs_in_old_pairs_as_it_did(connection):
    alike = [person("r0", "ann", "stone"), person("r1", "ann", "stone")]
    wide = spec()
    compared(connection, [*alike, *OTHERS], wide)
    before = bits(connection)
    stones = [person(f"s{n}", f"{n}", "stone") for n in range(3)]
    found, _ = compared(connection, [*alike, *stones, *OTHERS], wide)

    assert found.scope == "change"
    assert bits(connection)["r0r1"] == before["r0r1"]
    forget_model(connection)
    found, _ = compared(connection, [*alike, *stones, *OTHERS], wide)
    assert found.scope == "everything with a new model"
    assert bits(connection)["r0r1"] < before["r0r1"]


def test_a_new_value_weighs_as_one_that_nobody_had(connection):
    wide = spec()
    compared(connection, [person("r0", "ann", "stone"), *OTHERS], wide)
    compared(connection, [person("r0", "ann", "stone"), *OTHERS, *(person(f"s{n}", "bo", "new") for n in "12")], wide)

    name_bits = connection.execute("select bits_name::double from person_pair").fetchall()
    given = 21 + 100
    assert name_bits == [(pytest.approx(min(11, wide.comparisons[0].levels[1].weight - np.log2(1 / given)), abs=1e-6),)]


def test_what_is_generic_is_so_by_the_model_alone(connection):
    wide = spec()
    shop = [person(f"r{n}", name, name, phone="+15550100") for n, name in enumerate(["ann", "bo", "cy"])]
    home = [person(f"s{n}", name, name, phone="+15550199") for n, name in enumerate(["dan", "eve"])]
    found, before = compared(connection, [*shop, *home, *OTHERS], wide)
    assert (found.report.generic_values, before) == ({"phone": 1}, {"s0s1"})

    third = person("s2", "flo", "flo", phone="+15550199")
    found, after = compared(connection, [shop[0], shop[1], *home, third, *OTHERS], wide)
    assert found.scope == "change"
    assert (found.report.generic_values, after) == ({"phone": 1}, {"s0s1", "s0s2", "s1s2"})

    forget_model(connection)
    found, rebuilt = compared(connection, [shop[0], shop[1], *home, third, *OTHERS], wide)
    assert (found.report.generic_values, rebuilt) == ({"phone": 1}, {"r0r1"})


LENIENT = spec(SPEC.replace("review: 0.4", "review: 0.0005").replace("complete_up_to: 20", "complete_up_to: 4"))
CHAIN = [
    person("r1", "ann", "stone", email_canonical="a@mail.example"),
    person("r2", "ann", "stone", email_canonical="a@mail.example", phone="+15550100"),
    person("r3", "bea", "wood", phone="+15550100"),
]


def test_a_pair_that_its_component_needed_goes_with_the_record_that_held_it_together(connection):
    _, before = compared(connection, [*CHAIN, *OTHERS], LENIENT)
    found, after = compared(connection, [CHAIN[0], CHAIN[2], *OTHERS], LENIENT)

    assert (before, after) == ({"r1r2", "r1r3", "r2r3"}, set())
    assert (found.scope, found.records_compared) == ("change", 0)


def test_a_pair_that_its_component_needed_does_not_hold_it_together(connection):
    no_phone_rule = spec(
        SPEC.replace("  - {name: phone, agree_on: [phone]}\n", "").replace("review: 0.4", "review: 0.0005")
    )
    held = [
        person("r1", "ann", "stone", email_canonical="a@mail.example", phone="+15550100"),
        person("r2", "bea", "wood", email_canonical="a@mail.example"),
        person("r3", "bea", "wood", phone="+15550100"),
    ]
    _, before = compared(connection, [*held, *OTHERS], no_phone_rule)
    found, after = compared(connection, [held[0], held[2], *OTHERS], no_phone_rule)

    assert (before, after) == ({"r1r2", "r1r3", "r2r3"}, set())
    assert found.scope == "change"


def test_a_component_that_grows_too_large_loses_the_pairs_it_needed_and_one_that_shrinks_gets_them(connection):
    more = [
        person("r4", "bea", "wood", email_canonical="b@mail.example"),
        person("r5", "cy", "hill", email_canonical="b@mail.example"),
    ]
    small, first = compared(connection, [*CHAIN, *OTHERS], LENIENT)
    large, second = compared(connection, [*CHAIN, *more, *OTHERS], LENIENT)
    again, third = compared(connection, [*CHAIN, more[1], *OTHERS], LENIENT)

    assert [each.report.components_left_out for each in (small, large, again)] == [0, 1, 0]
    assert "r1r3" in first
    assert "r1r3" not in second
    assert third == first


def test_two_components_that_a_new_record_joins_are_compared_throughout(connection):
    roomy = spec(SPEC.replace("review: 0.4", "review: 0.0005"))
    two = [person(f"r{n}", "vwxy"[n - 1], "vwxy"[n - 1], phone=f"+1555010{n // 3}") for n in (1, 2, 3, 4)]
    two[2] = {**two[2], "email_canonical": "e@mail.example"}
    _, before = compared(connection, [*two, *OTHERS], roomy)
    bridge = person("r5", "u", "u", phone="+15550100", email_canonical="e@mail.example")
    found, after = compared(connection, [*two, bridge, *OTHERS], roomy)

    assert before == {"r1r2", "r3r4"}
    assert after == {f"r{one}r{other}" for one in range(1, 6) for other in range(one + 1, 6)}
    assert (found.records_compared, found.pairs_compared) == (1, 8)


def test_a_new_record_does_not_come_by_the_keys_of_one_that_is_gone(connection):
    stays = person("r0", "ann", "stone", email_canonical="m@mail.example")
    goes = person("zz", "bo", "wood", email_canonical="m@mail.example")
    _, before = compared(connection, [stays, *OTHERS, goes], spec())
    compared(connection, [stays, *OTHERS], spec())
    compared(connection, [person("a0", "cy", "hill"), stays, *OTHERS], spec())
    arrives = person("r1", "dan", "sand", email_canonical="m@mail.example")
    found, after = compared(connection, [person("a0", "cy", "hill"), stays, arrives, *OTHERS], spec())

    assert (before, after) == ({"r0zz"}, {"r0r1"})
    assert found.scope == "change"


def test_only_what_a_change_touches_is_compared(connection):
    rows = [person(f"r{n:03d}", "ann", f"stone{n // 2}", email_canonical=f"m{n // 2}@mail.example") for n in range(60)]
    wide = spec()
    first, _ = compared(connection, rows, wide)
    again, _ = compared(connection, rows, wide)
    rows[7] = {**rows[7], "email_canonical": "m9@mail.example"}
    changed, _ = compared(connection, rows, wide)
    aside = [{**row, "job_title": "buyer"} for row in rows]
    titles, _ = compared(connection, aside, wide)

    assert [each.scope for each in (first, again, changed, titles)] == [
        "everything with a new model", "nothing", "change", "nothing",
    ]  # fmt: skip
    assert [each.records_compared for each in (first, again, changed, titles)] == [60, 0, 1, 0]
    assert again.report == first.report


@pytest.mark.parametrize("column", ["object_type", "source", "suffix", "street_key", "is_role", "name_key"])
def test_whatever_counts_makes_a_record_another_one(connection, column):
    compared(connection, [person("r0", "ann", "stone"), *OTHERS], spec())
    changed = {**person("r0", "ann", "stone"), column: True if column == "is_role" else "lead"}

    found, _ = compared(connection, [changed, *OTHERS], spec())

    assert (found.scope, found.records_compared) == ("change", 1)


def test_another_spec_weighs_by_what_was_learned_unless_it_learns_otherwise(connection):
    stones = [person(f"r{n}", f"{n}", "stone") for n in range(5)]
    first, _ = compared(connection, OTHERS, spec())
    prior, _ = compared(connection, [*OTHERS, *stones], spec(SPEC.replace("prior: 0.001", "prior: 0.002")))
    learned = connection.execute("select count(*) from person_frequency where value = 'stone'").fetchone()
    shared, _ = compared(connection, [*OTHERS, *stones], spec(SPEC.replace("more_than: 2", "more_than: 3")))
    relearned = connection.execute("select count(*) from person_frequency where value = 'stone'").fetchone()

    assert (prior.scope, learned) == ("everything", (0,))
    assert (shared.scope, relearned) == ("everything with a new model", (1,))
    assert len({first.model, prior.model, shared.model}) == 3


def test_the_same_spec_and_records_make_the_same_model(connection):
    first, _ = compared(connection, OTHERS, spec())
    forget_model(connection)
    again, _ = compared(connection, OTHERS[::-1], spec())

    assert again.scope == first.scope == "everything with a new model"
    assert again.model == first.model


def test_tables_that_another_kempt_wrote_are_written_anew_with_the_same_model(connection):
    rows = [*CHAIN, *OTHERS]
    first, _ = compared(connection, rows, spec())
    connection.execute("update match_state set written_by = 'another'; update person_key set key = key + 1")

    found, _ = compared(connection, [*CHAIN[:2], *OTHERS], spec())

    assert (found.scope, found.model) == ("everything", first.model)


def test_a_run_that_dies_half_way_leaves_everything_as_it_was(connection, monkeypatch):
    compared(connection, [*CHAIN, *OTHERS], LENIENT)
    name = relation(connection, [*CHAIN[1:], *OTHERS])

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("kempt.matching.rescore.write_state", die)
        with pytest.raises(KeyboardInterrupt):
            rescore(connection, LENIENT, name, ENGINE)
    connection.rollback()

    found, after = compared(connection, [*CHAIN[1:], *OTHERS], LENIENT)

    assert (found.scope, after) == ("change", {"r2r3"})
