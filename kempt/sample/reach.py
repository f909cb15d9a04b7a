"""How people and companies are reached: mailboxes and telephone numbers, and the many ways a number is written."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kempt.sample.companies import Companies
from kempt.sample.countries import Country
from kempt.sample.draw import Texts, Whole, occurrence, pick, stream, texts
from kempt.sample.people import DIRECT, FAMILY, FREE, MOBILE, ROLE, People
from kempt.sample.places import Places, telephone_numbers
from kempt.sample.tenants import Tenant

PHONE_STYLES = 6
_ROLES = ("info", "sales", "office", "contact", "orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Mailboxes and national telephone numbers; one position per person, `switchboard` one per company."""

    work: Texts
    free: Texts
    role: Texts
    family: Texts
    mobile: Whole
    direct: Whole
    switchboard: Whole

    def email(self, mailbox: Whole, person: Whole) -> Texts:
        """The address of each person's mailbox of that kind."""
        kinds = [mailbox == FREE, mailbox == ROLE, mailbox == FAMILY]
        choices = [self.free[person], self.role[person], self.family[person]]
        return np.select(kinds, choices, default=self.work[person])

    def number(self, telephone: Whole, person: Whole, company: Whole) -> Whole:
        """The national number of each person's telephone of that kind."""
        kinds = [telephone == MOBILE, telephone == DIRECT]
        return np.select(kinds, [self.mobile[person], self.direct[person]], default=self.switchboard[company])


def make_reach(
    tenant: Tenant, places: Places, people: People, companies: Companies, first: Texts, last: Texts, *, seed: int
) -> Reach:
    """Mailboxes, made of these first and last names, and numbers; only what is shared on purpose is shared."""
    n = len(people.kind)
    chance = stream(seed, tenant.name, "reach", n)
    provider = texts(list(tenant.free_mail))[pick(chance, list(tenant.free_mail.values()), n)]
    tail = (chance.permutation(n) + 100_000).astype(str).astype(object)
    domain = companies.domain[people.company]
    country = np.concatenate([people.country, people.country, companies.country])
    numbers = telephone_numbers(chance, places.countries, country)
    return Reach(
        work=_unique(work_local(first, last, people.company), domain),
        free=first + "." + last + "." + tail + "@" + provider,
        role=texts(_ROLES)[people.company % len(_ROLES)] + "@" + domain,
        family=(last + ".family." + tail + "@" + provider)[people.kin],
        mobile=numbers[:n],
        direct=numbers[n : 2 * n][people.kin],
        switchboard=numbers[2 * n :],
    )


def work_local(given: Texts, family: Texts, company: Whole) -> Texts:
    """The part before the @ in the pattern that each company uses."""
    initial = texts([name[:1] for name in given])
    last = texts([name[:1] for name in family])
    patterns = [given + "." + family, initial + family, given + "." + last, given + "_" + family]
    return np.select([company % 4 == at for at in range(3)], patterns[:3], default=patterns[3])


def _unique(local: Texts, domain: Texts) -> Texts:
    """A mailbox belongs to one person: later people get a number."""
    address: Texts = local + "@" + domain
    taken = occurrence(address)
    late = np.flatnonzero(taken)
    address[late] = local[late] + (taken[late] + 1).astype(str).astype(object) + "@" + domain[late]
    return address


def written(numbers: Whole, country: Whole, style: Whole, countries: Sequence[Country]) -> Texts:
    """Each number as somebody would type it; style 0 is E.164."""
    rows = zip(numbers.astype(str).tolist(), country.tolist(), style.tolist(), strict=True)
    return texts([_write(digits, countries[code], way) for digits, code, way in rows])


def _write(digits: str, plan: Country, style: int) -> str:
    if style == 0:
        return f"+{plan.calling_code}{digits}"
    if style == 1:
        return plan.trunk + digits
    area, middle, rest = digits[: plan.area], digits[plan.area : plan.area + 3], digits[plan.area + 3 :]
    if style == 2:
        return f"({plan.trunk}{area}) {middle}-{rest}"
    if style == 3:
        return f"{plan.trunk}{area}-{middle}-{rest}"
    if style == 4:
        return f"+{plan.calling_code} {area} {middle} {rest}"
    north_american = plan.calling_code == 1
    return f"{area}.{middle}.{rest}" if north_american else f"00{plan.calling_code} {area} {middle}{rest}"
