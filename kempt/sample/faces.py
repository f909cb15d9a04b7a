"""Who each row shows and in what disguise: the ways one person's name and job differ between records."""

from dataclasses import dataclass

import numpy as np

from kempt.sample.draw import Chance, Flags, Texts, Whole, happens, how_many, texts
from kempt.sample.noise import misspell
from kempt.sample.rows import Plan
from kempt.sample.spelling import CULTURES
from kempt.sample.tenants import Tenant
from kempt.sample.world import World

_NATIVE_SCRIPT = (CULTURES.index("jp"), CULTURES.index("cn"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """Who each row shows, as positions in the world, before anything is spelt out."""

    person: Whole
    given: Whole
    family: Whole
    company: Whole
    native: Flags
    disguise: Texts

    def wearing(self, disguise: str) -> Whole:
        """The rows in that disguise."""
        return np.flatnonzero(self.disguise == disguise)


def make_faces(chance: Chance, tenant: Tenant, world: World, plan: Plan) -> Faces:
    """A face for every planned row, second records of a person in their disguises."""
    people, person = world.people, plan.entity
    given, family = people.given[person], people.family[person]
    foreign = np.isin(people.culture[person], _NATIVE_SCRIPT)
    disguise = _deal_disguises(chance, tenant, world, plan, given, family)
    married, moved = (np.flatnonzero(disguise == kind) for kind in ("married_name", "old_job"))
    family[married] = world.new_surnames(chance, person[married])
    company, employers = people.company[person].copy(), len(world.companies.core)
    company[moved] = (company[moved] + chance.integers(1, employers, len(moved))) % employers
    return Faces(
        person=person,
        given=given,
        family=family,
        company=company,
        native=foreign & ((person % 5 < 2) ^ (disguise == "transliterated")),
        disguise=disguise,
    )


def _deal_disguises(chance: Chance, tenant: Tenant, world: World, plan: Plan, given: Whole, family: Whole) -> Texts:
    """Second records of a person get at most one disguise each, and only one that their names allow."""
    foreign = np.isin(world.people.culture[plan.entity], _NATIVE_SCRIPT)
    possible = {
        "transliterated": foreign | world.given.respelt()[given] | world.family.respelt()[family],
        "diacritics_lost": world.given.marked()[given] | world.family.marked()[family],
        "nickname": (world.given.nickname != "")[given],
        "initial": ~foreign,
    }
    disguise = texts([""] * len(plan.source))
    free = plan.again.copy()
    for name, share in tenant.disguises.items():
        candidates = np.flatnonzero(free & possible.get(name, True))
        n = min(len(candidates), how_many(int(plan.again.sum()), share))
        chosen = chance.permutation(candidates)[:n]
        disguise[chosen], free[chosen] = name, False
    return disguise


def spelt_names(chance: Chance, world: World, faces: Faces) -> tuple[Texts, Texts]:
    """Given and family name of every row as its source has them, if it keeps them apart."""
    given = np.where(faces.native, world.given.native[faces.given], world.given.latin[faces.given])
    family = np.where(faces.native, world.family.native[faces.family], world.family.latin[faces.family])
    for disguise, spelling in (("diacritics_lost", "plain"), ("transliterated", "expanded")):
        rows = faces.wearing(disguise)
        rows = rows[~faces.native[rows]]
        given[rows] = getattr(world.given, spelling)[faces.given[rows]]
        family[rows] = getattr(world.family, spelling)[faces.family[rows]]
    rows = faces.wearing("nickname")
    given[rows] = world.given.nickname[faces.given[rows]]
    rows = faces.wearing("initial")
    given[rows] = [name[0] + "." * (at % 2) for at, name in enumerate(given[rows])]
    typos = faces.wearing("typo")
    in_family, in_given = typos[typos % 4 > 0], typos[typos % 4 == 0]
    family[in_family], given[in_given] = misspell(chance, family[in_family]), misspell(chance, given[in_given])
    generation = world.people.generation[faces.person]
    marked = np.flatnonzero((generation != "") & happens(chance, len(given), 0.8))
    family[marked] = family[marked] + " " + generation[marked]
    rows = faces.wearing("swapped_names")
    given[rows], family[rows] = family[rows], given[rows]
    return given, family
