"""The invented people of a tenant, and the relations that make one look like another."""

from dataclasses import dataclass, replace

import numpy as np

from kempt.sample.companies import Companies
from kempt.sample.draw import Chance, Flags, Texts, Whole, deal, happens, how_many, long_tail, pick, stream, texts
from kempt.sample.places import Addresses, Places, draw_addresses
from kempt.sample.spelling import CULTURES, NameTable
from kempt.sample.tenants import Tenant

WORK, FREE, ROLE, FAMILY = range(4)
MOBILE, DIRECT, SWITCHBOARD = range(3)
GROUP_SIZES = {"household": 3, "father_son": 2, "twins": 2, "namesake": 2, "role_mailbox": 3, "switchboard": 1}
_FIRST_BIRTH, _LAST_BIRTH = (int(np.datetime64(day).astype(int)) for day in ("1952-01-01", "2003-12-31"))
_GENERATION = 365 * 28


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """One position per person in every array; names are positions in the name tables."""

    culture: Whole
    man: Flags
    given: Whole
    family: Whole
    generation: Texts
    birth: Whole
    company: Whole
    country: Whole
    home: Addresses
    at_home: Flags
    title: Whole
    mailbox: Whole
    telephone: Whole
    kin: Whole
    """The person whose family mailbox and landline this one shares; the person itself when there is none."""
    kind: Texts


def make_people(
    tenant: Tenant, places: Places, companies: Companies, given: NameTable, family: NameTable, n: int, *, seed: int
) -> People:
    """`n` people, each employed by a company of the country they live in."""
    chance = stream(seed, tenant.name, "people", n)
    company = pick(chance, long_tail(len(companies.core)), n)
    country = companies.country[company]
    culture = _cultures(chance, places, country)
    man = happens(chance, n, 0.5)
    people = People(
        culture=culture,
        man=man,
        given=given.pool.draw(chance, 2 * culture + man),
        family=family.pool.draw(chance, culture, head=30),
        generation=texts([""] * n),
        birth=chance.integers(_FIRST_BIRTH, _LAST_BIRTH, n),
        company=company,
        country=country,
        home=draw_addresses(chance, places, country),
        at_home=happens(chance, n, 0.45),
        title=places.titles.draw(chance, country, head=8),
        mailbox=np.where(happens(chance, n, tenant.free_mailers), FREE, WORK),
        telephone=pick(chance, (60, 40), n),
        kin=np.arange(n),
        kind=texts(["plain"] * n),
    )
    _relate(stream(seed, tenant.name, "relations", n), tenant, people, given, companies)
    return replace(people, family=family.of_sex(people.family, people.man))


def _cultures(chance: Chance, places: Places, country: Whole) -> Whole:
    culture = np.zeros(len(country), dtype=np.int64)
    for code, plan in enumerate(places.countries):
        rows = np.flatnonzero(country == code)
        culture[rows] = pick(chance, [plan.cultures.get(name, 0) for name in CULTURES], len(rows))
    return culture


def _relate(chance: Chance, tenant: Tenant, people: People, given: NameTable, companies: Companies) -> None:
    n = len(people.kind)
    counts = {
        relation: GROUP_SIZES[relation] * how_many(n // GROUP_SIZES[relation], share)
        for relation, share in tenant.relations.items()
    }
    for relation, members in deal(chance, np.arange(n), counts).items():
        size = GROUP_SIZES[relation]
        first, *others = members[: len(members) // size * size].reshape(-1, size).T
        for order, other in enumerate(others, start=1):
            _ACTS[relation](people, given, companies, first, other, order)
        people.kind[np.concatenate([first, *others])] = relation
    people.telephone[people.kind == "switchboard"] = SWITCHBOARD
    people.mailbox[people.kind == "role_mailbox"] = ROLE


def _share_family(people: People, first: Whole, other: Whole) -> None:
    """Same family name, country and home; the names of one culture."""
    for part in (people.culture, people.family, people.country, people.company):
        part[other] = part[first]
    people.home.copy_to(other, first)
    people.at_home[first] = people.at_home[other] = True


def _move_to(people: People, companies: Companies, who: Whole, company: Whole) -> None:
    """Work there, wherever that is, and be found at the office."""
    people.company[who] = company
    people.country[who] = companies.country[company]
    people.at_home[who] = False


def _next_given(people: People, given: NameTable, first: Whole, step: int) -> Whole:
    """Another given name of the same culture and sex."""
    group = 2 * people.culture[first] + people.man[first]
    start, size = given.pool.starts[group], given.pool.sizes[group]
    return start + (people.given[first] - start + step) % size


def _household(people: People, given: NameTable, companies: Companies, one: Whole, other: Whole, order: int) -> None:
    own = people.company[other].copy()
    people.birth[one] = np.minimum(people.birth[one], _LAST_BIRTH - _GENERATION)
    _share_family(people, one, other)
    same_country = companies.country[own] == people.country[other]
    people.company[other] = np.where(same_country, own, people.company[one])
    people.man[other] = people.man[one] ^ (order == 1)
    people.given[other] = _next_given(people, given, other, 0)
    clash = people.given[other] == people.given[one]
    people.given[other[clash]] = _next_given(people, given, other[clash], order)
    people.kin[other] = one
    together = one % 4 == 0
    people.mailbox[one[together]] = people.mailbox[other[together]] = FAMILY
    people.birth[other] = people.birth[one] + (365 * 3 + 17 if order == 1 else _GENERATION)


def _father_son(people: People, given: NameTable, companies: Companies, father: Whole, son: Whole, _: int) -> None:
    _share_family(people, father, son)
    people.man[father] = people.man[son] = True
    people.given[father] = _next_given(people, given, father, 0)
    people.given[son] = people.given[father]
    people.birth[father] = np.minimum(people.birth[father], _LAST_BIRTH - _GENERATION)
    people.birth[son] = people.birth[father] + _GENERATION
    marked = father % 5 < 3
    people.generation[father[marked]], people.generation[son[marked]] = "Sr.", "Jr."


def _twins(people: People, given: NameTable, companies: Companies, one: Whole, other: Whole, _: int) -> None:
    _share_family(people, one, other)
    people.man[other] = people.man[one]
    people.birth[other] = people.birth[one]
    people.given[other] = _next_given(people, given, one, 1)
    people.kin[other] = one


def _namesake(people: People, given: NameTable, companies: Companies, one: Whole, other: Whole, _: int) -> None:
    for part in (people.culture, people.man, people.given, people.family):
        part[other] = part[one]
    same = people.company[one] == people.company[other]
    _move_to(people, companies, other[same], (people.company[one[same]] + 1) % len(companies.core))


def _role_mailbox(people: People, given: NameTable, companies: Companies, one: Whole, other: Whole, _: int) -> None:
    _move_to(people, companies, other, people.company[one])
    people.at_home[one] = False


def _switchboard(people: People, given: NameTable, companies: Companies, one: Whole, other: Whole, _: int) -> None:
    """Nothing to copy: the number is the company's, whoever answers."""


_ACTS = {
    "household": _household,
    "father_son": _father_son,
    "twins": _twins,
    "namesake": _namesake,
    "role_mailbox": _role_mailbox,
    "switchboard": _switchboard,
}
