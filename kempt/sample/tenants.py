"""The demo tenants and how often each hard case occurs in their data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kempt.sample.countries import CANADA, UNITED_STATES, Country
from kempt.sample.europe import FRANCE, GERMANY, NETHERLANDS, POLAND, SPAIN

RELATIONS: Mapping[str, float] = {
    "household": 0.045,
    "father_son": 0.012,
    "twins": 0.014,
    "namesake": 0.024,
    "role_mailbox": 0.018,
    "switchboard": 0.050,
}
"""Share of people who stand in a relation that makes them look like somebody else."""

DISGUISES: Mapping[str, float] = {
    "transliterated": 0.06,
    "diacritics_lost": 0.06,
    "nickname": 0.10,
    "initial": 0.06,
    "typo": 0.14,
    "swapped_names": 0.04,
    "married_name": 0.04,
    "old_job": 0.08,
    "formatting": 0.16,
}
"""Share of second records of a person that differ from the first in this way; the rest are plain duplicates.

The first take from few names, so they are dealt first."""

COMPANY_DISGUISES: Mapping[str, float] = {"legal_form": 0.50, "typo": 0.10, "formatting": 0.15}

FIRST_CHANGES: Mapping[str, float] = {
    "edited": 0.0042,
    "job_change": 0.0014,
    "renamed": 0.0004,
    "recycled_phone": 0.0003,
}
"""Share of a tenant's person rows to which this happens on the second day.

`renamed` is a marriage; a recycled phone needs two rows."""

LATER_CHANGES: Mapping[str, float] = {
    "edited": 0.0032,
    "job_change": 0.0012,
    "recycled_phone": 0.0003,
    "deleted_at_source": 0.0020,
}
"""The same for the third day, when some rows also vanish from their source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One tenant: its part of all records, where its people live, and the shares of what is hard."""

    name: str
    weight: int
    countries: Mapping[str, tuple[Country, int]]
    free_mail: Mapping[str, int]
    campaigns: tuple[str, ...]
    day_first: bool
    duplicates: float = 0.20
    malformed: float = 0.005
    corrected: float = 0.2
    newcomers: float = 0.0025
    subsidiaries: float = 0.06
    company_namesakes: float = 0.02
    free_mailers: float = 0.25
    enriched: float = 0.30
    wrong_answers: float = 0.04
    active: float = 0.12
    relations: Mapping[str, float] = field(default_factory=lambda: RELATIONS)
    disguises: Mapping[str, float] = field(default_factory=lambda: DISGUISES)
    company_disguises: Mapping[str, float] = field(default_factory=lambda: COMPANY_DISGUISES)
    changes: tuple[Mapping[str, float], ...] = (FIRST_CHANGES, LATER_CHANGES)


NORTHPEAK = Tenant(
    name="northpeak",
    weight=60,
    countries={"US": (UNITED_STATES, 93), "CA": (CANADA, 7)},
    free_mail={"gmail.com": 55, "outlook.com": 18, "yahoo.com": 15, "mail.example": 12},
    campaigns=("spring-trail", "tent-week", "dealer-day", "winter-layers", "base-camp-news", ""),
    day_first=False,
)
BLAUWAL = Tenant(
    name="blauwal",
    weight=40,
    countries={
        "DE": (GERMANY, 36),
        "FR": (FRANCE, 20),
        "NL": (NETHERLANDS, 18),
        "ES": (SPAIN, 13),
        "PL": (POLAND, 13),
    },
    free_mail={"gmail.com": 40, "gmx.de": 18, "outlook.com": 15, "orange.fr": 8, "wp.pl": 7, "mail.example": 12},
    campaigns=("hafentage", "salon-nautique", "refit-2025", "quiet-engines", "boot-news", ""),
    day_first=True,
)
DEMO_TENANTS: tuple[Tenant, ...] = (NORTHPEAK, BLAUWAL)
