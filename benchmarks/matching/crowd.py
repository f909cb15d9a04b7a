"""A crowd: people whose fields say nothing of each other, and whose names are few.

Nearly every blocking rule brings together many who are not one: 30 to 45 candidate pairs a record at any size, because
the tables grow with the square root of the number of people. What is measured is the comparing.
"""

from itertools import product

import numpy as np
import pyarrow as pa

from benchmarks.matching.contacts import DUPLICATES
from benchmarks.matching.tables import as_tables
from benchmarks.matching.world import telephone
from kempt.sample.draw import Chance, Texts, Whole, happens, iso, pick, stream, texts
from kempt.sample.noise import misspell

STATES = texts(["north", "south", "east", "west", "upper", "lower", "inner", "outer"])
MISSING = {"given_name": 0.02, "street": 0.05, "suburb": 0.03, "postcode": 0.02, "phone": 0.1, "birth_date": 0.05}
SLIPS = ("given_name", "surname", "street_number", "street", "suburb", "postcode", "birth_date", "phone")


def crowd(records: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """So many records in random order, and the cluster of each; every fifth repeats another with one to three slips."""
    chance = stream("crowd", seed, records)
    repetitions = round(records * DUPLICATES)
    persons = records - repetitions
    person = np.concatenate([np.arange(persons), chance.integers(0, persons, repetitions)])
    columns = {name: values[person] for name, values in _people(chance, persons).items()}
    _slip(chance, columns, np.arange(persons, records))
    for name, share in MISSING.items():
        columns[name][happens(chance, records, share)] = ""
    order = chance.permutation(records)
    return as_tables({name: values[order] for name, values in columns.items()}, person[order])


def _people(chance: Chance, n: int) -> dict[str, Texts]:
    root = n**0.5
    first_day = np.datetime64("1940-01-01")
    return {
        "given_name": _drawn(chance, _table(chance, round(0.16 * root), 2), n),
        "surname": _drawn(chance, _table(chance, round(0.16 * root), 3), n),
        "street_number": _drawn(chance, np.arange(1, round(0.8 * root)), n),
        "street": _drawn(chance, _table(chance, n // 20 + 50, 3), n) + " street",
        "suburb": _drawn(chance, _table(chance, round(2 * root), 3), n),
        "postcode": _drawn(chance, 20_000 + np.arange(round(0.8 * root)), n),
        "state": STATES[chance.integers(0, len(STATES), n)],
        "birth_date": iso(first_day + chance.integers(0, 24_000, n)),
        "phone": telephone(chance, n).astype(str).astype(object),
    }


def _drawn(chance: Chance, values: Texts | Whole, n: int) -> Texts:
    return values[chance.integers(0, len(values), n)].astype(str).astype(object)


def _table(chance: Chance, count: int, syllables: int) -> Texts:
    """Words that nobody has as a name, each once."""
    parts = [one + two for one, two in product("bcdfghjklmnprstvwz", ("a", "e", "i", "o", "u", "an", "er"))]
    made = texts(parts)[chance.integers(0, len(parts), (3 * count + 50, syllables))].sum(axis=1)
    return texts(list(dict.fromkeys(made.tolist()))[:count])


def _slip(chance: Chance, columns: dict[str, Texts], repeated: Whole) -> None:
    times = 1 + pick(chance, (60, 30, 10), len(repeated))
    for turn in range(3):
        slipping = repeated[times > turn]
        column = chance.integers(0, len(SLIPS), len(slipping))
        for at, name in enumerate(SLIPS):
            rows = slipping[column == at]
            columns[name][rows] = misspell(chance, columns[name][rows])
