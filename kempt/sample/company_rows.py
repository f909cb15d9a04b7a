"""What the sources say about companies: accounts and billing customers."""

import numpy as np

from kempt.sample.draw import Chance, Texts, Whole, how_many, stream, texts
from kempt.sample.noise import misspell, restyle
from kempt.sample.person_rows import country_spellings
from kempt.sample.places import POSTAL_VARIANTS, street_lines
from kempt.sample.reach import PHONE_STYLES, written
from kempt.sample.rows import Plan, Rows, leave_blanks, make_keys, make_stamps
from kempt.sample.sources import ACCOUNTS
from kempt.sample.tenants import Tenant
from kempt.sample.world import World


def company_rows(tenant: Tenant, world: World, plan: Plan, *, seed: int) -> Rows:
    """The rows of companies."""
    chance = stream(seed, tenant.name, "company rows", len(plan.source))
    disguise = _deal_disguises(chance, tenant, plan)
    columns = {"key": make_keys(chance, plan), "company": _names(chance, world, plan, disguise)}
    columns |= _details(chance, world, plan.entity)
    columns["created"], columns["updated"] = make_stamps(chance, plan)
    leave_blanks(chance, plan, columns)
    own = world.companies.kind[plan.entity]
    plain = np.where(plan.again, "duplicate", "plain")
    kinds = np.select([own != "plain", disguise != ""], [own, disguise], default=plain).astype(object)
    return plan.rows(kinds, columns)


def account_keys(rows: Rows, companies: int) -> Texts:
    """For each company the key of its first account; empty for a company without one."""
    keys = texts([""] * companies)
    accounts = rows.of(ACCOUNTS)
    accounts = accounts[rows.arrives[accounts] == 0][::-1]
    keys[rows.entity[accounts]] = rows.columns["key"][accounts]
    return keys


def _deal_disguises(chance: Chance, tenant: Tenant, plan: Plan) -> Texts:
    disguise = texts([""] * len(plan.source))
    waiting = chance.permutation(np.flatnonzero(plan.again))
    at = 0
    for name, share in tenant.company_disguises.items():
        until = at + how_many(len(waiting), share)
        disguise[waiting[at:until]] = name
        at = until
    return disguise


def _names(chance: Chance, world: World, plan: Plan, disguise: Texts) -> Texts:
    companies = world.companies
    core, form = companies.core[plan.entity], companies.form[plan.entity]
    other = disguise == "legal_form"
    form[other] = companies.other_form[plan.entity[other]]
    rows = np.flatnonzero(disguise == "typo")
    core[rows] = misspell(chance, core[rows])
    name = np.where(form == "", core, core + " " + form)
    rows = np.flatnonzero(disguise == "formatting")
    name[rows] = restyle(name[rows], chance.integers(0, 4, len(rows)))
    return name


def _details(chance: Chance, world: World, company: Whole) -> dict[str, Texts]:
    companies, places, n = world.companies, world.places, len(company)
    country, address = companies.country[company], companies.address
    domain = companies.domain[company]
    prefix = texts(["https://www.", "www.", "", "http://"])[chance.integers(0, 4, n)]
    clerk = chance.integers(0, len(world.people.given), n)
    given, family = world.people.given[clerk], world.people.family[clerk]
    return {
        "website": prefix + domain,
        "email": "billing@" + domain,
        "contact": world.given.latin[given] + " " + world.family.latin[family],
        "phone": written(
            world.reach.switchboard[company], country, chance.integers(0, PHONE_STYLES, n), places.countries
        ),
        "street": street_lines(places, country, address.street[company], address.house[company]),
        "city": places.cities.values[address.city[company]],
        "region": places.regions[address.city[company]],
        "postal": places.postal[address.city[company] * POSTAL_VARIANTS + address.tail[company]],
        "country": country_spellings(chance, world, country),
        "industry": companies.sector[company],
        "employees": companies.employees[company].astype(str).astype(object),
        "tax_id": companies.tax_id[company],
        "owner": texts([f"owner-{number:02d}" for number in range(1, 13)])[chance.integers(0, 12, n)],
    }
