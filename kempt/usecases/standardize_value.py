"""One value by the same standardizers that records go through: what a provider or a person gives outside an extract."""

from collections.abc import Callable

from kempt.records.standardizers.addresses import standardize_place, standardize_postal, standardize_street
from kempt.records.standardizers.companies import standardize_company
from kempt.records.standardizers.countries import standardize_country
from kempt.records.standardizers.dates import standardize_date
from kempt.records.standardizers.domains import standardize_domain
from kempt.records.standardizers.emails import standardize_email
from kempt.records.standardizers.phones import standardize_phone
from kempt.records.standardizers.text import standardize_text

_BY_FIELD: dict[str, Callable[[str], str | None]] = {
    "email": lambda raw: standardize_email(raw).email,
    "phone": lambda raw: standardize_phone(raw, None).phone,
    "birth_date": lambda raw: standardize_date(raw).value,
    "company_name": lambda raw: standardize_company(raw, None).company_name,
    "domain": lambda raw: standardize_domain(raw).domain,
    "website": lambda raw: standardize_domain(raw).domain,
    "street": lambda raw: standardize_street(raw, None).street,
    "city": lambda raw: standardize_place(raw).place,
    "region": lambda raw: standardize_place(raw).place,
    "postal_code": lambda raw: standardize_postal(raw, None).postal_code,
    "country": lambda raw: standardize_country(raw).country,
}


def standardize_value(field: str, raw: str) -> str | None:
    """The value as records hold it; None when it is no such value."""
    standardize = _BY_FIELD.get(field, _plain)
    return standardize(raw)


def _plain(raw: str) -> str | None:
    return standardize_text(raw).value
