"""What every match engine must do, checked against a slow and readable reference."""

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

import duckdb
import pytest
from rapidfuzz.distance import JaroWinkler, Levenshtein

from kempt.matching.conditions import Condition
from kempt.matching.explain import ScoredPair, read_scored
from kempt.matching.scoring import ScoredPairs, score_records
from kempt.matching.spec import Constraint, Level, MatchSpec
from tests.matching.factory import SPEC, Row, person, relation, spec


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as opened:
        yield opened


def crowd(size: int, seed: int) -> list[Row]:
    """Invented people of few names, so that every level and constraint occurs."""
    chance = random.Random(seed)
    given = ["ann", "anna", "anna lou", "a", "bo", "bob", None, "stone", "mia"]
    family = ["stone", "stome", "stonne", "sand", "ann", "van sand", None, "bo"]
    return [
        person(
            f"r{n:03d}",
            chance.choice(given),
            chance.choice(family),
            email_canonical=chance.choice([None, *(f"m{k}@mail.example" for k in range(size // 3))]),
            is_role=chance.random() < 0.1,
            phone=chance.choice([None, None, *(f"+1555010{k:02d}" for k in range(size // 3))]),
            suffix=chance.choice([None, None, "jr", "sr"]),
            street_key=chance.choice([None, "1 elm", "2 elm"]),
        )
        for n in range(size)
    ]


def scored(
    connection: duckdb.DuckDBPyConnection, result: ScoredPairs, of: MatchSpec
) -> dict[tuple[str, str], ScoredPair]:
    pairs = connection.execute(f"select left_id, right_id from {result.relation}").fetchall()
    assert len(pairs) == len(set(pairs)) == result.pairs, "a pair was made twice"
    return read_scored(connection, result.relation, of, pairs)


class Reference:
    """The same spec, one pair at a time."""

    def __init__(self, rows: Sequence[Row], of: MatchSpec) -> None:
        self.spec = of
        self.rows = sorted((dict(row) for row in rows), key=lambda row: row["record_id"])
        for row in self.rows:
            for unusable in of.unusable:
                if row.get(unusable.when):
                    row.update(dict.fromkeys(unusable.columns))
        for generic in of.generic:
            self.forget(
                generic.column, generic.counting, max(generic.more_than, math.ceil(generic.or_share * len(rows)))
            )

    def forget(self, column: str, counting: str, limit: int) -> None:
        names: dict[str, set[str]] = {}
        for row in self.rows:
            if row.get(column) is not None and row.get(counting) is not None:
                names.setdefault(row[column], set()).add(row[counting])
        for row in self.rows:
            if len(names.get(row.get(column), ())) > limit:
                row[column] = None

    def candidates(self) -> set[tuple[str, str]]:
        return {
            (left["record_id"], right["record_id"])
            for left, right in combinations(self.rows, 2)
            if any(self.agree(left, right, rule.keys) for rule in self.spec.blocking)
        }

    def agree(self, left: Row, right: Row, keys: Sequence[tuple[str, int | None]]) -> bool:
        return all(
            left.get(column) is not None
            and right.get(column) is not None
            and left[column][:letters] == right[column][:letters]
            for column, letters in keys
        )

    def score(self, left: Row, right: Row) -> tuple[tuple[int, ...], tuple[float, ...], str | None, str | None]:
        levels, bits = [], []
        for comparison in self.spec.comparisons:
            at = next(n for n, level in enumerate(comparison.levels) if self.holds_all(level, left, right))
            levels.append(at)
            bits.append(self.weight(comparison.levels[at], left, right))
        broken = [each for each in self.spec.constraints if self.holds_all(each, left, right)]
        first = {then: next((each.id for each in broken if each.then == then), None) for then in ("apart", "ask")}
        return tuple(levels), tuple(bits), first["apart"], first["ask"]

    def holds_all(self, of: Level | Constraint, left: Row, right: Row) -> bool:
        return all(self.holds(each, left, right) for each in of.conditions)

    def holds(self, condition: Condition, left: Row, right: Row) -> bool:
        one, other = left.get(condition.column), right.get(condition.column)
        if condition.comparator in ("missing", "unshared"):
            absent = one is None or other is None
            return absent or (condition.comparator == "unshared" and one != other)
        if one is None or other is None:
            return False
        if condition.comparator == "swapped":
            return one == right.get(condition.other) and left.get(condition.other) == other
        return {
            "exact": lambda: one == other,
            "differs": lambda: one != other,
            "initial": lambda: min(len(one), len(other)) == 1 and one[0] == other[0],
            "contains": lambda: f" {one} " in f" {other} " or f" {other} " in f" {one} ",
            "jaro_winkler": lambda: (
                (JaroWinkler.similarity(one, other) >= condition.limit) == (condition.operator == ">=")
            ),
            "levenshtein": lambda: (
                (Levenshtein.distance(one, other) <= condition.limit) == (condition.operator == "<=")
            ),
            "token_overlap": lambda: (
                len({*one.split()} & {*other.split()}) / len({*one.split()} | {*other.split()}) >= condition.limit
            ),
        }[condition.comparator]()

    def weight(self, level: Level, left: Row, right: Row) -> float:
        bits = level.weight
        for column in level.frequency_of:
            given = [row[column] for row in self.rows if row.get(column) is not None]
            prior = next(each for each in self.spec.frequencies if each.column == column)
            count = max(Counter(given)[left[column]], Counter(given)[right[column]])
            bits -= math.log2((count + prior.typical * prior.worth_records) / (len(given) + prior.worth_records))
        return round(min(bits, level.at_most) if level.at_most is not None else bits, 6)


@pytest.mark.parametrize("seed", range(4))
def test_pairs_levels_weights_and_constraints_are_those_of_the_reference(engine, connection, seed):
    rows, of = crowd(40, seed), spec()
    reference = Reference(rows, of)
    by_id = {row["record_id"]: row for row in reference.rows}

    pairs = scored(connection, score_records(connection, of, relation(connection, rows), engine), of)

    blocked = reference.candidates()
    assert blocked <= set(pairs)
    for (left, right), pair in pairs.items():
        levels, bits, conflict, doubt = reference.score(by_id[left], by_id[right])
        assert left < right
        assert pair.levels == levels
        assert [float(each) for each in pair.bits] == pytest.approx(bits, abs=1.01e-6)
        assert (pair.conflict, pair.doubt) == (conflict, doubt)
    assert {level for pair in pairs.values() for level in [pair.levels[0]]} >= {1, 3, 5, 8}


def test_the_bits_and_the_prior_sum_to_the_total_exactly(engine, connection):
    of = spec()
    result = score_records(connection, of, relation(connection, crowd(40, 9)), engine)

    totals = connection.execute(f"select left_id, right_id, bits, probability from {result.relation}").fetchall()

    pairs = scored(connection, result, of)
    for left, right, bits, probability in totals:
        assert bits == Decimal(repr(of.prior_bits)) + sum(pairs[left, right].bits)
        assert probability == pytest.approx(1 / (1 + 2 ** -float(bits)), abs=1e-6)


def test_the_order_of_rows_does_not_matter(engine, connection):
    of, rows = spec(), crowd(40, 3)
    query = "select * from {} order by left_id, right_id"

    first = connection.execute(
        query.format(score_records(connection, of, relation(connection, rows), engine).relation)
    ).fetchall()
    again = connection.execute(
        query.format(score_records(connection, of, relation(connection, rows[::-1]), engine).relation)
    ).fetchall()

    assert first == again
    assert len(first) > 50


def test_a_null_blocks_nothing_and_proves_nothing(engine, connection):
    of = spec()
    rows = [person(f"r{n}") for n in range(10)] + [person("s1", "ann", "stone"), person("s2", "ann", "stone")]

    pairs = scored(connection, score_records(connection, of, relation(connection, rows), engine), of)

    assert set(pairs) == {("s1", "s2")}
    assert pairs["s1", "s2"].bits[1:] == (0, 0)


def test_a_role_mailbox_and_a_generic_number_neither_block_nor_count(engine, connection):
    of = spec()
    shared = {"email_canonical": "info@shop.example", "is_role": True, "phone": "+15550100"}
    names = [("ann", "stone"), ("bob", "sand"), ("mia", "wood"), ("kim", "hill")]
    rows = [person(f"r{n}", *name, **shared) for n, name in enumerate(names)]

    result = score_records(connection, of, relation(connection, rows), engine)

    assert result.pairs == 0
    assert result.generic_values == {"phone": 1}


def test_a_block_over_the_cap_is_reported_not_paired(engine, connection):
    of = spec(SPEC.replace("agree_on: [email_canonical]}", "agree_on: [email_canonical], max_block: 3}"))
    rows = [person(f"r{n}", "abcde"[n], "vwxyz"[n], email_canonical="m@mail.example") for n in range(5)]

    result = score_records(connection, of, relation(connection, rows), engine)

    mailbox = next(rule for rule in result.rules if rule.rule == "mailbox")
    assert (mailbox.blocks_left_out, mailbox.largest_block, mailbox.pairs_not_made) == (1, 5, 10)
    assert result.pairs == 0


def test_each_rule_reports_its_pairs_and_those_of_its_own(engine, connection):
    of = spec()
    rows = [
        person("r1", "ann", "stone", email_canonical="a@mail.example"),
        person("r2", "ann", "stone", email_canonical="a@mail.example"),
        person("r3", "mia", "hill", email_canonical="a@mail.example"),
    ]

    result = score_records(connection, of, relation(connection, rows), engine)

    told = {rule.rule: (rule.pairs, rule.pairs_of_its_own) for rule in result.rules}
    assert told == {"mailbox": (3, 2), "phone": (0, 0), "family": (1, 0)}
    assert (result.pairs, result.reduction) == (3, 0.0)


def test_inside_a_component_every_two_records_are_compared(engine, connection):
    of = spec()
    rows = [
        person("r1", "ann", "stone", email_canonical="a@mail.example"),
        person("r2", "ann", "stone", email_canonical="a@mail.example", phone="+15550100"),
        person("r3", "bea", "wood", phone="+15550100"),
        person("r4", "ann", "stone", phone="+15550100"),
    ]
    lenient = spec(SPEC.replace("review: 0.4", "review: 0.0005"))

    assert ("r1", "r3") not in scored(connection, score_records(connection, of, relation(connection, rows), engine), of)
    pairs = scored(connection, score_records(connection, lenient, relation(connection, rows), engine), lenient)

    assert len(pairs) == 6
    rules = connection.execute(
        "select rules from kempt_scored_person where left_id = 'r1' and right_id = 'r3'"
    ).fetchone()
    assert rules == (0,)


def test_a_component_that_is_too_large_is_reported_and_not_completed(engine, connection):
    of = spec(SPEC.replace("complete_up_to: 20", "complete_up_to: 2"))
    rows = [person(f"r{n}", "ann", "stone", email_canonical="a@mail.example") for n in range(3)]

    assert score_records(connection, of, relation(connection, rows), engine).components_left_out == 1


def test_values_are_data_and_names_are_quoted(engine, connection):
    of = spec()
    connection.execute("attach ':memory:' as lake; create schema lake.\"gold mine\"")
    rows = [person(n, "'); drop table record; --", 'a"b', phone="' or '1'='1") for n in ("r1", "r2")]
    name = relation(connection, rows, name="lake.gold mine.people")

    assert score_records(connection, of, name, engine).pairs == 1
    assert connection.execute('select count(*) from lake."gold mine".people').fetchone() == (2,)


def test_no_records_are_no_pairs(engine, connection):
    result = score_records(connection, spec(), relation(connection, []), engine)

    assert (result.records, result.pairs, result.reduction) == (0, 0, 0.0)
