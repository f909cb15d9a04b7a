"""Which columns a source has, and whether they are still the ones that were approved."""

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kempt.ids import canonical_json, digest

_SIMILAR = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The columns, each with its kind ('' when unknown), that a source may have."""

    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How the columns differ from the approved ones; `missing` are those the declaration needs."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    retyped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What a person reads before approving."""
        parts = {
            "renamed": [f"{before} -> {after}" for before, after in self.renamed],
            "added": self.added,
            "removed": self.removed,
            "another type": self.retyped,
            "needed by the declaration but missing": self.missing,
        }
        return "; ".join(f"{what}: {', '.join(names)}" for what, names in parts.items() if names)


def schema_fingerprint(columns: Mapping[str, str]) -> str:
    """The same for the same columns in any order."""
    return digest(canonical_json(sorted([name, kind] for name, kind in columns.items())))


def check_schema(
    columns: Mapping[str, str],
    approved: Approved | None,
    *,
    needed: Collection[str] = (),
    sparse: bool = False,
) -> Drift | None:
    """What changed since the approval; the first schema approves itself unless needed columns are missing.

    `sparse`: rows name only the fields they have, so an absent column is no change.
    """
    present = {name: kind for name, kind in columns.items() if kind != "null"}
    missing = () if sparse else tuple(sorted(name for name in needed if not _covered(name, columns)))
    if approved is None:
        return Drift(missing=missing) if missing else None
    before = {name: kind for name, kind in approved.columns.items() if kind != "null"}
    added = sorted(name for name in present if name not in approved.columns)
    removed = [] if sparse else sorted(name for name in before if not _covered(name, columns))
    renamed = _renamed(added, removed)
    drift = Drift(
        added=tuple(name for name in added if name not in {after for _, after in renamed}),
        removed=tuple(name for name in removed if name not in {name for name, _ in renamed}),
        renamed=renamed,
        retyped=tuple(sorted(name for name in present if name in before and present[name] != before[name])),
        missing=tuple(name for name in missing if name in before),
    )
    return drift if drift != Drift() else None


def _covered(name: str, columns: Mapping[str, str]) -> bool:
    """Whether a column is there, or lies inside an object that is null everywhere."""
    steps = name.split(".")
    return name in columns or any(columns.get(".".join(steps[:at])) == "null" for at in range(1, len(steps)))


def _renamed(added: list[str], removed: list[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of names alike, each name once, the most alike first."""
    alike = sorted(
        (-difflib.SequenceMatcher(None, _words(before), _words(after)).ratio(), before, after)
        for before in removed
        for after in added
    )
    pairs: dict[str, str] = {}
    for negative, before, after in alike:
        if -negative >= _SIMILAR and before not in pairs and after not in pairs.values():
            pairs[before] = after
    return tuple(sorted(pairs.items()))


def _words(name: str) -> str:
    return re.sub(r"[\W_]+", "", re.sub(r"__c$", "", name)).lower()
