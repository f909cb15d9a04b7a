"""How right a partition is: as counted by hand, and as a plain loop over all pairs counts it."""

from collections import defaultdict
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.matching.evaluate import Evaluation, Scores, evaluate, wilson
from tests.sizes import size


def partition(*clusters: str) -> dict[str, int]:
    return {record: at for at, cluster in enumerate(clusters) for record in cluster}


def test_a_partition_is_counted_by_pairs_records_and_clusters():
    found = evaluate(partition("abc", "d", "ef", "x"), partition("ab", "cd", "ef", "y"))

    assert (found.records, found.only_predicted, found.only_true) == (6, 1, 1)
    assert (found.predicted_pairs, found.true_pairs, found.right_pairs) == (4, 3, 2)
    assert found.pairwise == Scores(precision=2 / 4, recall=2 / 3)
    assert found.bcubed.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)
    assert found.bcubed.recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2 + 1 + 1) / 6)
    assert found.exact_clusters == pytest.approx(1 / 3)
    assert found.pairwise.f1 == pytest.approx(4 / 7)


def test_nothing_joined_is_never_wrong_and_finds_nothing():
    found = evaluate(partition("a", "b", "c"), partition("ab", "c"))

    assert found.pairwise == Scores(precision=1, recall=0)
    assert found.pairwise.f1 == 0
    assert found.pairwise_intervals.precision == (0, 1)
    assert found.exact_clusters == 0.5


@pytest.mark.parametrize("predicted", [{}, partition("xyz")])
def test_without_a_record_in_common_nothing_can_be_wrong(predicted):
    found = evaluate(predicted, partition("ab"))

    assert (found.records, found.only_predicted, found.only_true) == (0, len(predicted), 2)
    assert found.pairwise == found.bcubed == Scores(precision=1, recall=1)
    assert found.exact_clusters == 1
    assert found.pairwise_intervals.precision == (0, 1)


def test_a_record_missing_on_one_side_shrinks_the_cluster_it_was_in():
    found = evaluate(partition("ab", "c"), partition("abz", "c"))

    assert found.pairwise == found.bcubed == Scores(precision=1, recall=1)
    assert found.exact_clusters == 1


def test_the_interval_counts_clusters_because_their_pairs_stand_or_fall_together():
    one_large, many_small = partition("abcdefghij"), partition("ab", "cd", "ef", "gh", "ij")

    large, small = (evaluate(each, each).pairwise_intervals.precision for each in (one_large, many_small))

    assert large == wilson(1.0, 1)
    assert small == wilson(1.0, 5)
    assert large[0] < small[0] < 1.0 == small[1]


def test_a_cluster_that_outweighs_all_others_is_hardly_more_than_one_draw():
    predicted, truth = partition("abcdefghij", "kl"), partition("abcdefghij", "k", "l")

    found = evaluate(predicted, truth)

    # Of pairs 45 and 1, of records 10 and 2; the truth has 10, 1 and 1 records, and pairs in one cluster alone.
    assert found.pairwise_intervals.precision == wilson(45 / 46, 46**2 / (45**2 + 1**2))
    assert found.pairwise_intervals.recall == wilson(1.0, 1)
    assert found.pairwise_intervals.f1 == wilson(found.pairwise.f1, 1)
    assert found.bcubed_intervals.precision == wilson(11 / 12, 12**2 / (10**2 + 2**2))
    assert found.bcubed_intervals.recall == wilson(1.0, 12**2 / (10**2 + 1 + 1))
    assert found.bcubed_intervals.f1 == wilson(found.bcubed.f1, 12**2 / (10**2 + 2**2))


def test_the_interval_is_wilsons():
    low, high = wilson(0.98, 500)

    assert (low, high) == (pytest.approx(0.9636, abs=1e-4), pytest.approx(0.9891, abs=1e-4))


labels = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 4), max_size=12)


@settings(max_examples=size(50), deadline=None)
@given(labels, labels)
def test_it_agrees_with_a_loop_over_all_pairs(predicted, truth):
    assert as_numbers(evaluate(predicted, truth)) == pytest.approx(by_loops(predicted, truth))


@settings(max_examples=size(50), deadline=None)
@given(labels)
def test_the_truth_itself_is_right_whatever_its_clusters_are_called(truth):
    found = evaluate({record: f"cluster {label}" for record, label in truth.items()}, truth)

    assert found.pairwise == found.bcubed == Scores(precision=1, recall=1)
    assert found.exact_clusters == pytest.approx(1)


@settings(max_examples=size(50), deadline=None)
@given(labels, labels)
def test_turned_round_precision_and_recall_change_places(predicted, truth):
    one, other = evaluate(predicted, truth), evaluate(truth, predicted)

    assert (one.pairwise.precision, one.bcubed.precision) == (other.pairwise.recall, other.bcubed.recall)


def as_numbers(found: Evaluation) -> dict[str, float]:
    return {
        "pairwise precision": found.pairwise.precision,
        "pairwise recall": found.pairwise.recall,
        "bcubed precision": found.bcubed.precision,
        "bcubed recall": found.bcubed.recall,
        "exact clusters": found.exact_clusters,
    }


def by_loops(predicted: dict[str, int], truth: dict[str, int]) -> dict[str, float]:
    """The definitions, read aloud."""
    records = sorted(predicted.keys() & truth.keys())
    pairs = list(combinations(records, 2))
    joined = {pair for pair in pairs if predicted[pair[0]] == predicted[pair[1]]}
    same = {pair for pair in pairs if truth[pair[0]] == truth[pair[1]]}
    ours, theirs = clusters_of(predicted, records), clusters_of(truth, records)
    overlap = {r: len(ours[predicted[r]] & theirs[truth[r]]) for r in records}
    exact = [cluster for cluster in theirs.values() if cluster in ours.values()]
    return {
        "pairwise precision": len(joined & same) / len(joined) if joined else 1,
        "pairwise recall": len(joined & same) / len(same) if same else 1,
        "bcubed precision": sum(overlap[r] / len(ours[predicted[r]]) for r in records) / len(records) if records else 1,
        "bcubed recall": sum(overlap[r] / len(theirs[truth[r]]) for r in records) / len(records) if records else 1,
        "exact clusters": len(exact) / len(theirs) if theirs else 1,
    }


def clusters_of(partition: dict[str, int], records: list[str]) -> dict[int, set[str]]:
    clusters = defaultdict(set)
    for record in records:
        clusters[partition[record]].add(record)
    return dict(clusters)
