"""Records of few values over many days, so that blocks, components and clusters come and go."""

import random
from dataclasses import dataclass, field
from typing import Any

import duckdb

from tests.matching.factory import SPEC, person, relation, spec

# Of 30 records a few make a block that is too large, and a component that is too large to be completed.
OF = spec(
    SPEC.replace("agree_on: [email_canonical]}", "agree_on: [email_canonical], max_block: 4}")
    .replace('agree_on: ["family_key:2", "given_key:1"]}', 'agree_on: ["family_key:2", "given_key:1"], max_block: 5}')
    .replace("complete_up_to: 20", "complete_up_to: 6")
    .replace("review: 0.4", "review: 0.05")
)
NAMES = [f"r{n:02d}" for n in range(40)]
SAID: dict[str, tuple[Any, ...]] = {
    "given_key": ("ann", "anna", "a", "bo", "bob", None),
    "family_key": ("stone", "stome", "stonne", "sand", "ann", "wood", "hill", None),
    "email_canonical": (None, *(f"m{k}@mail.example" for k in range(7))),
    "is_role": (False, False, False, False, True),
    "phone": (None, None, *(f"+1555010{k}" for k in range(7))),
    "suffix": (None, None, None, "jr", "sr"),
    "street_key": (None, None, None, "1 elm", "2 elm"),
    "source": ("crm", "shop"),
}


@dataclass
class World:
    """The records of today, and what may happen to them."""

    chance: random.Random
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    days: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    """The records as they were written each time."""

    def __post_init__(self) -> None:
        for name in NAMES[:30]:
            self.arrive(name)

    def arrive(self, name: str) -> None:
        """New, back again, or another person under the same id."""
        values = {what: self.chance.choice(values) for what, values in SAID.items()}
        given, family = values.pop("given_key"), values.pop("family_key")
        self.records[name] = dict(person(name, given, family, **values))

    def say(self, name: str, **values: Any) -> None:
        self.records[name] = {**self.records[name], **values}

    def pass_a_day(self) -> None:
        """One to three things happen."""
        for _ in range(self.chance.randint(1, 3)):
            self.chance.choice([self.add, self.edit, self.edit, self.copy, self.crowd, self.leave])()

    def add(self) -> None:
        self.arrive(self.chance.choice(NAMES))

    def edit(self) -> None:
        what = self.chance.choice(list(SAID))
        self.say(self.any(), **{what: self.chance.choice(SAID[what])})

    def copy(self) -> None:
        """One becomes like another, as duplicates are."""
        name = self.chance.choice(NAMES)
        self.records[name] = {**self.records[self.any()], "record_id": name}

    def crowd(self) -> None:
        """Many share a mailbox or a name, or no longer do."""
        name = self.chance.choice(["email_canonical", "family_key", "phone"])
        value, joins = self.chance.choice(SAID[name]), self.chance.random() < 0.5
        for record in self.chance.sample(sorted(self.records), min(3, len(self.records))):
            if joins or self.records[record].get(name) == value:
                self.say(record, **{name: value if joins else None})

    def leave(self) -> None:
        del self.records[self.any()]

    def names_of_change(self, since: int) -> set[str]:
        """Whoever was another one at the end of that day or is now, and some who were not."""
        before, now = self.days[since], self.days[-1]
        changed = {name for name in NAMES if before.get(name) != now.get(name)}
        return changed | set(self.chance.sample(NAMES, 2))

    def any(self) -> str:
        if not self.records:
            self.arrive(NAMES[0])
        return self.chance.choice(sorted(self.records))

    def write(self, connection: duckdb.DuckDBPyConnection) -> str:
        """The relation of all records."""
        self.days.append(dict(self.records))
        return relation(connection, self.records.values())


@dataclass
class Tales:
    """A feed that names whoever changed, and some who did not."""

    connection: duckdb.DuckDBPyConnection
    world: World

    def here(self) -> str:
        return str(len(self.world.days) - 1)

    def changes_since(self, place: str, target: str) -> bool:
        names = sorted(self.world.names_of_change(int(place)))
        listed = ", ".join(f"('{name}')" for name in names)
        self.connection.execute(
            f"create or replace temp table {target} as select record.* exclude (record_id), named.record_id, "
            f"record.record_id is not null as present from (values {listed}) as named (record_id) "
            "left join record using (record_id)"
        )
        return True
