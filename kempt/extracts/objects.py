"""Which object a table holds, contacts, companies or leads, or why it is none of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kempt.extracts.columns import ColumnProfile
from kempt.extracts.synonyms import named_field, words
from kempt.records.model import ObjectType


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILE_WORDS: dict[ObjectType, frozenset[str]] = {
    "lead": _set(
        "lead leads prospect prospects inquiry inquiries enquiries signup signups subscribers webform interessenten"
    ),
    "contact": _set(
        "contact contacts person persons people kontakt kontakte personen contacto contactos members ansprechpartner"
    ),
    "company": _set(
        "account accounts company companies organization organizations organisation organisations firm firms "
        "firma firmen unternehmen supplier suppliers vendor vendors shipper shippers partners "
        "entreprises societes empresas customers"
    ),
}
_TRANSACTION = _set(
    "amount quantity qty price unitprice total subtotal freight orderdate orderid stagename closedate invoicenumber "
    "invoicedate invoiceid sku currency discount probability paymentmethod shipvia shippeddate requireddate duedate "
    "betrag menge preis rechnungsnummer bestelldatum montant prix importe cantidad"
)
_STAFF = _set("hiredate reportsto salary extension employeeid photopath department managerid eintrittsdatum")
_LEAD = _set(
    "leadstatus isconverted converteddate convertedcontactid utmcampaign utmsource utmmedium formname landingpage "
    "leadscore"
)
_WHO = {"full_name", "given_name", "family_name", "email", "phone", "company_name"}
_WHERE = {"street", "city", "region", "postal_code", "country"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The object of a table, or None; and why."""

    object_type: ObjectType | None
    reason: str


def judge_table(stem: str, columns: Mapping[str, ColumnProfile]) -> Verdict:
    """What one row of the table is."""
    squeezed = {"".join(words(name)): name for name in columns}
    person, company = _fields(columns, "person"), _fields(columns, "company")
    in_name = {kind for kind, names in FILE_WORDS.items() if names & {*words(stem)}}
    named = {field for field in ("given_name", "family_name") if field in person}
    if (found := _hits(squeezed, _TRANSACTION)) and len(found) > 1 and not named and "email" not in person:
        return Verdict(object_type=None, reason=f"transactions, not people or companies ({', '.join(found[:3])})")
    if (found := _hits(squeezed, _STAFF)) and len(found) > 2 and not in_name:
        return Verdict(object_type=None, reason=f"a staff list ({', '.join(found[:3])}); name the object to import it")
    if not (_WHO & ({*person} | {*company})):
        return Verdict(object_type=None, reason=_nobody(squeezed, {*person} & _WHERE))
    lead = _hits(squeezed, _LEAD)
    if named or "email" in person and not company.get("company_name"):
        if "lead" in in_name or len(lead) > 1:
            why = "the file's name" if "lead" in in_name else ", ".join(lead[:3])
            return Verdict(object_type="lead", reason=f"people, and leads by {why}")
        if "company" not in in_name or named:
            return Verdict(object_type="contact", reason="people, by their name and e-mail columns")
    return _by_name(in_name, company, columns)


def _by_name(
    in_name: Collection[ObjectType], company: Mapping[str, str], columns: Mapping[str, ColumnProfile]
) -> Verdict:
    """A table with one name column: people or companies?"""
    for kind in ("lead", "contact", "company"):
        if kind in in_name:
            return Verdict(object_type=kind, reason="the file's name")
    column = company.get("company_name")
    if column is None:
        return Verdict(object_type="contact", reason="people, by e-mail or telephone")
    if {"industry", "employees", "registry_id", "website"} & {*company} or words(column) != ("name",):
        return Verdict(object_type="company", reason="companies, by their columns")
    if columns[column].looks("person") > 0.7 and columns[column].looks("company") < 0.1:
        return Verdict(object_type="contact", reason="the names look like those of people")
    return Verdict(object_type="company", reason="the names look like those of companies")


def _fields(columns: Mapping[str, ColumnProfile], entity: str) -> dict[str, str]:
    """Fields named by headers, each with the surest column."""
    found: dict[str, tuple[float, str]] = {}
    for name in columns:
        match = named_field(name, "person" if entity == "person" else "company")
        if match and columns[name].may_be(match[0]) and match[1] > found.get(match[0], (0.0, ""))[0]:
            found[match[0]] = match[1], name
    return {field: name for field, (_, name) in found.items()}


def _hits(squeezed: Mapping[str, str], known: Collection[str]) -> list[str]:
    return [name for key, name in squeezed.items() if key in known]


def _nobody(squeezed: Mapping[str, str], where: set[str]) -> str:
    if len(where) > 2:
        return "addresses without a name, an e-mail address or a telephone number"
    references = [key for key in squeezed if key.endswith("id") or key.startswith(("contact", "account", "related"))]
    if len(references) > 1:
        return "links between records; nobody is named"
    return "no column names a person or a company"
