import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.matching.clusters import MergeStep, Partition, partition
from kempt.matching.evidence import Pair, Record, StewardLinks, Tie
from kempt.matching.weights import MICRO
from tests.matching.factory import SPEC, spec
from tests.sizes import size

# link 0.95 is 4.25 bits, review 0.4 is -0.58, weakest 0.01 is -6.63, at most 4 records, ambiguous within 1 bit.
OF = spec()
NOTHING = StewardLinks()


@dataclass(frozen=True)
class Answer:
    verdict: str


def apply(step: MergeStep) -> Answer:
    return Answer("apply")


def records(names: Iterable[str]) -> list[Record]:
    return [Record(name, "contact", "crm") for name in names]


def pair(left: str, right: str, bits: float, tie: Tie | None = None) -> Pair:
    return Pair(left, right, round(bits * MICRO), tie)


def clusters(outcome: Partition) -> set[str]:
    joined: dict[str, list[str]] = {}
    for record, cluster in outcome.cluster_of.items():
        joined.setdefault(cluster, []).append(record)
    assert all(name == min(members) for name, members in joined.items())
    return {"".join(sorted(members)) for members in joined.values()}


def run(names: str, pairs: Sequence[Pair], links: StewardLinks = NOTHING, decide=apply, of=OF) -> Partition:
    return partition(records(names), pairs, links, of, decide)


def questions(outcome: Partition) -> dict[str, str]:
    return {question.step.left + question.step.right: question.why for question in outcome.questions}


def test_links_are_joined_and_the_band_below_is_asked_about():
    outcome = run("abcd", [pair("a", "b", 9), pair("c", "d", 2)])

    assert clusters(outcome) == {"ab", "c", "d"}
    assert questions(outcome) == {"cd": "review_zone"}
    assert outcome.merges[0].step.probability == pytest.approx(0.998051)


def test_a_chain_is_not_a_cluster():
    pairs = [pair("a", "b", 9), pair("b", "c", 8), pair("a", "c", -9)]

    outcome = run("abc", pairs)

    assert clusters(outcome) == {"ab", "c"}
    assert questions(outcome) == {"bc": "mean"}
    assert outcome.blocked == {"mean": 1}


def test_of_equal_pairs_the_one_with_the_smaller_ids_comes_first():
    pairs = [pair("b", "c", 9), pair("a", "b", 9), pair("a", "c", -9.5)]

    assert clusters(run("abc", pairs)) == clusters(run("abc", pairs[::-1])) == {"ab", "c"}


def test_one_impossible_pair_outweighs_many_likely_ones():
    pairs = [pair("a", "b", 20), pair("a", "c", 20), pair("b", "c", -7)]

    assert questions(run("abc", pairs)) == {"ac": "weakest"}


def test_what_a_constraint_keeps_apart_is_neither_joined_nor_asked_about():
    pairs = [pair("a", "b", 9), pair("b", "c", 6), pair("a", "c", 12, "apart")]

    outcome = run("abc", pairs)

    assert clusters(outcome) == {"ab", "c"}
    assert questions(outcome) == {}
    assert outcome.blocked == {"apart": 1}


def test_what_a_constraint_doubts_is_asked_about_and_never_joined():
    pairs = [pair("a", "b", 30, "ask"), pair("c", "d", 9), pair("c", "e", 6), pair("d", "e", 5, "ask")]

    outcome = run("abcde", pairs)

    assert clusters(outcome) == {"a", "b", "cd", "e"}
    assert questions(outcome) == {"ab": "doubt", "ce": "doubt"}


def test_a_cluster_does_not_grow_past_its_gate():
    names = "abcdef"
    pairs = [pair(one, other, 9) for n, one in enumerate(names) for other in names[n + 1 :]]

    outcome = run(names, pairs)

    assert clusters(outcome) == {"abcd", "ef"}
    assert questions(outcome) == {"ae": "size"}


def test_a_component_that_is_too_large_is_left_to_stewards():
    names = "abcdefghijklmnopqrstuvwxyz"
    pairs = [pair(one, other, 9) for one, other in zip(names, names[1:], strict=False)]

    outcome = run(names, pairs, StewardLinks(must=frozenset({("a", "c")})))

    assert clusters(outcome) == {"ac", *set(names) - {"a", "c"}}
    assert set(questions(outcome).values()) == {"component"}


def test_a_record_that_fits_two_clusters_which_exclude_each_other_stays_single():
    pairs = [pair("f", "s", 9, "apart"), pair("f", "x", 7), pair("s", "x", 7.5)]

    outcome = run("fsx", pairs)

    assert clusters(outcome) == {"f", "s", "x"}
    assert outcome.ambiguous == ("x",)
    assert questions(outcome) == {"fx": "ambiguous", "sx": "ambiguous"}


def test_a_record_that_clearly_fits_one_of_them_goes_there():
    pairs = [pair("f", "s", 9, "apart"), pair("f", "x", 5), pair("s", "x", 7.5)]

    outcome = run("fsx", pairs)

    assert clusters(outcome) == {"f", "sx"}
    assert outcome.ambiguous == ()


def test_a_must_link_joins_what_no_evidence_would_and_what_a_constraint_forbids():
    pairs = [pair("a", "b", -9), pair("c", "d", 20, "apart")]

    outcome = run("abcd", pairs, StewardLinks(must=frozenset({("b", "a"), ("c", "d")})))

    assert clusters(outcome) == {"ab", "cd"}
    assert outcome.merges == ()


def test_a_cannot_link_parts_what_all_evidence_would_join():
    outcome = run("ab", [pair("a", "b", 30)], StewardLinks(cannot=frozenset({("b", "a")})))

    assert clusters(outcome) == {"a", "b"}
    assert questions(outcome) == {}


def test_a_cannot_link_holds_through_a_third_record():
    pairs = [pair("a", "b", 9), pair("b", "c", 6)]

    outcome = run("abc", pairs, StewardLinks(cannot=frozenset({("a", "c")})))

    assert clusters(outcome) == {"ab", "c"}
    assert questions(outcome) == {}


def test_a_must_link_that_a_cannot_link_contradicts_is_reported():
    links = StewardLinks(must=frozenset({("a", "b"), ("b", "c")}), cannot=frozenset({("a", "c")}))

    outcome = run("abc", [], links)

    assert clusters(outcome) == {"ab", "c"}
    assert outcome.broken_must_links == (("b", "c"),)


def test_links_to_records_that_are_gone_do_nothing():
    links = StewardLinks(must=frozenset({("a", "z")}), cannot=frozenset({("y", "b")}))

    assert clusters(run("ab", [pair("a", "b", 9)], links)) == {"ab"}


def test_policy_sees_each_step_and_has_the_last_word():
    seen: list[MergeStep] = []

    def only_pairs(step: MergeStep) -> Answer:
        seen.append(step)
        return Answer("apply" if step.cluster_size <= 2 else "review")

    crm = Record("a", "contact", "crm"), Record("b", "lead", "shop"), Record("c", "contact", "shop")
    pairs = [pair("a", "b", 9), pair("b", "c", 8), pair("a", "c", 7)]

    outcome = partition(crm, pairs, NOTHING, OF, only_pairs)

    assert clusters(outcome) == {"ab", "c"}
    assert questions(outcome) == {"bc": "policy"}
    assert [(step.cluster_size, step.objects, step.same_source) for step in seen[:2]] == [
        (2, ("contact", "lead"), False),
        (3, ("contact", "lead"), True),
    ]


def test_what_policy_rejects_is_not_asked_about():
    outcome = run("ab", [pair("a", "b", 9)], decide=lambda step: Answer("reject"))

    assert clusters(outcome) == {"a", "b"}
    assert outcome.questions == ()


def test_two_clusters_get_one_question_over_their_strongest_pair():
    pairs = [pair("a", "b", 9), pair("c", "d", 9), pair("a", "c", 1), pair("b", "d", 3), pair("a", "d", 2)]

    outcome = run("abcd", pairs)

    assert questions(outcome) == {"bd": "review_zone"}
    assert outcome.questions[0].step.cluster_size == 4


NAMES = "abcdefgh"
weights = st.sampled_from([-9.0, -7.0, -1.0, 0.5, 2.0, 4.5, 5.0, 5.0, 9.0, 12.0])
ties = st.sampled_from([None, None, None, None, "apart", "ask"])
couples = [(one, other) for n, one in enumerate(NAMES) for other in NAMES[n + 1 :]]
evidence = st.dictionaries(st.sampled_from(couples), st.tuples(weights, ties), max_size=20).map(
    lambda found: [pair(*couple, *outcome) for couple, outcome in found.items()]
)
links = st.builds(
    StewardLinks,
    must=st.frozensets(st.sampled_from(couples), max_size=3),
    cannot=st.frozensets(st.sampled_from(couples), max_size=3),
)


@settings(max_examples=size(50), deadline=None)
@given(evidence, links, st.randoms(use_true_random=False))
def test_the_order_of_records_and_pairs_does_not_matter(pairs, steward, chance):
    names = chance.sample(NAMES, len(NAMES))
    turned = [Pair(each.right, each.left, each.micro_bits, each.tie) for each in pairs]

    assert run(NAMES, pairs, steward) == run("".join(names), chance.sample(turned, len(turned)), steward)


def linked(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Names that hang together by pairs."""
    groups: list[set[str]] = []
    for couple in pairs:
        apart = [group for group in groups if group.isdisjoint(couple)]
        groups = [*apart, set(couple).union(*(group for group in groups if group not in apart))]
    return groups


@settings(max_examples=size(50), deadline=None)
@given(evidence, links)
def test_what_stewards_and_constraints_say_holds_in_every_partition(pairs, steward):
    outcome = run(NAMES, pairs, steward)
    together = outcome.cluster_of

    for left, right in steward.cannot:
        assert together[left] != together[right]
    for left, right in steward.must - set(outcome.broken_must_links):
        assert together[left] == together[right]
    by_steward = linked(steward.must)
    for each in pairs:
        if each.tie and together[each.left] == together[each.right]:
            assert any({each.left, each.right} <= members for members in by_steward)
    sizes = [list(together.values()).count(name) for name in set(together.values())]
    assert not outcome.merges or max(sizes) <= max(4, *(len(members) for members in [*by_steward, ""]))


@settings(max_examples=size(50), deadline=None)
@given(evidence, links, evidence)
def test_an_unrelated_component_changes_nothing_elsewhere(pairs, steward, others):
    elsewhere = [Pair(each.left.upper(), each.right.upper(), each.micro_bits, each.tie) for each in others]

    alone, among = run(NAMES, pairs, steward), run(NAMES + NAMES.upper(), [*pairs, *elsewhere], steward)

    assert {name: among.cluster_of[name] for name in NAMES} == dict(alone.cluster_of)
    assert set(questions(alone).items()) <= set(questions(among).items())


@settings(max_examples=size(50), deadline=None)
@given(evidence, links)
def test_no_question_is_asked_twice_or_about_one_cluster(pairs, steward):
    outcome = run(NAMES, pairs, steward)

    asked = [
        frozenset((outcome.cluster_of[each.step.left], outcome.cluster_of[each.step.right]))
        for each in outcome.questions
    ]
    assert len(set(asked)) == len(asked)
    assert all(len(couple) == 2 for couple in asked)


def test_many_components_are_settled_in_one_go():
    chance = random.Random(1)
    names = [f"r{n:06d}" for n in range(100_000)]
    pairs = [pair(*sorted(chance.sample(names[at : at + 3], 2)), chance.uniform(-2, 12)) for at in range(0, 90_000, 2)]
    pairs = list({(each.left, each.right): each for each in pairs}.values())
    pairs += [pair(names[at], names[at + 50_000], -3.0) for at in range(60_000 - len(pairs))]

    outcome = partition(records(names), pairs, NOTHING, OF, apply)

    assert len(pairs) == 60_000
    assert len(outcome.merges) > 10_000


def test_the_gates_come_from_the_spec():
    wide = spec(SPEC.replace("max_size: 4", "max_size: 6"))
    pairs = [pair(one, other, 9) for n, one in enumerate("abcdef") for other in "abcdef"[n + 1 :]]

    assert clusters(run("abcdef", pairs, of=wide)) == {"abcdef"}
