"""The invented people of the contacts set, where they work and live, and what makes one look like another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kempt.sample.draw import Chance, Texts, Whole, long_tail, occurrence, pick, texts
from kempt.sample.family_names import COMMON
from kempt.sample.given_names import MEN, WOMEN

ROLES = ("info", "sales", "support", "office", "contact", "billing")
PROVIDERS: Mapping[str, int] = {
    "freemail.example": 45, "postbox.example": 20, "quickmail.example": 15, "mymail.example": 12, "letters.example": 8,
}  # fmt: skip
TITLES = """Sales Manager|Account Manager|Buyer|Managing Director|Office Manager|Engineer|Consultant|Accountant|Analyst
    |Head of Marketing|Technician|Controller|Product Manager|Team Lead|Assistant|Project Manager|Recruiter|Designer
    |Vice President, Sales|Director, Operations|Clerk, Accounts Payable|Supervisor, Warehouse|Lawyer|Trainer"""
BRANDS = """Summit Pioneer Apex Vertex Quantum Silver Golden Harbor Granite Maple Nova Quest River Titan Vista Zenith
    Cedar Crown Eagle Forge Horizon Legacy Metro Nimbus Orbit Prime Rapid Sierra Terra Urban Vector Willow Anchor"""
SECTORS = """Systems Logistics Foods Dynamics Media Health Energy Capital Partners Software Motors Textiles Networks
    Builders Insurance Chemicals Plastics Steel Timber Travel Marine Security Devices Farms Freight Paper Printing"""
FORMS = ("Inc", "LLC", "Corp", "Ltd", "Group", "Co", "GmbH", "")
NAME_ENDINGS = ("son", "man", "ski", "er", "ez", "ini", "berg", "ley", "en", "ard")
PLACE_ENDINGS = ("field", "ton", "ville", "burg", "wood", "mouth")
ONSETS = ("b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "st", "tr")
STREETS = ("Street", "Avenue", "Road", "Lane", "Drive", "Court", "Way", "Place")
# Area codes of the form N9X are kept free for the day when numbers grow longer: nobody has such a number.
AREAS = np.array([100 * first + 90 + last for first in range(2, 10) for last in range(10)], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Name tables; a nickname is empty where there is none."""

    given: Texts
    nickname: Texts
    family: Texts
    family_weight: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Offices:
    """One position per company."""

    name: Texts
    form: Texts
    domain: Texts
    city: Whole
    street: Whole
    number: Whole
    phone: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All tables that people refer to by position."""

    names: Names
    offices: Offices
    cities: Texts
    postcodes: Whole
    streets: Texts
    titles: Texts


People = dict[str, Whole]
"""One position per person in every array, or one per record: position in a table, number, or 0 and 1."""


def make_world(chance: Chance, persons: int) -> World:
    """Tables that grow with the number of people, as in life."""
    names = _names(chance, persons)
    cities = _unique_words(chance, max(200, min(4000, persons // 100)), 3, PLACE_ENDINGS)
    streets = np.array(
        [
            f"{name} {kind}"
            for name in _unique_words(chance, max(300, min(20_000, persons // 20)), 2)
            for kind in STREETS
        ],
        object,
    )
    return World(
        names=names,
        offices=_offices(chance, max(50, persons // 9), names, len(cities), len(streets)),
        cities=cities,
        postcodes=100 * chance.permutation(np.arange(100, 100 + len(cities))),
        streets=streets,
        titles=texts([title.strip() for title in TITLES.split("|")]),
    )


def make_people(chance: Chance, world: World, n: int) -> People:
    """`n` people drawn independently of each other."""
    offices, names = world.offices, world.names
    company = pick(chance, long_tail(len(offices.name), head=60), n)
    switchboard = offices.phone[company]
    return {
        "given": pick(chance, long_tail(len(names.given), head=30), n),
        "family": pick(chance, names.family_weight, n),
        "company": company,
        "title": pick(chance, long_tail(len(world.titles), head=8), n),
        "home": pick(chance, long_tail(len(world.cities), head=30), n),
        "street": chance.integers(0, len(world.streets), n),
        "number": chance.integers(1, 400, n),
        "mobile": telephone(chance, n),
        "direct": switchboard - switchboard % 1000 + chance.integers(1, 1000, n),
        "pattern": pick(chance, (45, 25, 15, 15), n),
        "provider": pick(chance, list(PROVIDERS.values()), n),
        "year": chance.integers(50, 99, n),
        "role": np.where(chance.random(n) < 0.025, 1 + chance.integers(0, len(ROLES), n), 0),
        "writes_from_home": (chance.random(n) < 0.3).astype(np.int64),
        "telephone": pick(chance, (50, 30, 20), n),
        "at_work": (chance.random(n) < 0.5).astype(np.int64),
    }


def make_households(chance: Chance, people: People) -> None:
    """Some people share family name and home with the one before them, a third of these the telephone too."""
    n = len(people["given"])
    together = np.flatnonzero(chance.random(n) < 0.03)
    together = together[together > 0]
    for part in ("family", "home", "street", "number"):
        people[part][together] = people[part][together - 1]
    landline = together[chance.random(len(together)) < 0.3]
    people["mobile"][landline] = people["mobile"][landline - 1]


def telephone(chance: Chance, n: int) -> Whole:
    """Numbers of ten digits in areas that do not exist."""
    return AREAS[chance.integers(0, len(AREAS), n)] * 10_000_000 + chance.integers(2_000_000, 10_000_000, n)


def _names(chance: Chance, persons: int) -> Names:
    given = [name for culture in ("en", "de", "fr", "es") for name in (WOMEN[culture] + " " + MEN[culture]).split()]
    split = {name.partition(":")[0]: name.partition(":")[2] for name in given}
    common = list(
        dict.fromkeys(name.replace("_", " ") for culture in ("en", "de", "fr") for name in COMMON[culture].split())
    )
    rare = _unique_words(chance, max(2000, persons // 20), 3, NAME_ENDINGS)
    family = texts(common + [name for name in rare if name not in set(common)])
    tail = long_tail(len(family) - len(common), head=400)
    head = long_tail(len(common), head=40)
    # Common names are borne by 62 of 100 people, however long the tail.
    weight = np.concatenate([head * 62 // 38 * max(1, int(tail.sum() // head.sum())), tail])
    return Names(
        given=texts(list(split)), nickname=texts(list(split.values())), family=family, family_weight=weight + 1
    )


def _offices(chance: Chance, n: int, names: Names, cities: int, streets: int) -> Offices:
    brands, sectors = texts(BRANDS.split()), texts(SECTORS.split())
    family = names.family[pick(chance, names.family_weight, n)]
    brand = np.where(chance.random(n) < 0.4, family, brands[chance.integers(0, len(brands), n)])
    second = np.array([word.lower() for word in brands], object)[chance.integers(0, len(brands), n)]
    brand = np.where(chance.random(n) < 0.4, brand + second, brand)
    name = brand + " " + sectors[chance.integers(0, len(sectors), n)]
    domain = texts([each.lower().replace(" ", "") for each in name])
    again = occurrence(domain)
    numbered = texts([f"-{times}" if times else "" for times in again.tolist()])
    return Offices(
        name=name,
        form=texts(FORMS)[pick(chance, (30, 22, 12, 12, 8, 5, 3, 8), n)],
        domain=domain + numbered + ".example",
        city=pick(chance, long_tail(cities, head=30), n),
        street=chance.integers(0, streets, n),
        number=chance.integers(1, 400, n),
        phone=telephone(chance, n),
    )


def _unique_words(chance: Chance, count: int, syllables: int, endings: Sequence[str] = ()) -> Texts:
    """Capitalized words that nobody has as a name, each once."""
    parts = np.array([one + two for one in ONSETS for two in "aeiou"], object)
    made = parts[chance.integers(0, len(parts), (3 * count + 100, syllables))].sum(axis=1)
    if endings:
        made = made + texts(endings)[chance.integers(0, len(endings), len(made))]
    unique = texts([word.capitalize() for word in dict.fromkeys(made.tolist())])
    return unique[:count]
