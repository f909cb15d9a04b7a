"""The ledger is the whole truth: whatever happened, every projection can be made again from it, in any delivery."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kempt.errors import StopRun
from kempt.ledger.database import Database
from kempt.ledger.history import Entry, entries
from kempt.projections.inbox import Inbox
from kempt.projections.state import State
from kempt.projections.state_hash import StateHash, hash_of
from kempt.settings import Settings
from kempt.usecases.constraint_rows import Said
from kempt.usecases.constraints import add_constraint, list_constraints, withdraw_constraint
from kempt.usecases.decide import decide_item
from kempt.usecases.ledger_folds import everything
from kempt.usecases.override import end_override, list_overrides, override_field
from kempt.usecases.override_rows import Override
from kempt.usecases.replay import identity_hash, replay
from kempt.usecases.review import review_item
from kempt.usecases.unmerge import foresee_unmerge, unmerge
from kempt.usecases.withdraw import undo_decision
from tests.conftest import NUMBERS
from tests.sizes import size
from tests.usecases.world import BOLD, SHY, Row, World, new_world, record

LETTERS = "abcdef"
FIRST, STEPS = 4, 10


class Crash(Exception):
    """A process that died."""


class History:
    """A history that chance tells: each step may be a crash and its retry."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)
        self.hashes: dict[int, StateHash] = {}

    def tell(self) -> None:
        steps: tuple[Callable[[], None], ...] = (
            self.ingest, self.ingest, self.edit, self.lose, self.judge, self.judge, self.constrain, self.propose,
            self.override, self.override, self.end_override, self.approve_otherwise, self.take_back, self.wait,
            self.unmerge, self.change_policy, self.crash,
        )  # fmt: skip
        for _ in range(FIRST):
            self.ingest()
        self.world.run()
        for _ in range(STEPS):
            self.chance.choice(steps)()
            if self.chance.random() < 0.6:
                self.world.run()
            self.hashes[self.head()] = identity_hash(self.world.tenant)

    def head(self) -> int:
        ((seq,),) = self.world.sql("select coalesce(max(seq), 0) from ledger.head")
        return int(str(seq))

    def ingest(self) -> None:
        letter = self.chance.choice(LETTERS)
        self.world.put(**{letter: self.row()})

    def row(self) -> Row:
        name, mail = self.chance.choice(["Ada Quendel", "Bea Rast"]), self.chance.choice("uvw")
        return Row(name=name, mail=f"{mail}@quendel.example", title=self.chance.choice(["", "Buyer"]),
                   source=self.chance.choice(["crm", "shop"]), day=self.chance.randrange(3),
                   owner=self.chance.choice(["", "owner-01", "owner-02"]))  # fmt: skip

    def edit(self) -> None:
        self.world.put(**{self.chance.choice(sorted(self.world.rows)): self.row()})

    def lose(self) -> None:
        if len(self.world.rows) > 1:
            self.world.rows.pop(self.chance.choice(sorted(self.world.rows)))

    def placed(self) -> list[str]:
        """Who belongs to an entity."""
        members = {
            str(name) for (name,) in self.world.sql("select record_id::text from kempt.membership where to_seq is null")
        }
        return [letter for letter in LETTERS if record(letter) in members]

    def two(self) -> list[str]:
        there = sorted(self.world.rows)
        return self.chance.sample(there, 2) if len(there) > 1 else []

    def judge(self) -> None:
        if two := self.two():
            self.dare(lambda: self.world.judge(*two, self.chance.choice(["approve", "reject"])))

    def constrain(self) -> None:
        world, two = self.world, self.two()
        standing = list_constraints(world.tenant, now=world.tick())
        if standing and self.chance.random() < 0.4:
            name = self.chance.choice(standing)["constraint_id"]
            withdraw_constraint(world.tenant, name, authority="ines", reason="seen again", now=world.tick())
        elif two:
            said = Said(kind=self.chance.choice(["must_link", "cannot_link"]), left=record(two[0]),
                        right=record(two[1]), authority="ines", reason="known")  # fmt: skip
            self.dare(lambda: add_constraint(world.tenant, said, now=world.tick()))

    def propose(self) -> None:
        """A value is proposed, approved and applied."""
        there = self.chance.choice(sorted(self.world.rows))
        value = self.chance.choice(["+493023125001", "+493023125002"])
        self.dare(lambda: self.world.override(there, "phone", value))

    def override(self) -> None:
        """A person says a value of her own, or that there is none; for good, or for a day."""
        world, attribute = self.world, self.chance.choice(["job_title", "owner"])
        there = self.chance.choice(self.placed())
        until = self.chance.choice([None, world.now + timedelta(days=1, microseconds=self.chance.randrange(2))])

        def say() -> None:
            word = Override(entity=world.entity_of(there), attribute=attribute, by=self.chance.choice(["ines", "sina"]),
                            value=self.chance.choice([None, "owner-03", "owner-04"]), reason="known", expires_at=until,
                            record=self.chance.choice([None, record(there)]))  # fmt: skip
            override_field(world.tenant, world.lake, word, now=world.tick())

        self.dare(say)

    def end_override(self) -> None:
        world = self.world
        if standing := list_overrides(world.tenant, every=True, now=world.tick()):
            name = self.chance.choice(standing)["override_id"]
            self.dare(lambda: end_override(world.tenant, world.lake, name, by="ines", reason="over", now=world.tick()))

    def approve_otherwise(self) -> None:
        """What is proposed is approved with another value, and sometimes applied."""
        world, there = self.world, self.chance.choice(self.placed())

        def approve() -> None:
            proposal = world.offer(there, "phone", "+493023125003")
            seen = review_item(world.tenant, proposal, now=world.now)["seen"]
            decide_item(world.tenant, proposal, "approve", steward="ines", seen=seen, lake=world.lake,
                        edits={self.chance.choice(["phone", "job_title"]): None}, now=world.tick())  # fmt: skip
            if self.chance.random() < 0.5:
                world.apply()

        self.dare(approve)

    def take_back(self) -> None:
        """Whoever approved something that was not applied takes it back."""
        world = self.world
        approved = [str(name) for (name,) in world.sql(
            "select proposal_id::text from kempt.review_item where state = 'approved' order by 1"
        )]  # fmt: skip
        if approved:
            name = self.chance.choice(approved)
            self.dare(lambda: undo_decision(world.tenant, name, steward="ines", now=world.tick()))

    def wait(self) -> None:
        """Until what was said for a day is over."""
        self.world.now += timedelta(days=2)

    def unmerge(self) -> None:
        world = self.world
        named = [
            str(name) for (name,) in world.sql("select from_id from kempt.redirect where to_seq is null order by 1")
        ]
        if not named:
            return
        name = self.chance.choice(named)

        def take_back() -> None:
            plan = foresee_unmerge(world.tenant, world.lake, name)
            given = {item.subject: self.chance.choice(plan.sides).records[0] for item in plan.undecided}
            if given:
                plan = foresee_unmerge(world.tenant, world.lake, name, given=given)
            unmerge(world.tenant, world.lake, name, approved=plan.digest, steward="ines", now=world.tick(), given=given)

        self.dare(take_back)

    def change_policy(self) -> None:
        self.world.policy(self.chance.choice([BOLD, SHY]))

    def crash(self) -> None:
        """The run dies half-way, at one of its steps or within one, and nothing of that is told to the next."""
        self.ingest()
        where = self.chance.choice([
            "kempt.usecases.assign_identity.settle_questions", "kempt.usecases.identity_rows._load",
            "kempt.usecases.golden_rows.append", "kempt.usecases.golden_rows.copy_in",
        ])  # fmt: skip
        with patch(where, side_effect=Crash), suppress(Crash):
            self.world.run()
        self.hashes[self.head()] = identity_hash(self.world.tenant)

    def dare(self, step: Callable[[], object]) -> None:
        """What a steward tries may be refused: already decided, contradicting, nothing left to part."""
        with suppress(StopRun):
            step()


@pytest.fixture(scope="module")
def open_world(database: Database, postgres_home: Settings) -> Callable[[], object]:
    return lambda: new_world(database, postgres_home, f"history_{next(NUMBERS)}")


def delivered(told: list[Entry], chance: random.Random) -> Iterator[tuple[str, Iterable[list[Entry]]]]:
    """The same events as a consumer may get them."""
    yield "in one batch", [told]
    yield "one by one", [[entry] for entry in told]
    yield "in micro-batches", [told[at : at + 7] for at in range(0, len(told), 7)]
    mixed = [*told, *chance.choices(told, k=len(told) // 2)]
    chance.shuffle(mixed)
    yield "shuffled and twice", [mixed[at : at + 5] for at in range(0, len(mixed), 5)]


# A seed that is smaller tells no shorter history: shrinking would only take its time.
TELLING = {"deadline": None, "suppress_health_check": list(HealthCheck), "phases": (Phase.explicit, Phase.generate)}


@settings(max_examples=size(2), **TELLING)
@given(seed=st.integers(0, 2**32))
def test_after_any_history_the_ledger_alone_tells_the_same_state(open_world, seed):
    with open_world() as world:
        history = History(world, seed)
        history.tell()

        found = replay(world.tenant)
        assert found.differing == dict.fromkeys(found.rows, 0)
        assert found.same

        with world.tenant.database.transaction(world.tenant.name) as connection:
            told = list(entries(connection))
            for seq, then in history.hashes.items():
                assert hash_of(everything(connection, world.tenant.name, until=seq)) == then, f"as of {seq}"
        for how, batches in delivered(told, history.chance):
            inbox, state = Inbox(), State(world.tenant.name)
            for batch in batches:
                state.fold(inbox.take(batch))
            assert hash_of(state) == found.standing, how


@settings(max_examples=max(1, size(1) // 10), **TELLING)
@given(seed=st.integers(0, 2**32))
def test_who_is_who_does_not_hang_on_how_records_arrived(open_world, seed):
    """In one batch, in twos, one by one, shuffled, some of them twice: the same records together, the same values."""
    chance = random.Random(seed)
    letters = LETTERS[:4]
    rows = {
        letter: Row(name=chance.choice(["Ada Quendel", "Bea Rast"]), mail=f"{chance.choice('uv')}@quendel.example",
                    day=chance.randrange(3))
        for letter in letters
    }  # fmt: skip
    with open_world() as first:
        first.put(**rows)
        first.run()
        told = identity_hash(first.tenant)
        for step in (1, 2):
            with open_world() as other:
                other.lend_key(first)
                order = [*chance.sample(letters, len(letters)), chance.choice(letters)]
                for at in range(0, len(order), step):
                    other.put(**{letter: rows[letter] for letter in order[at : at + step]})
                    other.run()

                assert identity_hash(other.tenant).who_is_who == told.who_is_who


def test_a_change_behind_the_ledger_s_back_is_found(open_world, as_superuser):
    with open_world() as world:
        world.put(a=Row(name="Ada Quendel", mail="u@quendel.example"), b=Row(name="Bea Rast", mail="v@quendel.example"))
        world.run()
        assert replay(world.tenant).same

        as_superuser.execute(
            "update kempt.membership set entity_id = (select max(entity_id) from kempt.entity where tenant = %(of)s) "
            "where tenant = %(of)s and entity_id = (select min(entity_id) from kempt.entity where tenant = %(of)s)",
            {"of": world.tenant.name},
        )
        found = replay(world.tenant)

        assert not found.same
        assert found.differing["membership"] == 2
        assert found.replayed.branches["memberships"] != found.standing.branches["memberships"]
        assert found.replayed.branches["golden"] == found.standing.branches["golden"]
