"""Blocks, histograms and scores against a plain reference, whatever the threads and the order of the records."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.errors import StopRun
from kempt.matching.engine import Plan
from kempt.matching.kernel import blocks as blocks_module
from kempt.matching.kernel import library, runs
from kempt.matching.kernel.blocks import Blocks, Rule
from kempt.matching.kernel.columns import NO_NUMBER, Column, Columns, Vectors
from kempt.matching.kernel.program import Program
from kempt.matching.kernel.runs import (
    histogram,
    levels_of_pairs,
    score,
    score_across,
    scores_of_pairs,
    totals_of_levels,
)
from kempt.matching.kernel.weights import NO_CUT, Chances, Dependence, Frequency, LevelWeight, Weights
from tests.matching.kernel import reference
from tests.matching.kernel.reference import condition, days, vector

NAMES = ("given", "family", "day")
SCORED = ("left", "right", "pattern", "bits", "rules", "broken")
COMPARISONS = [
    [
        [condition("given", "missing")],
        [condition("given", "exact"), condition("family", "exact")],
        [condition("given", "swapped with family")],
        [condition("given", "jaro_winkler >= 0.9"), condition("family", "differs")],
        [condition("given", "initial")],
        [condition("given", "contains")],
        [condition("given", "jaro_winkler >= 0.7"), condition("family", "levenshtein <= 1")],
        [condition("given", "levenshtein > 3"), condition("family", "unshared")],
        [],
    ],
    [
        [condition("family", "damerau <= 1"), condition("family", "differs")],
        [condition("family", "token_overlap >= 0.5")],
        [condition("family", "cosine >= 0.9"), condition("family", "jaro_winkler < 0.8")],
        [condition("family", "exact"), condition("family", "differs")],
        [],
    ],
    [[condition("day", "exact")], [condition("day", "within 2")], [condition("day", "missing")], []],
]
CONSTRAINTS = [[condition("day", "differs")], [condition("given", "jaro_winkler < 0.5"), condition("day", "exact")]]
RULES = [(("family",), 6), (("given", "day"), 50), (("family2",), 50), (("day",), 9)]
WEIGHTS = [[0, 9_000_000, 4, 5, 3, 2, 1, -7, -5_000_000], [3, 2, 1, 0, -4_000_000], [6, 2_000_000, 0, -3]]

given_names = st.sampled_from([None, "anna", "ana", "anne", "a", "anna maria", "bert", "smith", "я", "müller", ""])
families = st.sampled_from([None, "smith", "smyth", "simth", "anna", "van smith", "müller", "bert"])
records_strategy = st.lists(
    st.tuples(given_names, families, st.sampled_from([None, "1", "2", "3", "9", "x"])), min_size=1, max_size=60
)


def rows(records):
    return [{**dict(zip(NAMES, record, strict=True)), "family2": record[1] and record[1][:2]} for record in records]


def made(records, between=0):
    """The columns, the program, the blocks and the weights of these records; so many other columns after the first."""
    columns = {name: Column.of(pa.array([r[at] for r in records], pa.string())) for at, name in enumerate(NAMES)}
    family, day = columns["family"], columns["day"]
    vectors = [sorted(vector(value).items()) for value in family.values.to_pylist()]
    columns["family"] = family.with_vectors(
        Vectors.of(
            np.cumsum([0, *map(len, vectors)]),
            np.array([token for each in vectors for token, _ in each], np.int64),
            np.array([weight for each in vectors for _, weight in each], float),
        )
    )
    numbers = [days(value) for value in day.values.to_pylist()]
    columns["day"] = day.with_numbers(np.array([NO_NUMBER if n is None else n for n in numbers], np.int64))
    given_name, others = columns.pop("given"), {f"other{at}": family.start(1) for at in range(between)}
    together = Columns.of({"given": given_name, **others, **columns, "family2": family.start(2)})
    program = Program.of(together, COMPARISONS, CONSTRAINTS)
    blocks = Blocks.of(together, [Rule(columns=names, max_block=cap) for names, cap in RULES])
    return program, blocks, Weights.of(program, -1_000_000, weights_of(together))


def rarity(value):
    """Micro-bits of a value; the same wherever its code stands."""
    return len(value) * 1_000_000 - 1


def weights_of(columns):
    family = np.array([rarity(value) for value in columns.columns["family"].values.to_pylist()], np.int32)
    given = np.array([rarity(value) for value in columns.columns["given"].values.to_pylist()], np.int32)
    levels = [[LevelWeight(bits=bits) for bits in weights] for weights in WEIGHTS]
    both = (Frequency(column="family", bits=family), Frequency(column="given", bits=given))
    levels[0][1] = LevelWeight(bits=WEIGHTS[0][1], frequencies=both, at_most=17_000_000)
    levels[0][3] = LevelWeight(bits=WEIGHTS[0][3], frequencies=both[:1])
    levels[0][7] = LevelWeight(bits=WEIGHTS[0][7], frequencies=both[:1])  # where one may be missing
    return levels


def expected_bits(record, other):
    """The weight of each comparison, in plain Python."""
    found = []
    for at, levels in enumerate(COMPARISONS):
        level = reference.level(levels, record, other)
        bits = WEIGHTS[at][level] + rarity_in(record, other, at, level)
        found.append(min(bits, 17_000_000) if (at, level) == (0, 1) else bits)
    return found


def rarity_in(record, other, comparison, level):
    """What the frequency of the values adds to a level."""
    if (comparison, level) not in ((0, 1), (0, 3), (0, 7)):
        return 0
    return sum(
        min((rarity(each[column]) for each in (record, other) if each[column] is not None), default=0)
        for column in (("family", "given") if level == 1 else ("family",))
    )


def counted(program, result):
    levels = program.levels_of(result.patterns).tolist()
    return {tuple(each): count for each, count in zip(levels, result.counts.tolist(), strict=True)}


@settings(max_examples=60, deadline=None)
@given(records_strategy)
def test_a_histogram_counts_every_pair_once_whatever_rules_make_it(records):
    program, blocks, _ = made(records)
    pairs = reference.rules_making(rows(records), RULES)

    found = histogram(program, blocks, threads=2)

    assert counted(program, found) == reference.histogram(rows(records), list(pairs), COMPARISONS)
    assert found.met.pairs == len(pairs)
    assert list(found.met.by_rule) == [sum(at in made for made in pairs.values()) for at in range(4)]
    assert list(found.met.alone) == [sum(made == [at] for made in pairs.values()) for at in range(4)]


@settings(max_examples=60, deadline=None)
@given(records_strategy, st.integers(-12_000_000, 18_000_000))
def test_scores_are_those_of_the_reference_at_any_cut(records, cut):
    program, blocks, weights = made(records)
    known = rows(records)
    expected = {}
    for (left, right), rules in reference.rules_making(known, RULES).items():
        total = sum(expected_bits(known[left], known[right])) - 1_000_000
        if total >= cut:
            broken = sum(
                all(reference.holds(each, known[left], known[right]) for each in conditions) << at
                for at, conditions in enumerate(CONSTRAINTS)
            )
            outcome = [reference.level(levels, known[left], known[right]) for levels in COMPARISONS]
            rules_bits = sum(1 << at for at in rules)
            expected[left, right] = program.pattern_of(outcome), total, rules_bits, broken

    found = score(program, blocks, weights, cut, threads=2)

    fields = (found.pattern, found.bits, found.rules, found.broken)
    pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert dict(zip(pairs, zip(*(field.tolist() for field in fields), strict=True), strict=True)) == expected
    assert pairs == sorted(expected)


@settings(max_examples=40, deadline=None)
@given(records_strategy, st.integers(-12_000_000, 18_000_000))
def test_columns_far_apart_are_compared_like_neighbours(records, cut):
    (near, blocks, weights), (far, far_blocks, far_weights) = made(records), made(records, between=4)

    found, again = score(near, blocks, weights, cut), score(far, far_blocks, far_weights, cut)

    assert [getattr(again, name).tolist() for name in SCORED] == [getattr(found, name).tolist() for name in SCORED]


@settings(max_examples=40, deadline=None)
@given(records_strategy)
def test_given_pairs_are_explained_as_the_reference_does(records):
    program, blocks, weights = made(records)
    known = rows(records)
    left, right = (side.ravel() for side in np.indices((len(records), len(records))))
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))

    levels = levels_of_pairs(program, left, right, threads=2)
    bits = plan_of(program, weights_of(program.columns)).bits(left, right, levels)
    scored = scores_of_pairs(program, weights, left, right, blocks=blocks, threads=2)

    assert levels.tolist() == [[reference.level(each, known[i], known[j]) for each in COMPARISONS] for i, j in pairs]
    assert bits.tolist() == [expected_bits(known[i], known[j]) for i, j in pairs]
    assert scored.bits.tolist() == (bits.sum(axis=1) - 1_000_000).tolist()
    assert scored.pattern.tolist() == [program.pattern_of(each) for each in levels.tolist()]
    assert (scored.left.tolist(), scored.right.tolist()) == (left.tolist(), right.tolist())


def plan_of(program, levels, dependence=None):
    """What readable code works the bits of each comparison out from."""
    return Plan(
        columns=program.columns, rules=(), comparisons=COMPARISONS, constraints=CONSTRAINTS,
        prior=0, levels=levels, dependence=dependence,
    )  # fmt: skip


def chances_of(seed, parents):
    """Any chances of the levels of COMPARISONS; comparison k depends on `parents[k]`, in their order."""
    numbers, sizes = np.random.default_rng(seed), [len(levels) for levels in COMPARISONS]

    def table(*shape):
        bits = -numbers.integers(0, 20_000_000, shape)
        bits[..., 0] = 0
        return bits

    return Chances(
        alone=tuple(table(size) for size in sizes),
        given=tuple(
            tuple((other, table(sizes[other], size)) for other in others)
            for size, others in zip(sizes, parents, strict=True)
        ),
    )


def shares_of(seed, others):
    """Any shares, in millionths, that comparison k leaves of its rarity by `others[k]`."""
    numbers, sizes = np.random.default_rng(seed), [len(levels) for levels in COMPARISONS]
    return Chances(
        alone=tuple(np.full(size, 1_000_000) for size in sizes),
        given=tuple(
            tuple((other, numbers.integers(0, 1_000_001, (sizes[other], size))) for other in each)
            for size, each in zip(sizes, others, strict=True)
        ),
    )


def least(shares, levels, own):
    return min(
        [int(table[levels[other], levels[own]]) for other, table in shares.given[own] if levels[other]] + [10**6]
    )


def chance(chances, levels, own):
    for other, table in chances.given[own]:
        if levels[other]:
            return int(table[levels[other], levels[own]])
    return int(chances.alone[own][levels[own]])


@settings(max_examples=40, deadline=None)
@given(records_strategy, st.integers(0, 1000))
def test_a_weight_may_depend_on_what_another_comparison_found(records, seed):
    program, _, _ = made(records)
    known = rows(records)
    match, other = chances_of(seed, [(), (0, 2), (0,)]), chances_of(seed + 1, [(2, 1), (2,), ()])
    surprise = shares_of(seed + 2, [(1,), (), (0, 1)])
    levels = [
        [LevelWeight(bits=0, frequencies=each.frequencies, at_most=each.at_most) for each in weights]
        for weights in weights_of(program.columns)
    ]
    dependence = Dependence(match=match, other=other, surprise=surprise)
    weights = Weights.of(program, -3, levels, dependence)
    left, right = (side.ravel() for side in np.indices((len(records), len(records))))

    scored = scores_of_pairs(program, weights, left, right, threads=2)
    bits = plan_of(program, levels, dependence).bits(left, right, program.levels_of(scored.pattern))

    for at, found in enumerate(program.levels_of(scored.pattern).tolist()):
        for own in range(len(COMPARISONS)):
            among, strangers = chance(match, found, own), chance(other, found, own)
            frequency = rarity_in(known[left[at]], known[right[at]], own, found[own])
            frequency = math.trunc(Fraction(frequency * least(surprise, found, own), 1_000_000))
            most = 17_000_000 if (own, found[own]) == (0, 1) else math.inf
            assert bits[at, own] == min(among - strangers + frequency, most)
    assert scored.bits.tolist() == (bits.sum(axis=1) - 3).tolist()
    levels_known = program.levels_of(scored.pattern)
    again = totals_of_levels(program, weights, left, right, levels_known, threads=2)
    assert again.tolist() == scored.bits.tolist()
    for cut in (-9_000_000, 0, 9_000_000):
        kept = scores_of_pairs(program, weights, left, right, cut=cut)
        assert kept.bits.tolist() == scored.at_least(cut).bits.tolist()
        assert kept.pattern.tolist() == scored.at_least(cut).pattern.tolist()


def many(seed=7, count=3000):
    numbers = np.random.default_rng(seed)
    given = np.array(["anna", "ana", "anne", "bert", "berta", "müller", None], object)
    letters = np.array(list("abcde"), object)
    families = ["".join(word) for word in numbers.choice(letters, (400, 6))]
    days = [str(day) if day % 5 else None for day in range(40)]
    return [
        (str(g) if g else None, families[f], days[d])
        for g, f, d in zip(
            numbers.choice(given, count), numbers.integers(0, 400, count), numbers.integers(0, 40, count), strict=True
        )
    ]


@pytest.fixture
def small_tasks(monkeypatch):
    monkeypatch.setattr(runs, "_SMALL_TASK", 100)


@pytest.mark.usefixtures("small_tasks")
def test_threads_change_nothing():
    program, blocks, weights = made(many())

    one, two = (score(program, blocks, weights, -2_000_000, threads=threads) for threads in (1, 2))
    counts = [histogram(program, blocks, threads=threads) for threads in (1, 3)]

    assert len(one.left) > 10_000
    assert np.all(np.diff(one.left.astype(np.int64) << 32 | one.right) > 0)
    for name in ("left", "right", "pattern", "bits", "rules", "broken"):
        assert getattr(one, name).tolist() == getattr(two, name).tolist()
    assert one.met == two.met
    assert counts[0].patterns.tolist() == counts[1].patterns.tolist()
    assert counts[0].counts.tolist() == counts[1].counts.tolist()
    assert counts[0].met == counts[1].met


def test_a_cut_drops_exactly_the_pairs_below_it():
    program, blocks, weights = made(many())
    every = score(program, blocks, weights, NO_CUT)

    for cut in [*np.unique(every.bits)[::5].tolist(), int(every.bits.max()) + 1]:
        kept = score(program, blocks, weights, cut)
        reach = every.bits >= cut
        assert kept.left.tolist() == every.left[reach].tolist()
        assert kept.right.tolist() == every.right[reach].tolist()
        assert kept.bits.tolist() == every.bits[reach].tolist()


@pytest.mark.usefixtures("small_tasks")
def test_the_order_of_the_records_changes_nothing():
    records = many()
    order = np.random.default_rng(3).permutation(len(records))
    program, blocks, weights = made(records)
    shuffled_program, shuffled_blocks, shuffled_weights = made([records[at] for at in order])

    as_read = score(program, blocks, weights, 0, threads=2)
    shuffled = score(shuffled_program, shuffled_blocks, shuffled_weights, 0, threads=2)

    assert seen(shuffled, order) == seen(as_read, np.arange(len(records)))


def seen(scored, numbers):
    """Every pair by the given numbers of its records, and what was found of it."""
    pairs = np.sort([numbers[scored.left], numbers[scored.right]], axis=0).tolist()
    rest = [each.tolist() for each in (scored.pattern, scored.bits, scored.rules, scored.broken)]
    return sorted(zip(*pairs, *rest, strict=True))


def test_a_block_over_the_cap_is_reported_and_its_pairs_are_left_to_later_rules():
    columns = Columns.of({"family": pa.array(["smith"] * 5 + ["jones"] * 2), "day": pa.array(["1"] * 3 + ["2"] * 4)})
    blocks = Blocks.of(columns, [Rule(columns=("family",), max_block=2), Rule(columns=("day",), max_block=9)])
    program = Program.of(columns, [[[condition("family", "exact")], []]])

    found = histogram(program, blocks)

    assert blocks.rules[0].sizes.tolist() == [2]
    assert (blocks.rules[0].blocks_left_out, blocks.rules[0].largest_block) == (1, 5)
    assert blocks.rules[0].pairs_not_made == 10
    assert found.met.by_rule == (1, 9)
    assert found.met.alone == (0, 8)


def some_of(blocks, chosen):
    """Only these blocks; what another rule makes is still known, and skipped by later ones."""
    none = np.zeros(0, int)
    return replace(blocks, rules=tuple(rule.take(chosen.get(at, none)) for at, rule in enumerate(blocks.rules)))


def test_only_some_blocks():
    program, blocks, _ = made(many())
    first = blocks.rules[2].pairs

    part = histogram(program, some_of(blocks, {2: np.arange(len(first)) % 2 == 0}))

    only = Blocks.of(program.columns, [Rule(columns=("family2",), max_block=50)])
    alone = histogram(program, some_of(only, {0: np.arange(len(first)) % 2 == 0}))
    assert alone.met.pairs == first[::2].sum()
    assert part.met.pairs == alone.met.pairs - _made_earlier(program, blocks, first)


def _made_earlier(program, blocks, first):
    pairs = Blocks.of(program.columns, [Rule(columns=("family2",), max_block=50)])
    rule = pairs.rules[0].take(np.arange(len(first)) % 2 == 0)
    ends = np.repeat(rule.starts[1:], rule.sizes)
    left = np.repeat(rule.members, ends - np.arange(len(ends)) - 1)
    right = np.concatenate([rule.members[at + 1 : end] for at, end in enumerate(ends)])
    weights = Weights.of(program, 0, [[LevelWeight(bits=0)] * count for count in program.levels])
    return int(np.sum(scores_of_pairs(program, weights, left, right, blocks=blocks).rules & 3 > 0))


def test_keys_that_fit_no_word_are_renumbered_and_never_collide(monkeypatch):
    records = many()
    program, blocks, _ = made(records)
    rules = [Rule(columns=("given", "day", "family"), max_block=50), Rule(columns=("day", "family2"), max_block=50)]
    expected = Blocks.of(program.columns, rules)

    monkeypatch.setattr(blocks_module, "_fitting", lambda sizes: min(2, len(sizes)))
    renumbered = Blocks.of(program.columns, rules)

    for one, other in zip(expected.rules, renumbered.rules, strict=True):
        assert len(one.starts) > 10
        assert sorted(map(tuple, np.split(one.members, one.starts[1:-1]))) == sorted(
            map(tuple, np.split(other.members, other.starts[1:-1]))
        )


def test_what_the_kernel_cannot_take_is_refused():
    columns = Columns.of({"family": pa.array(["smith", "jones"])})
    program = Program.of(columns, [[[condition("family", "exact")], []]])

    for wrong in (
        lambda: Program.of(columns, [[[condition("family", "soundex")], []]]),
        lambda: Program.of(columns, [[[condition("familie", "exact")], []]]),
        lambda: Program.of(columns, [[[condition("family", "exact")]]]),
        lambda: Program.of(columns, [[[condition("family", "cosine >= 0.5")], []]]),
        lambda: Program.of(columns, [[[condition("family", "within 3")], []]]),
        lambda: Program.of(columns, [[[condition("family", "damerau <= 4")], []]]),
        lambda: Program.of(columns, [[[]] * 255] * 9),
        lambda: Weights.of(program, 0, [[LevelWeight(bits=0)]]),
        lambda: levels_of_pairs(program, [0], [2]),
        lambda: levels_of_pairs(program, [0, 1], [1]),
        lambda: Blocks.of(columns, [Rule(columns=(), max_block=2)]),
        lambda: Columns.of({"one": pa.array(["a"]), "two": pa.array(["a", "b"])}),
        lambda: Vectors.of([0, 2], [3, 3], [1, 1]),
        lambda: Vectors.of([0, 1], [3], [float("nan")]),
        lambda: Vectors.of([0, 2], [3], [1]),
        lambda: Column.of(pa.array(["a"])).with_vectors(Vectors.of([0], [], [])),
    ):
        with pytest.raises(ValueError, match="[a-z]"):
            wrong()


def test_no_records_make_no_pairs():
    columns = Columns.of({"family": pa.array([], pa.string())})
    program = Program.of(columns, [[[condition("family", "jaro_winkler >= 0.9")], []]])
    blocks = Blocks.of(columns, [Rule(columns=("family",), max_block=2)])

    assert histogram(program, blocks, threads=2).met.pairs == 0
    assert len(levels_of_pairs(program, [], [])) == 0


def test_a_library_that_is_missing_says_how_to_build_it(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setattr(library, "__file__", str(tmp_path / "library.py"))
    library.library.cache_clear()

    with pytest.raises(StopRun, match="make demo"):
        library.library()


def test_across_two_parts_of_a_block_each_meets_each_other_and_none_its_own():
    program, blocks, weights = made(many())
    every = score(program, blocks, weights, 0)
    rule = blocks.rules[2]
    largest = int(rule.sizes.argmax())
    members = rule.members[rule.starts[largest] : rule.starts[largest + 1]]
    one, other = members[:15], members[15:]

    found = score_across(program, blocks, weights, 0, (2, one, other))

    first = every.rules & (~every.rules + np.uint64(1)) == 4  # the rule under which a pair was found is the lowest
    across = np.isin(every.left, one) & np.isin(every.right, other) & first
    expected = zip(*(getattr(every, name)[across].tolist() for name in SCORED), strict=True)
    assert sorted(zip(*(getattr(found, name).tolist() for name in SCORED), strict=True)) == sorted(expected)
    assert 0 < len(found.left) < found.met.pairs <= len(one) * len(other)
    with pytest.raises(ValueError, match="first part"):
        score_across(program, blocks, weights, 0, (2, other, one))
