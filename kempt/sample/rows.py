"""The rows of a tenant's sources before they are laid out as files."""

from dataclasses import dataclass

import numpy as np

from kempt.sample.draw import Chance, Flags, Texts, Whole, happens, iso, texts
from kempt.sample.sources import DAYS, SOURCES

NEVER = len(DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One position per row in every array, also in every column.

    Days are counted from 0. `touched` is the last day on which the row changed, `gone` the first day without it.
    """

    source: Whole
    entity: Whole
    arrives: Whole
    touched: Whole
    gone: Whole
    deleted: Flags
    ragged: Flags
    kind: Texts
    columns: dict[str, Texts]

    def of(self, source: int) -> Whole:
        """The positions of one source's rows."""
        return np.flatnonzero(self.source == source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which entity each row shows, in which source, from which day on; `again` marks second records of an entity."""

    source: Whole
    arrives: Whole
    entity: Whole
    again: Flags
    entities: int

    def rows(self, kind: Texts, columns: dict[str, Texts]) -> Rows:
        """The planned rows, as they are when they first arrive."""
        n = len(self.source)
        return Rows(
            source=self.source,
            entity=self.entity,
            arrives=self.arrives,
            touched=self.arrives.copy(),
            gone=np.full(n, NEVER),
            deleted=np.zeros(n, dtype=bool),
            ragged=np.zeros(n, dtype=bool),
            kind=kind,
            columns=columns,
        )


def make_plan(chance: Chance, counts: Whole, sources: Whole, *, duplicates: float) -> Plan:
    """A plan for the chosen sources; `counts` holds rows by source and day."""
    wanted = counts[sources]
    n = int(wanted.sum())
    entities = n - round(n * duplicates)
    drawn = np.concatenate([np.arange(entities), chance.integers(0, entities, n - entities)])
    order = chance.permutation(n)
    return Plan(
        source=np.repeat(np.repeat(sources, len(DAYS)), wanted.ravel()),
        arrives=np.repeat(np.tile(np.arange(len(DAYS)), len(sources)), wanted.ravel()),
        entity=drawn[order],
        again=order >= entities,
        entities=entities,
    )


def make_keys(chance: Chance, plan: Plan) -> Texts:
    """A source key for each row, in the shape its source uses; empty where the key is made of other columns."""
    keys = texts([""] * len(plan.source))
    for at in np.unique(plan.source):
        rows = np.flatnonzero(plan.source == at)
        shape = SOURCES[at].key
        if shape:
            keys[rows] = [shape.format(number) for number in (chance.permutation(len(rows)) + 1_000_001).tolist()]
    return keys


def make_stamps(chance: Chance, plan: Plan) -> tuple[Texts, Texts]:
    """When each row was created and last changed, as ISO text: before the first day, or on the day it arrives."""
    first_day = np.datetime64(DAYS[0], "s")
    n = len(plan.source)
    history = chance.integers(86_400, 4 * 365 * 86_400, n)
    since = (history * chance.random(n)).astype(np.int64)
    late = plan.arrives > 0
    today = np.array(DAYS, dtype="datetime64[s]")[plan.arrives] + chance.integers(3_600, 80_000, n)
    every_day = np.array([source.every_row for source in SOURCES])[plan.source]
    created = np.where(late, today, first_day - history)
    updated = np.where(late | ~every_day, today, first_day - since)
    return iso(created), iso(updated)


def leave_blanks(chance: Chance, plan: Plan, columns: dict[str, Texts]) -> None:
    """Blank what people left out, but never both e-mail and telephone."""
    blanked = {name: np.zeros(len(plan.source), dtype=bool) for name in columns}
    for at in np.unique(plan.source):
        rows = np.flatnonzero(plan.source == at)
        for name, share in SOURCES[at].blank.items():
            blanked[name][rows] = happens(chance, len(rows), share)
    blanked["email"] &= ~blanked["phone"]
    for name, blank in blanked.items():
        columns[name][blank] = ""
