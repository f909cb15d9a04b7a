"""The columns of the records that are compared, as the canonical tables hold them."""

from kempt.records.model import EntityType

FLAGS = frozenset({"is_role", "is_free"})
"""The columns that are true or false; every other column is text."""

_SHARED = ("record_id", "object_type", "source")
_PLACE = ("street_key", "city_key", "postal_code", "country")

COLUMNS: dict[EntityType, tuple[str, ...]] = {
    "person": (
        *_SHARED,
        *("given_name", "family_name", "suffix", "given_key", "family_key", "name_key", "nickname_key"),
        *("email", "email_canonical", "email_local", "email_domain", "is_role", "is_free", "phone", "birth_date"),
        *("job_title", "company_name", "company_core", "domain"),
        *_PLACE,
    ),
    "company": (
        *_SHARED,
        *("company_name", "company_core", "legal_form", "domain", "email_domain", "phone"),
        *_PLACE,
        "registry_id",
    ),
}


def quoted(name: str) -> str:
    """A name as SQL takes it, each part of a dotted one by itself."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
