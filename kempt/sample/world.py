"""One tenant's invented world: its places, companies and people and how they are reached."""

from dataclasses import dataclass

from kempt.sample.companies import Companies, make_companies
from kempt.sample.draw import Chance, Whole
from kempt.sample.people import People, make_people
from kempt.sample.places import Places, places_of
from kempt.sample.reach import Reach, make_reach
from kempt.sample.spelling import NameTable, family_table, given_table
from kempt.sample.tenants import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Who there really is; the rows of every source are views of it."""

    places: Places
    given: NameTable
    family: NameTable
    companies: Companies
    people: People
    reach: Reach

    def new_surnames(self, chance: Chance, person: Whole) -> Whole:
        """Other family names for these people, as a marriage gives them."""
        drawn = self.family.pool.draw(chance, self.people.culture[person], head=30)
        return self.family.of_sex(drawn, self.people.man[person])


def make_world(tenant: Tenant, *, people: int, companies: int, seed: int) -> World:
    """A world with so many people and companies."""
    places = places_of([country for country, _ in tenant.countries.values()])
    given, family = given_table(), family_table()
    firms = make_companies(tenant, places, companies, seed=seed)
    crowd = make_people(tenant, places, firms, given, family, people, seed=seed)
    first, last = given.mailbox[crowd.given], family.mailbox[crowd.family]
    reach = make_reach(tenant, places, crowd, firms, first, last, seed=seed)
    return World(places=places, given=given, family=family, companies=firms, people=crowd, reach=reach)
