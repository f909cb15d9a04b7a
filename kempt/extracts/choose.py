"""Which column feeds which field, and which columns tell rows apart."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kempt.errors import StopRun
from kempt.extracts.columns import SHAPE_OF, ColumnProfile
from kempt.extracts.declare import Choice
from kempt.extracts.synonyms import named_field, words
from kempt.records.model import ENTITY_OF, EntityType, ObjectType, fields_of

_ID_ENDINGS = ("id", "key", "nr", "nummer", "number", "code", "kennung", "codigo", "numero")
_DERIVED_FROM = ("full_name", "given_name", "family_name", "company_name", "email", "phone")


def choose(
    columns: Mapping[str, ColumnProfile], object_type: ObjectType, maps: Mapping[str, str]
) -> tuple[Choice, ...]:
    """Each field with its column: what the person said, then the surest matches; no column twice."""
    known = {field.name for field in fields_of(object_type)}
    chosen = {field: _told(field, column, columns, known, object_type) for field, column in maps.items()}
    taken = {*maps.values()}
    entity = ENTITY_OF[object_type]
    candidates = [match for name in columns if name not in taken and (match := _match(columns[name], entity))]
    for match in sorted(candidates, key=lambda each: (-each.confidence, each.columns)):
        if match.field in known | {"street_2"} and match.field not in chosen:
            chosen[match.field] = match
    if (second := chosen.pop("street_2", None)) and "street" in chosen:
        street = chosen["street"]
        reason = f"{street.reason}; in two lines"
        chosen["street"] = replace(street, columns=(*street.columns, *second.columns), reason=reason)
    if {"given_name", "family_name"} <= {*chosen} and "full_name" not in maps:
        chosen.pop("full_name", None)
    return tuple(chosen[field.name] for field in fields_of(object_type) if field.name in chosen)


def _told(
    field: str, column: str, columns: Mapping[str, ColumnProfile], known: set[str], object_type: ObjectType
) -> Choice:
    if field not in known:
        raise StopRun(f"--map {field}: a {object_type} has no such field. Choose one of {', '.join(sorted(known))}.")
    if column not in columns:
        raise StopRun(f"--map {field}={column}: no such column. There are: {', '.join(columns)}.")
    return Choice(field=field, columns=(column,), confidence=1.0, reason="chosen by you")


def _match(column: ColumnProfile, entity: EntityType) -> Choice | None:
    named = named_field(column.name, entity)
    if named:
        field, confidence, reason = named
        if not column.may_be(field):
            return None
        if field in SHAPE_OF and column.filled:
            reason += f"; {column.looks(SHAPE_OF[field]):.0%} of its values look like it"
        # An empty column may fill up one day, but never wins over one with values.
        confidence = round(confidence - 0.3 * (not column.filled), 3)
        return Choice(field=field, columns=(column.name,), confidence=confidence, reason=reason)
    for field, shape in (("email", "email"), ("website", "url")):
        if column.filled > 4 and column.looks(shape) > 0.8 and (field == "email" or column.looks("email") < 0.1):
            reason = f"{column.looks(shape):.0%} of its values look like it"
            confidence = round(0.6 * column.looks(shape), 3)
            return Choice(field=field, columns=(column.name,), confidence=confidence, reason=reason)
    return None


def _is_id(name: str) -> bool:
    """Whether a header names an id, and not, say, a telephone number."""
    parts = words(name)
    return bool(parts) and parts[-1].endswith(_ID_ENDINGS) and not named_field(name, "person")


def key_of(columns: Mapping[str, ColumnProfile], choices: Sequence[Choice]) -> tuple[tuple[str, ...], list[str]]:
    """One column that tells every row apart, an id before an e-mail address; else several columns together."""
    mapped = {choice.field: choice.columns[0] for choice in choices}
    used = {column for choice in choices for column in choice.columns}
    ids = [name for name in columns if name not in used and _is_id(name)]
    ids.sort(key=lambda name: (words(name) not in (("id",), ("record", "id")), name != next(iter(columns))))
    empty = not any(column.rows for column in columns.values())
    for name in [*ids, *(mapped[field] for field in ("email",) if field in mapped)]:
        if columns[name].identifying or (empty and name in ids):
            warnings = [] if name in ids else [f"rows are told apart by '{name}': a changed address is a new record"]
            return (name,), warnings
    chosen = tuple(mapped[field] for field in _DERIVED_FROM if field in mapped) or tuple(columns)[:1]
    warning = f"no column tells every row apart; the key is made of {', '.join(chosen)}"
    return chosen, [f"{warning}, and a change there is a new record"]
