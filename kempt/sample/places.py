"""Addresses, telephone numbers, job titles and company words of a tenant's countries, ready to be drawn by index."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from kempt.sample.countries import Country
from kempt.sample.draw import Chance, Flags, Pool, Texts, Whole, texts

POSTAL_VARIANTS = 100


def words(text: str) -> list[str]:
    """The words of a vocabulary string; an underscore stands for a space inside one."""
    return [word.replace("_", " ") for word in text.split()]


def digits(pattern: str, number: int) -> str:
    """The pattern with each # replaced by a digit of the number, the last # by its last digit."""
    blanks = pattern.count("#")
    figures = iter(str(number % 10**blanks).zfill(blanks))
    return re.sub("#", lambda _: next(figures), pattern)


@dataclass(frozen=True, slots=True)
class Places:
    """Every array is indexed by a position that a pool has drawn; group = position of the country in the tenant."""

    countries: tuple[Country, ...]
    cities: Pool
    regions: Texts
    postal: Texts
    streets: Pool
    titles: Pool
    house_first: Flags


def places_of(countries: Sequence[Country]) -> Places:
    """The places of these countries."""
    towns = [[town.split("/") for town in words(country.cities)] for country in countries]
    flat = [town for group in towns for town in group]
    return Places(
        countries=tuple(countries),
        cities=Pool.of([[city for city, _, _ in group] for group in towns]),
        regions=texts([region for _, region, _ in flat]),
        postal=texts([digits(pattern, 37 * tail + 11) for _, _, pattern in flat for tail in range(POSTAL_VARIANTS)]),
        streets=Pool.of([_streets(country) for country in countries]),
        titles=Pool.of([words(country.titles) for country in countries]),
        house_first=np.array([country.house_first for country in countries]),
    )


def _streets(country: Country) -> list[str]:
    template, names, kinds = country.streets
    return [template.format(name=name, kind=kind) for kind, name in product(words(kinds), words(names))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where each of many people or companies is: indexes into Places and a house number."""

    city: Whole
    tail: Whole
    street: Whole
    house: Whole

    def copy_to(self, target: Whole, source: Whole) -> None:
        """Those in `target` move in with those in `source`."""
        for part in (self.city, self.tail, self.street, self.house):
            part[target] = part[source]


def draw_addresses(chance: Chance, places: Places, country: Whole) -> Addresses:
    """An address in the country of each."""
    n = len(country)
    return Addresses(
        city=places.cities.draw(chance, country, head=4),
        tail=chance.integers(0, POSTAL_VARIANTS, n),
        street=places.streets.draw(chance, country, head=60),
        house=chance.integers(1, np.where(places.house_first[country], 1900, 180)),
    )


def street_lines(places: Places, country: Whole, street: Whole, house: Whole) -> Texts:
    """Street and house number in the order of the country."""
    number = house.astype(str).astype(object)
    name = places.streets.values[street]
    lines: Texts = np.where(places.house_first[country], number + " " + name, name + " " + number)
    return lines


def telephone_numbers(chance: Chance, countries: Sequence[Country], country: Whole) -> Whole:
    """A national number for each, no two alike while the country's blocks last, those kept for fiction first."""
    numbers = np.zeros(len(country), dtype=np.int64)
    for code, plan in enumerate(countries):
        rows = np.flatnonzero(country == code)
        starts = np.array([start for start, _ in plan.numbers], dtype=np.int64)
        ends = np.cumsum([size for _, size in plan.numbers])
        serial = chance.permutation(len(rows)) % ends[-1]
        block = np.searchsorted(ends, serial, side="right")
        numbers[rows] = starts[block] + serial - np.concatenate([[0], ends])[block]
    return numbers
