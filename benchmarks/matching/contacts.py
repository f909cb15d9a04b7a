"""Contacts as a CRM holds them, with the truth: invented people, and the records that somebody typed."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from benchmarks.matching.tables import as_tables
from benchmarks.matching.world import (
    FORMS,
    PROVIDERS,
    ROLES,
    People,
    World,
    make_households,
    make_people,
    make_world,
    telephone,
)
from kempt.sample.draw import Chance, Flags, Texts, Whole, pick, stream, texts
from kempt.sample.noise import misspell
from kempt.sample.spelling import without_diacritics

DUPLICATES = 0.2
WRITTEN: dict[str, tuple[str, ...]] = {
    "Inc": ("Inc.", "Incorporated", "INC", ""), "LLC": ("L.L.C.", "llc", ""), "Corp": ("Corporation", "Corp.", ""),
    "Ltd": ("Limited", "Ltd.", ""), "Group": ("Grp", ""), "Co": ("Company", "Co.", ""), "GmbH": ("GMBH", ""),
    "": ("Inc", "LLC", "Ltd"),
}  # fmt: skip
MISSING = {
    "first_name": 0.02, "last_name": 0.005, "email": 0.12, "phone": 0.2, "company": 0.06, "title": 0.2, "address": 0.28,
    "city": 0.1, "postcode": 0.19,
}  # fmt: skip
PLACEHOLDERS = {"phone": ("N/A", 0.02), "email": ("none", 0.01), "company": ("n/a", 0.01)}


@dataclass(slots=True, kw_only=True)
class Rows:
    """Records while they are written: whose each is, which of them are repetitions, and their columns."""

    chance: Chance
    person: Whole
    repeated: Flags
    columns: dict[str, Texts] = field(default_factory=dict)

    def some(self, share: float, *, of_all: bool = False) -> Whole:
        """Random rows: of the repetitions, unless of all."""
        chosen = self.chance.random(len(self.person)) < share
        return np.flatnonzero(chosen if of_all else chosen & self.repeated)

    def change(self, column: str, rows: Whole, to: Callable[[Texts], Texts]) -> None:
        """Writes these rows of a column in another way."""
        self.columns[column][rows] = to(self.columns[column][rows])


def contacts(records: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """So many records in random order, and the cluster of each."""
    chance = stream("contacts", seed, records)
    repetitions = round(records * DUPLICATES)
    persons = records - repetitions
    world = make_world(chance, persons)
    people = make_people(chance, world, persons)
    make_households(chance, people)
    rows = _rows(chance, persons, repetitions)
    mine = {part: values[rows.person].copy() for part, values in people.items()}
    _live(rows, world, mine)
    _write(rows, world, mine)
    _slip(rows, world, mine)
    _style(rows)
    _leave_out(rows)
    return _tables(rows)


def _rows(chance: Chance, persons: int, repetitions: int) -> Rows:
    """Every person once, some again: mostly once more, few up to eight times."""
    times = np.array([1, 2, 3, 4, 5, 8])[pick(chance, (66, 20, 8, 3, 2, 1), repetitions)]
    kept = int(np.searchsorted(np.cumsum(times), repetitions)) + 1 if repetitions else 0
    again = np.repeat(chance.permutation(persons)[:kept], times[:kept])[:repetitions]
    person = np.concatenate([np.arange(persons), again])
    return Rows(chance=chance, person=person, repeated=np.arange(len(person)) >= persons)


def _live(rows: Rows, world: World, mine: People) -> None:
    """What happened to people between two records: another job, home, name, telephone or mailbox."""
    chance = rows.chance
    for share, parts in (
        (0.07, ("company", "title", "direct", "pattern")),
        (0.05, ("home", "street", "number")),
        (0.015, ("family",)),
        (0.03, ("title",)),
    ):
        changed = rows.some(share)
        others = make_people(chance, world, len(changed))
        for part in parts:
            mine[part][changed] = others[part]
    changed = rows.some(0.03)
    mine["mobile"][changed] = telephone(chance, len(changed))
    for part, share in (("writes_from_home", 0.16), ("at_work", 0.12)):
        changed = rows.some(share)
        mine[part][changed] = 1 - mine[part][changed]
    changed = rows.some(0.22)
    mine["telephone"][changed] = pick(chance, (50, 30, 20), len(changed))


def _write(rows: Rows, world: World, mine: People) -> None:
    offices, at_work = world.offices, mine["at_work"] == 1
    city = np.where(at_work, offices.city[mine["company"]], mine["home"])
    number = np.where(at_work, offices.number[mine["company"]], mine["number"])
    street = np.where(at_work, offices.street[mine["company"]], mine["street"])
    form = offices.form[mine["company"]]
    rows.columns = {
        "first_name": world.names.given[mine["given"]],
        "last_name": world.names.family[mine["family"]],
        "email": _emails(rows.person, world, mine),
        "phone": texts([""] * len(city)),
        "company": offices.name[mine["company"]] + np.where(form == "", "", " ") + form,
        "title": world.titles[mine["title"]],
        "address": number.astype(str).astype(object) + " " + world.streets[street],
        "city": world.cities[city],
        "postcode": (world.postcodes[city] + number % 90 + 10).astype(str).astype(object),
    }
    numbers = np.select(
        [mine["telephone"] == 0, mine["telephone"] == 1],
        [mine["mobile"], mine["direct"]],
        default=offices.phone[mine["company"]],
    )
    typed = rows.some(0.03)
    numbers[typed] += rows.chance.integers(-40, 40, len(typed))
    style = pick(rows.chance, (30, 25, 15, 12, 10, 8), len(numbers))
    rows.columns["phone"] = texts([_number(*each) for each in zip(numbers.tolist(), style.tolist(), strict=True)])


def _emails(person: Whole, world: World, mine: People) -> Texts:
    """A mailbox belongs to one person: whoever comes later with the same name gets a number."""
    plain = {
        part: texts([without_diacritics(name).lower().replace(" ", "").replace("'", "") for name in names])
        for part, names in (("given", world.names.given), ("family", world.names.family))
    }
    given, family = plain["given"][mine["given"]], plain["family"][mine["family"]]
    letter, year = texts([name[0] for name in given]), mine["year"].astype(str).astype(object)
    pattern = mine["pattern"]
    work = np.select(
        [pattern == 0, pattern == 1, pattern == 2], [given + "." + family, letter + family, given], given + "_" + family
    )
    free = np.select(
        [pattern == 0, pattern == 1, pattern == 2],
        [given + "." + family + year, given + family + year, letter + family + year],
        family + "." + given,
    )
    from_home, role = mine["writes_from_home"] == 1, mine["role"] > 0
    at = np.where(from_home, texts(list(PROVIDERS))[mine["provider"]], world.offices.domain[mine["company"]])
    own = np.where(from_home, free, work)
    own = own + _number_of_namesake(own + "@" + at, person) + "@" + at
    shared = texts(["", *ROLES])[mine["role"]] + "@" + world.offices.domain[mine["company"]]
    return np.where(role, shared, own)


def _number_of_namesake(wanted: Texts, person: Whole) -> Texts:
    """Nothing for the first person who wants a mailbox, 2 for the next."""
    code = pa.array(wanted, pa.string()).dictionary_encode().indices.to_numpy().astype(np.int64)
    pairs, place = np.unique(code * (int(person.max()) + 1) + person, return_inverse=True)
    box = pairs // (int(person.max()) + 1)
    first = np.searchsorted(box, box)
    rank = (np.arange(len(box)) - first)[place]
    return texts([str(at + 1) if at else "" for at in rank.tolist()])


def _number(number: int, style: int) -> str:
    digits = str(number)
    area, middle, end = digits[:3], digits[3:6], digits[6:]
    return (
        f"({area}) {middle}-{end}",
        f"{area}-{middle}-{end}",
        f"+1{digits}",
        digits,
        f"+1 {area} {middle} {end}",
        f"{area}.{middle}.{end} x{int(end[1:])}",
    )[style]


def _slip(rows: Rows, world: World, mine: People) -> None:
    """What whoever typed the repetition did to it."""
    chance, columns = rows.chance, rows.columns
    called = rows.some(0.22)
    nickname = world.names.nickname[mine["given"][called]]
    columns["first_name"][called] = np.where(nickname == "", columns["first_name"][called], nickname)
    rows.change("first_name", rows.some(0.04), lambda names: texts([name[:1] + "." for name in names]))
    for column, share in (
        ("first_name", 0.08), ("last_name", 0.09), ("company", 0.07), ("email", 0.035), ("address", 0.08),
        ("city", 0.05), ("title", 0.05),
    ):  # fmt: skip
        rows.change(column, rows.some(share), lambda values: misspell(chance, values))
    double = rows.some(0.015)
    others = world.names.family[chance.integers(0, 300, len(double))]
    rows.change("last_name", double, lambda names: names + "-" + others)
    swapped = rows.some(0.02)
    first, last = columns["first_name"][swapped], columns["last_name"][swapped]
    columns["first_name"][swapped], columns["last_name"][swapped] = last, first
    together = rows.some(0.01)
    columns["first_name"][together] = columns["first_name"][together] + " " + columns["last_name"][together]
    columns["last_name"][together] = ""
    rows.change("postcode", rows.some(0.03), lambda codes: texts([code[:-1] + code[:1] for code in codes]))
    rows.change("company", rows.some(0.33), lambda names: _other_forms(chance, names))


def _other_forms(chance: Chance, names: Texts) -> Texts:
    written = []
    for name, draw in zip(names, chance.random(len(names)), strict=True):
        core, _, form = name.rpartition(" ")
        if form not in FORMS or not core:
            core, form = name, ""
        ways = WRITTEN[form]
        written.append(f"{core} {ways[int(draw * len(ways))]}".strip())
    return texts(written)


def _style(rows: Rows) -> None:
    short = {"Street": "St", "Avenue": "Ave", "Road": "Rd", "Drive": "Dr", "Lane": "Ln", "Court": "Ct", "Place": "Pl"}

    def shortened(values: Texts) -> Texts:
        return texts([" ".join(short.get(word, word) for word in value.split(" ")) for value in values])

    rows.change("address", rows.some(0.3), shortened)
    rows.change("title", rows.some(0.25), lambda values: texts([value.split(",")[0] for value in values]))
    rows.change("company", rows.some(0.05), _upper)
    rows.change("email", rows.some(0.08), lambda values: texts([value.capitalize() for value in values]))
    shouted = rows.some(0.04, of_all=True)
    rows.change("first_name", shouted, _upper)
    rows.change("last_name", shouted, _upper)
    rows.change("first_name", rows.some(0.03, of_all=True), lambda names: names + " ")
    rows.change("company", rows.some(0.04, of_all=True), lambda names: " " + names)


def _upper(values: Texts) -> Texts:
    return texts([value.upper() for value in values])


def _leave_out(rows: Rows) -> None:
    for column, share in MISSING.items():
        rows.columns[column][rows.some(share, of_all=True)] = ""
    for column, (instead, share) in PLACEHOLDERS.items():
        rows.columns[column][rows.some(share, of_all=True)] = instead


def _tables(rows: Rows) -> tuple[pa.Table, pa.Table]:
    order = rows.chance.permutation(len(rows.person))
    return as_tables({name: values[order] for name, values in rows.columns.items()}, rows.person[order])
