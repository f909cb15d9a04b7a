"""What an unmerge would do to everything that happened since: each thing with the class it falls into."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kempt.ids import canonical_json, digest
from kempt.records.model import EntityType

Class = Literal["independent", "re-attributable", "needs a human", "cannot be undone"]
CLASSES: tuple[Class, ...] = ("independent", "re-attributable", "needs a human", "cannot be undone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is to be one entity again: its records, and the id that it had, if it ever had one of its own."""

    entity_id: str | None
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that happened since the merge, and what becomes of it."""

    what: str
    """source_update, claim, stale_flag, golden_cell, further_merge, question, must_link, record_gone, publication"""
    subject: str
    """The record, claim, entity or proposal that it is about."""
    attribute: str | None
    class_: Class
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A claim that goes from one record to another, because it is about the other one."""

    claim_id: str
    from_record: str
    to_record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenAfter:
    """A golden record as it would be, against what it was before the merge; digests only, no values."""

    entity_id: str
    records: tuple[str, ...]
    digest: str | None
    before: str | None
    returned: tuple[str, ...]
    """Attributes whose cell is again exactly what it was."""
    recomposed: tuple[str, ...]
    """Attributes of which something else is known than before the merge."""

    @property
    def exact(self) -> bool:
        """Whether the whole record is again what it was before the merge."""
        return self.digest is not None and self.digest == self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An unmerge, as it would be carried out now."""

    entity_id: str
    entity_type: EntityType
    merged_at: int | None
    """Where in the ledger the merge stands; None when the records were together from their first day."""
    after: int | None
    """The position that the merge was worked out from: what was so there is what is to return."""
    sides: tuple[Side, ...]
    entity_of: Mapping[str, str]
    """Every record whose entity would be another one than now, with that entity."""
    revived: tuple[str, ...]
    minted: tuple[str, ...]
    withdrawn: tuple[str, ...]
    """Must-links between the sides."""
    handovers: tuple[Handover, ...]
    golden: tuple[GoldenAfter, ...]
    items: tuple[Item, ...]

    @property
    def undecided(self) -> tuple[Item, ...]:
        """What has to be decided before anything can be done."""
        return tuple(item for item in self.items if item.class_ == "needs a human")

    @property
    def counts(self) -> dict[str, int]:
        """Items by class."""
        found = Counter(item.class_ for item in self.items)
        return {name: found[name] for name in CLASSES}

    def as_json(self) -> dict[str, Any]:
        """For machines, and to be approved by its digest."""
        return {
            "entity_id": self.entity_id,
            "entity_type": self.entity_type,
            "merged_at": self.merged_at,
            "after": self.after,
            "sides": [{"entity_id": side.entity_id, "records": list(side.records)} for side in self.sides],
            "entity_of": dict(sorted(self.entity_of.items())),
            "revived": list(self.revived),
            "minted": list(self.minted),
            "withdrawn": list(self.withdrawn),
            "handovers": [
                {"claim": each.claim_id, "from": each.from_record, "to": each.to_record} for each in self.handovers
            ],
            "golden": [
                {
                    "entity_id": each.entity_id,
                    "records": list(each.records),
                    "digest": each.digest,
                    "before": each.before,
                    "exact": each.exact,
                    "returned": list(each.returned),
                    "recomposed": list(each.recomposed),
                }
                for each in self.golden
            ],
            "items": [
                {
                    "what": item.what,
                    "subject": item.subject,
                    "attribute": item.attribute,
                    "class": item.class_,
                    "why": item.why,
                }
                for item in self.items
            ],
        }

    @property
    def digest(self) -> str:
        """What an approval names: it is void as soon as anything in the plan is otherwise."""
        return digest(canonical_json(self.as_json()))


def supported_by(basis: Mapping[str, str], sides: Mapping[str, int]) -> tuple[str, ...]:
    """Of the records that a claim was found by, one for each side, in the order of the sides.

    `basis` are the identifying attributes of the golden record at that time with the record each came from; `sides`
    the side of each record.
    """
    found: dict[int, str] = {}
    for name in sorted(basis):
        record = basis[name]
        if record in sides:
            found.setdefault(sides[record], record)
    return tuple(found[side] for side in sorted(found))
