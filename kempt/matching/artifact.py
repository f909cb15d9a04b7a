"""A match model as a file: what was learned and frozen, named by the digest of all it says.

The same for undescribed files and for tenants: `NAME.json` holds levels, m, u, prior, caps, calibration and what is to
be told of the training; the tables that can be large, how often each value was found and which values are generic,
stand in `NAME.parquet` beside it, whose digest is in the JSON.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kempt.errors import StopRun
from kempt.ids import canonical_json, digest
from kempt.matching.kernel.encode import utf8

FORMAT = 1
_ENVELOPE = {"format", "version", "kind", "calibration", "report", "table"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Artifact:
    """A model of some kind: `files`, or the entity type of a tenant's records."""

    kind: str
    content: Mapping[str, Any]
    """Levels, m, u, prior, blocking and caps, as the kind has them."""
    table: pa.Table
    calibration: Mapping[str, Any] | None = None
    """How a weight becomes a probability, where that was learned; None: as the weights say."""
    report: Mapping[str, Any] = field(default_factory=dict)
    """What the model was learned from, and how that went. It is part of what the version names."""

    @cached_property
    def said(self) -> dict[str, Any]:
        """All but the version."""
        table = {"rows": self.table.num_rows, "sha256": _digest(self.table)}
        envelope = {"format": FORMAT, "kind": self.kind, "calibration": self.calibration, "report": self.report}
        return {**envelope, "table": table, **self.content}

    @cached_property
    def version(self) -> str:
        """SHA-256 of everything it says."""
        return digest(canonical_json(self.said))

    def write(self, path: Path) -> None:
        """Writes the JSON to the path and the table beside it."""
        pq.write_table(self.table, path.with_suffix(".parquet"))
        path.write_text(json.dumps({"version": self.version, **self.said}, ensure_ascii=False))

    @classmethod
    def read(cls, path: Path) -> "Artifact":
        """A model that was written. Raises StopRun for one that is not as it was written."""
        try:
            told = json.loads(path.read_text())
        except OSError as error:
            raise StopRun(
                f"{path}: {error.strerror}. Name the model.json that a run wrote, with --model RUN/model.json."
            ) from None
        except ValueError:
            raise StopRun(f"{path}: is no JSON. Name the model.json that a run wrote.") from None
        _refuse_unknown(path, told)
        table = _read_table(path.with_suffix(".parquet"), told["table"])
        content = {name: value for name, value in told.items() if name not in _ENVELOPE}
        made = cls(
            kind=told["kind"],
            content=content,
            table=table,
            calibration=told["calibration"],
            report=told["report"],
        )
        if made.version != told["version"]:
            raise StopRun(
                f"{path}: is not what its version names: it was changed after it was written. "
                "Restore it, or learn a new model; nobody edits one by hand."
            )
        return made


def _refuse_unknown(path: Path, told: Any) -> None:
    if not isinstance(told, dict) or not told.keys() >= _ENVELOPE:
        raise StopRun(f"{path}: is no match model. Name the model.json that a run wrote.")
    if told["format"] != FORMAT:
        raise StopRun(
            f"{path}: is of format {told['format']}, and this version of Kempt reads format {FORMAT}. "
            "Use the version that wrote it, or learn the model anew."
        )


def _read_table(path: Path, told: Mapping[str, Any]) -> pa.Table:
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise StopRun(f"{path}: is missing. It belongs to the model: copy both files together.") from None
    except (OSError, pa.ArrowInvalid):
        raise StopRun(f"{path}: cannot be read as Parquet. Restore it; it belongs to the model.") from None
    if table.num_rows != told["rows"] or _digest(table) != told["sha256"]:
        raise StopRun(f"{path}: is not the table that the model was written with. Copy both files of one run together.")
    return table


def _digest(table: pa.Table) -> str:
    """Of what a table holds, however it is laid out: column by column lengths and letters, or numbers."""
    found = hashlib.sha256(canonical_json(table.column_names))
    for column in table.columns:
        if pa.types.is_integer(column.type):
            found.update(np.asarray(pc.fill_null(column, -1), np.int64).tobytes())
            continue
        lengths = pc.fill_null(pc.binary_length(column), -1)
        found.update(np.asarray(lengths, np.int64).tobytes())
        for chunk in column.drop_null().chunks:
            offsets, letters = utf8(chunk.cast(pa.large_string()))
            found.update(letters[offsets[0] : offsets[-1]].data)
    return found.hexdigest()
