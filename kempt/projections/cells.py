"""Golden cells as an event tells them: grouped by what most of them share, digests in base64.

A body of less than 2 KB is kept in its row as it is; spelled out, a golden record of fifteen cells has 2.7 KB, and a
first load of them takes twice as long.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from kempt.ledger.append import Json

Cells = Mapping[str, Sequence[Any]]
"""[record, origin, rule, confidence, observed at, keyed digest in hex] by attribute."""


def pack(cells: Cells) -> list[Json]:
    """[record, origin, observed at, {attribute: [rule, confidence, digest]}], in a fixed order."""
    groups: dict[tuple[str, str, str], dict[str, Json]] = {}
    for name in sorted(cells):
        record, origin, rule, confidence, observed_at, digest = cells[name]
        short = base64.b64encode(bytes.fromhex(digest)).decode().rstrip("=")
        groups.setdefault((record, origin, observed_at), {})[name] = [rule, confidence, short]
    return [[*shared, groups[shared]] for shared in sorted(groups)]


def unpack(packed: Sequence[Any]) -> dict[str, list[Any]]:
    """The cells as they were."""
    return {
        name: [record, origin, rule, confidence, observed_at, base64.b64decode(short + "=").hex()]
        for record, origin, observed_at, cells in packed
        for name, (rule, confidence, short) in cells.items()
    }
