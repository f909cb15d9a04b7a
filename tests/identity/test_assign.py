import random

from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.identity.assign import Assignment, KnownEntity, assign

KEY = b"0" * 32


def assigned(known, clusters, incarnations=None) -> Assignment:
    return assign(known, clusters, entity_type="person", mint_key=KEY, incarnations=incarnations or {})


def entity(name, *members, born=1, dormant=False):
    return KnownEntity(entity_id=name, born_seq=born, members=frozenset(members), dormant=dormant)


def test_a_new_cluster_gets_a_new_id_that_a_retry_gives_again():
    first, again = assigned([], [["b", "a"]]), assigned([], [["a", "b"]])

    assert first == again
    assert first.changes[0].kind == "minted"
    assert first.changes[0].anchor == "a"


def test_unchanged_clusters_change_nothing():
    result = assigned([entity("per_1", "a", "b"), entity("per_2", "c")], [["a", "b"], ["c"]])

    assert result == Assignment(changes=(), endings=())


def test_the_older_id_survives_an_equal_merge_and_the_other_redirects():
    result = assigned([entity("per_9", "a", born=1), entity("per_1", "b", born=2)], [["a", "b"]])

    assert [(change.entity_id, change.joined) for change in result.changes] == [("per_9", ("b",))]
    assert [(ending.entity_id, ending.redirect_to) for ending in result.endings] == [("per_1", "per_9")]


def test_a_split_leaves_the_id_on_the_heavier_side():
    result = assigned([entity("per_1", "a", "b", "c")], [["a"], ["b", "c"]])

    kept = next(change for change in result.changes if change.entity_id == "per_1")
    assert (kept.kind, kept.left) == ("kept", ("a",))
    assert {change.kind for change in result.changes} == {"kept", "minted"}


def test_an_unmerge_revives_the_id_that_was_redirected():
    known = [entity("per_1", "a", "b", "c", born=1), entity("per_2", "c", born=2, dormant=True)]

    result = assigned(known, [["a", "b"], ["c"]])

    assert {(change.entity_id, change.kind) for change in result.changes} == {("per_1", "kept"), ("per_2", "revived")}


def test_an_entity_without_records_retires():
    result = assigned([entity("per_1", "a")], [])

    assert [(ending.entity_id, ending.redirect_to) for ending in result.endings] == [("per_1", None)]


def test_a_minted_id_is_never_one_that_was():
    first = assigned([], [["a"]]).changes[0].entity_id

    second = assigned([], [["a"]], incarnations={"a": 1}).changes[0].entity_id

    assert first != second


records = st.integers(0, 11).map(str)
partitions = st.lists(records, unique=True).flatmap(
    lambda names: st.lists(st.integers(0, 4), min_size=len(names), max_size=len(names)).map(
        lambda labels: [[name for name, at in zip(names, labels, strict=True) if at == label] for label in sorted(set(labels))]
    )
)


@settings(max_examples=50, deadline=None)
@given(partitions, partitions, st.randoms(use_true_random=False))
def test_every_record_has_one_entity_whatever_the_order(before, after, chance: random.Random):
    known = [entity(f"per_{at}", *members, born=at) for at, members in enumerate(before)]
    result = assigned(known, after)
    shuffled = [chance.sample(cluster, len(cluster)) for cluster in chance.sample(after, len(after))]

    assert assigned(chance.sample(known, len(known)), shuffled) == result
    members = {name.entity_id: set(name.members) for name in known}
    for ending in result.endings:
        members.pop(ending.entity_id)
    for change in result.changes:
        members[change.entity_id] = (members.get(change.entity_id, set()) | set(change.joined)) - set(change.left)
    assert sorted(map(sorted, members.values())) == sorted(sorted(cluster) for cluster in after)
    assert len({change.entity_id for change in result.changes}) == len(result.changes)
