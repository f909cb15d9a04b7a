from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.errors import StopRun
from kempt.identity.assign import assign
from kempt.identity.model import Changes, Entity, Mint
from tests.sizes import size

KEY = b"k" * 32
NOTHING_NEW = Changes(
    entity_of={}, minted=(), kept=(), merged=(), split=(), revived=(), rerouted=(), retired=(), moves=()
)


def resolve(redirects: dict[str, str], entity_id: str) -> str:
    """The id at the end of the redirects."""
    for _ in range(len(redirects) + 1):
        entity_id = redirects.get(entity_id, entity_id)
    return entity_id


class Registry:
    """What a caller keeps between runs: entities, redirects and how often each record was an anchor."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}
        self.redirects: dict[str, str] = {}
        self.incarnations: dict[str, int] = {}
        self.seq = 0

    def run(self, *clusters: Iterable[str]) -> Changes:
        named = [list(cluster) for cluster in clusters]
        seen = {record: ord(record[0]) for cluster in named for record in cluster}
        source = Mint(tenant_key=KEY, first_seen=seen, incarnations=self.incarnations)
        changes = assign("person", self.entities.values(), named, source)
        self._keep(changes)
        return changes

    def _keep(self, changes: Changes) -> None:
        self.seq += 1
        for new in changes.minted:
            assert new.entity_id not in self.entities, "an id was minted twice"
            self.incarnations[new.anchor_record] = new.incarnation + 1
            self.entities[new.entity_id] = entity(
                new.entity_id, new.anchor_record, born_seq=self.seq, members=new.members
            )
        for gone in (*(merged.from_id for merged in changes.merged), *changes.retired):
            self.entities[gone] = replace(self.entities[gone], state="retired")
        for redirect in changes.merged:
            self.redirects[redirect.from_id] = redirect.to_id
        for entity_id in changes.revived:
            self.redirects.pop(entity_id, None)
        for entity_id in {*changes.kept, *changes.revived}:
            members = frozenset(record for record, owner in changes.entity_of.items() if owner == entity_id)
            self.entities[entity_id] = replace(self.entities[entity_id], state="active", members=members)


def entity(entity_id: str, anchor: str, *, born_seq: int = 1, members: Iterable[str] = "") -> Entity:
    return Entity(
        entity_id=entity_id,
        entity_type="person",
        state="active",
        born_seq=born_seq,
        anchor_record=anchor,
        members=frozenset(members),
    )


def test_a_merge_keeps_the_id_of_most_records_and_redirects_the_other():
    registry = Registry()
    first = registry.run("a", "bc")
    small, large = first.entity_of["a"], first.entity_of["b"]

    changes = registry.run("abc")

    assert set(changes.entity_of.values()) == {large}
    assert [(each.from_id, each.to_id) for each in changes.merged] == [(small, large)]
    assert [(move.record_id, move.from_id, move.to_id) for move in changes.moves] == [("a", small, large)]
    assert changes.minted == ()
    assert resolve(registry.redirects, small) == large


def test_of_two_equal_ids_the_older_one_stays():
    registry = Registry()
    older = registry.run("d").entity_of["d"]
    registry.run("d", "a")

    assert registry.run("ad").entity_of["a"] == older


def test_a_split_leaves_the_id_on_the_heavier_side_and_mints_for_the_other():
    registry = Registry()
    whole = registry.run("abc").entity_of["a"]

    changes = registry.run("ab", "c")

    assert changes.entity_of["a"] == whole
    assert changes.split[0].entity_id == whole
    assert changes.split[0].into == tuple(sorted({whole, changes.entity_of["c"]}))
    assert len(changes.minted) == 1


def test_an_even_split_leaves_the_id_with_the_record_it_was_minted_from():
    registry = Registry()
    whole = registry.run("bcd").entity_of["b"]
    registry.run("abcd")

    changes = registry.run("ad", "bc")

    assert changes.entity_of["b"] == changes.entity_of["c"] == whole


def test_an_unmerge_gives_the_retired_id_back():
    registry = Registry()
    before = dict(registry.run("ab", "cde").entity_of)
    registry.run("abcde")

    changes = registry.run("ab", "cde")

    assert changes.entity_of == before
    assert changes.revived == (before["a"],)
    assert changes.minted == ()
    assert resolve(registry.redirects, before["a"]) == before["a"]


def test_a_retired_id_is_not_revived_for_a_part_of_its_records():
    registry = Registry()
    before = dict(registry.run("ab", "cde").entity_of)
    registry.run("abcde")

    changes = registry.run("a", "bcde")

    assert changes.revived == ()
    assert changes.entity_of["a"] not in before.values()


def test_an_anchor_that_comes_loose_again_gets_a_new_id_and_never_an_old_one():
    registry = Registry()
    first = registry.run("abc").entity_of["a"]

    second = registry.run("a", "bc").entity_of["a"]

    assert registry.entities[first].anchor_record == registry.entities[second].anchor_record == "a"
    assert first != second


def test_an_entity_without_records_is_retired_and_comes_back_with_them():
    registry = Registry()
    gone = registry.run("a", "b").entity_of["a"]

    changes = registry.run("b")
    assert changes.retired == (gone,)
    assert [(move.record_id, move.to_id) for move in changes.moves] == [("a", None)]

    assert registry.run("a", "b").entity_of["a"] == gone


def test_people_and_companies_never_mix():
    source = Mint(tenant_key=KEY, first_seen={"a": 1}, incarnations={})
    person = assign("person", [], [["a"]], source).minted[0].entity_id

    with pytest.raises(StopRun, match="is not a company"):
        assign("company", [entity(person, "a", members="a")], [["a"]], source)
    assert assign("company", [], [["a"]], source).entity_of["a"] != person


def test_a_record_in_two_clusters_is_refused():
    with pytest.raises(StopRun, match="two clusters"):
        Registry().run("ab", "bc")


def test_the_tenant_key_does_not_print():
    assert "kkk" not in repr(Mint(tenant_key=KEY, first_seen={}, incarnations={}))


@st.composite
def partitions(draw: st.DrawFn) -> list[list[str]]:
    labels = draw(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3), max_size=8))
    return [[record for record in labels if labels[record] == label] for label in sorted(set(labels.values()))]


@settings(max_examples=size(50), deadline=None)
@given(st.lists(partitions(), min_size=1, max_size=6))
def test_through_any_history_ids_are_unique_resolve_and_rest(history):
    registry = Registry()
    for clusters in history:
        changes = registry.run(*clusters)

        owners = [{changes.entity_of[record] for record in cluster} for cluster in clusters]
        assert all(len(each) == 1 for each in owners)
        assert len(set().union(*owners)) == len(clusters)
        assert all(resolve(registry.redirects, each) not in registry.redirects for each in registry.entities)

        again = registry.run(*clusters)
        assert again.entity_of == changes.entity_of
        assert replace(again, entity_of={}, kept=()) == NOTHING_NEW


@settings(max_examples=size(50), deadline=None)
@given(st.lists(partitions(), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_clusters_records_and_entities_does_not_matter(history, chance):
    plain, shuffled = Registry(), Registry()
    for clusters in history:
        mixed = [chance.sample(cluster, len(cluster)) for cluster in chance.sample(clusters, len(clusters))]
        entities = list(shuffled.entities.items())
        chance.shuffle(entities)
        shuffled.entities = dict(entities)

        assert plain.run(*clusters) == shuffled.run(*mixed)


def test_every_new_record_gets_an_id_of_its_own():
    records = [f"{n:06d}" for n in range(100_000)]
    source = Mint(tenant_key=KEY, first_seen=dict.fromkeys(records, 1), incarnations={})

    changes = assign("person", [], [[record] for record in records], source)

    assert len({new.entity_id for new in changes.minted}) == 100_000


def test_a_redirect_goes_after_its_records_when_all_of_them_have_gone_on():
    old = replace(entity("per_old", "b", members="b"), state="redirected", leads_to="per_whole")
    whole = entity("per_whole", "a", members="abc")
    source = Mint(tenant_key=KEY, first_seen=dict.fromkeys("abcd", 0), incarnations={})

    changes = assign("person", [whole, old, entity("per_other", "d", members="dd")], [["a", "c"], ["b", "d"]], source)

    assert changes.entity_of["b"] == "per_other"
    assert [(each.from_id, each.to_id) for each in changes.rerouted] == [("per_old", "per_other")]


def test_what_is_to_be_restored_goes_back_whoever_came_meanwhile():
    whole = entity("per_whole", "a", members="abcde")
    old = replace(entity("per_old", "b", members="b"), state="redirected", leads_to="per_whole")
    source = Mint(tenant_key=KEY, first_seen=dict.fromkeys("abcde", 0), incarnations={})
    clusters = [["a"], ["b", "c", "d", "e"]]

    free = assign("person", [whole, old], clusters, source)
    restored = assign("person", [whole, old], clusters, source, {"per_whole": ["a"], "per_old": ["b"]})

    assert free.entity_of["b"] == "per_whole"
    assert (restored.entity_of["a"], restored.entity_of["b"]) == ("per_whole", "per_old")
    assert (restored.kept, restored.revived, restored.minted) == (("per_whole",), ("per_old",), ())
