"""What the sources say about people: each row one person, perhaps in disguise."""

import numpy as np

from kempt.sample.draw import Chance, Texts, Whole, happens, iso, occurrence, stream, texts
from kempt.sample.faces import Faces, make_faces, spelt_names
from kempt.sample.noise import restyle
from kempt.sample.people import DIRECT, FREE, MOBILE, SWITCHBOARD, WORK
from kempt.sample.places import POSTAL_VARIANTS, street_lines
from kempt.sample.reach import PHONE_STYLES, work_local, written
from kempt.sample.rows import Plan, Rows, leave_blanks, make_keys, make_stamps
from kempt.sample.sources import LEADS, SOURCES
from kempt.sample.tenants import Tenant
from kempt.sample.world import World

_CHANNELS = texts(["organic", "email", "paid_search", "referral", "event", "web", "phone", "partner"])
_STATUSES = texts(["new", "open", "working", "qualified", "customer", "nurture"])
_NOTES = texts(["met at fair", "asked for quote", "call back", "", "wants catalogue", "too expensive", "renewal due"])


def person_rows(tenant: Tenant, world: World, plan: Plan, account_keys: Texts, *, seed: int) -> Rows:
    """The rows of contacts and leads; `account_keys` are those of their employers, by company."""
    chance = stream(seed, tenant.name, "person rows", len(plan.source))
    faces = make_faces(chance, tenant, world, plan)
    given, family = spelt_names(chance, world, faces)
    columns = {"key": make_keys(chance, plan), "given": given, "family": family}
    columns["account"] = account_keys[faces.company]
    columns |= _contact(chance, world, plan, faces)
    columns |= _address(chance, world, faces)
    columns |= _circumstances(chance, tenant, plan)
    _restyle(chance, faces, columns)
    leave_blanks(chance, plan, columns)
    columns["full"] = _full_names(chance, plan, faces, columns)
    return plan.rows(_kinds(world, plan, faces), columns)


def _contact(chance: Chance, world: World, plan: Plan, faces: Faces) -> dict[str, Texts]:
    people, reach, companies = world.people, world.reach, world.companies
    person, n = faces.person, len(faces.person)
    mailbox, telephone = people.mailbox[person], people.telephone[person]
    other_mailbox = plan.again & (mailbox <= FREE) & happens(chance, n, 0.18)
    other_telephone = plan.again & (telephone < SWITCHBOARD) & happens(chance, n, 0.20)
    email = reach.email(np.where(other_mailbox, WORK + FREE - mailbox, mailbox), person)
    moved = faces.wearing("old_job")
    old_local = work_local(
        world.given.mailbox[faces.given[moved]], world.family.mailbox[faces.family[moved]], faces.company[moved]
    )
    email[moved] = old_local + "@" + companies.domain[faces.company[moved]]
    telephone = np.where(other_telephone, MOBILE + DIRECT - telephone, telephone)
    number = reach.number(telephone, person, faces.company)
    office = telephone == SWITCHBOARD
    country = np.where(office, companies.country[faces.company], people.country[person])
    with_form = happens(chance, n, 0.6)
    company = companies.core[faces.company]
    title = world.places.titles.values[people.title[person]]
    title[moved] = world.places.titles.values[chance.integers(0, len(world.places.titles.values), len(moved))]
    return {
        "email": email,
        "phone": written(number, country, chance.integers(0, PHONE_STYLES, n), world.places.countries),
        "title": title,
        "company": np.where(with_form, company + " " + companies.form[faces.company], company),
        "birth": iso(people.birth[person].astype("datetime64[D]")),
    }


def _address(chance: Chance, world: World, faces: Faces) -> dict[str, Texts]:
    people, places, companies = world.people, world.places, world.companies
    home = people.at_home[faces.person]
    parts = {}
    for part in ("city", "tail", "street", "house"):
        at_home = getattr(people.home, part)[faces.person]
        parts[part] = np.where(home, at_home, getattr(companies.address, part)[faces.company])
    country = np.where(home, people.country[faces.person], companies.country[faces.company])
    return {
        "street": street_lines(places, country, parts["street"], parts["house"]),
        "city": places.cities.values[parts["city"]],
        "region": places.regions[parts["city"]],
        "postal": places.postal[parts["city"] * POSTAL_VARIANTS + parts["tail"]],
        "country": country_spellings(chance, world, country),
    }


def country_spellings(chance: Chance, world: World, country: Whole) -> Texts:
    """Each country in one of its spellings, mostly the code."""
    spelling = chance.integers(0, 8, len(country))
    table = [plan.spellings for plan in world.places.countries]
    return texts(
        [
            table[code][way % len(table[code]) if way < 5 else 0]
            for code, way in zip(country.tolist(), spelling.tolist(), strict=True)
        ]
    )


def _circumstances(chance: Chance, tenant: Tenant, plan: Plan) -> dict[str, Texts]:
    n = len(plan.source)
    created, updated = make_stamps(chance, plan)
    return {
        "channel": _CHANNELS[chance.integers(0, len(_CHANNELS), n)],
        "campaign": texts(tenant.campaigns)[chance.integers(0, len(tenant.campaigns), n)],
        "status": _STATUSES[chance.integers(0, len(_STATUSES), n)],
        "owner": texts([f"owner-{number:02d}" for number in range(1, 13)])[chance.integers(0, 12, n)],
        "notes": _NOTES[chance.integers(0, len(_NOTES), n)],
        "ticket": texts([f"T-{number}" for number in range(10_001, 10_001 + n)]),
        "created": created,
        "updated": updated,
    }


def _restyle(chance: Chance, faces: Faces, columns: dict[str, Texts]) -> None:
    """Careless typing: a little on every row, more where it is the disguise."""
    worn = faces.disguise == "formatting"
    for name, share in (("given", 0.02), ("family", 0.02), ("company", 0.03), ("email", 0.03), ("title", 0.02)):
        rows = np.flatnonzero(worn | happens(chance, len(worn), share))
        columns[name][rows] = restyle(columns[name][rows], chance.integers(0, 3 if name == "email" else 4, len(rows)))


def _full_names(chance: Chance, plan: Plan, faces: Faces, columns: dict[str, Texts]) -> Texts:
    """Full names where the source has no separate ones, so that e-mail and name stay a key of their source."""
    full = texts([""] * len(plan.source))
    in_full = np.array([source.full_names for source in SOURCES])[plan.source]
    given, family = columns["given"], columns["family"]
    western, native = np.flatnonzero(in_full & ~faces.native), np.flatnonzero(in_full & faces.native)
    full[western], full[native] = given[western] + " " + family[western], family[native] + given[native]
    listed = western[chance.random(len(western)) < 0.06]
    full[listed] = family[listed] + ", " + given[listed]
    rows = np.flatnonzero(in_full & (columns["key"] == ""))
    again = occurrence(composite_keys(columns["email"][rows], full[rows]))
    repeated = rows[again > 0]
    full[repeated] = full[repeated] + " (" + (again[again > 0] + 1).astype(str).astype(object) + ")"
    return full


def composite_keys(*columns: Texts) -> Texts:
    """The source key of a table that has none: its key columns in lower case, with single spaces between words."""
    return texts(["|".join(" ".join(value.split()).lower() for value in row) for row in zip(*columns, strict=True)])


def _kinds(world: World, plan: Plan, faces: Faces) -> Texts:
    """What makes each row hard, the rarest reason first."""
    relation = world.people.kind[faces.person]
    shared = world.companies.kind[faces.company] == "subsidiary"
    late = (plan.source == LEADS) & (plan.arrives > 0)
    free_mail = world.people.mailbox[faces.person] == FREE
    return np.select(
        [relation != "plain", faces.disguise != "", late, plan.again, shared, free_mail],
        [relation, faces.disguise, *_constants(len(relation), "new_lead", "duplicate", "shared_domain", "free_mail")],
        default="plain",
    )


def _constants(n: int, *values: str) -> list[Texts]:
    return [texts([value] * n) for value in values]
