"""The canonical fields of contacts, companies and leads, with how personal each one is."""

from dataclasses import dataclass
from typing import Literal, get_args

ObjectType = Literal["contact", "company", "lead"]
EntityType = Literal["person", "company"]
PiiClass = Literal["identifying", "personal", "business", "none"]

OBJECT_TYPES: tuple[ObjectType, ...] = get_args(ObjectType)
ENTITY_OF: dict[ObjectType, EntityType] = {"contact": "person", "lead": "person", "company": "company"}

_PERSON: tuple[ObjectType, ...] = ("contact", "lead")
_ALL: tuple[ObjectType, ...] = OBJECT_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One canonical field: who has it, how personal it is, and what it means to a steward."""

    name: str
    pii: PiiClass
    objects: tuple[ObjectType, ...]
    description: str


def _field(name: str, pii: PiiClass, objects: tuple[ObjectType, ...], description: str) -> Field:
    return Field(name=name, pii=pii, objects=objects, description=description)


FIELDS: tuple[Field, ...] = (
    _field("full_name", "identifying", _PERSON, "The whole name, when the source keeps it in one field."),
    _field("given_name", "identifying", _PERSON, "Given name or names."),
    _field("family_name", "identifying", _PERSON, "Family name, with its particles."),
    _field("email", "identifying", _ALL, "E-mail address."),
    _field("phone", "identifying", _ALL, "Telephone number, E.164 once standardized."),
    _field("job_title", "personal", _PERSON, "Job title as the source words it."),
    _field("birth_date", "identifying", _PERSON, "Date of birth."),
    _field("company_name", "business", _ALL, "The company's name; for a person, the employer."),
    _field("company_key", "none", _PERSON, "Key of the employer in the same source."),
    _field("website", "business", _ALL, "Web site; its registered domain identifies a company."),
    _field("street", "personal", _ALL, "Street and house number."),
    _field("city", "personal", _ALL, "City or town."),
    _field("region", "personal", _ALL, "State, province or region."),
    _field("postal_code", "personal", _ALL, "Postal code."),
    _field("country", "none", _ALL, "Country, ISO 3166 two-letter code once standardized."),
    _field("registry_id", "business", ("company",), "Tax, register or legal entity identifier."),
    _field("industry", "none", ("company",), "Industry as the source words it."),
    _field("employees", "none", ("company",), "Number of employees."),
    _field("channel", "none", _PERSON, "Channel through which the person came."),
    _field("campaign", "none", _PERSON, "Campaign that brought the person."),
    _field("owner", "none", _ALL, "Who owns the record in its CRM."),
    _field("created_at", "none", _ALL, "When the source created the record."),
    _field("updated_at", "none", _ALL, "When the source last changed the record."),
    _field("source_status", "none", _ALL, "Status the source itself gives the record."),
)


def fields_of(object_type: ObjectType) -> tuple[Field, ...]:
    """The canonical fields of one object type, in their fixed order."""
    return tuple(field for field in FIELDS if object_type in field.objects)
