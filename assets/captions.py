"""What every asset carries: prefix, owner and the metadata a person would look at."""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

import dagster as dg

PREFIX = "kempt"
ENGINEERS = "team:data-engineering"
STEWARDS = "team:data-stewardship"


def key(name: str) -> dg.AssetKey:
    """The key of one of our assets."""
    return dg.AssetKey([PREFIX, name])


def numbers(result: Any) -> Mapping[str, Any]:
    """Metadata of a verb's result: its counts, and a small table for each count by name. Never a value."""
    fields = asdict(result) if is_dataclass(result) and not isinstance(result, type) else dict(result)
    return {name: _shown(value) for name, value in fields.items()}


def columns(**described: str) -> dict[str, Any]:
    """Definition metadata that shows a table's columns in the catalog."""
    listed = [dg.TableColumn(name=name, description=text) for name, text in described.items()]
    return {"dagster/column_schema": dg.TableSchema(columns=listed)}


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return table(value)
    return list(value) if isinstance(value, tuple) else value


def table(counts: Mapping[str, Any]) -> dg.MarkdownMetadataValue:
    """Counts by name as a small table."""
    if not counts:
        return dg.MetadataValue.md("none")
    lines = [f"| {name} | {count} |" for name, count in counts.items()]
    return dg.MetadataValue.md("\n".join(["| what | count |", "|---|---:|", *lines]))
