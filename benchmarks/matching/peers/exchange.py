"""What every peer reads and writes."""

import argparse
import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FREE_OF_MEANING = ("", "n/a", "na", "none", "null", "-")
"""Texts that stand for nothing; whoever configures a tool would leave them out."""
ROLES = ("info", "sales", "support", "office", "contact", "billing", "admin", "hello")
"""Mailboxes that many people share."""
FORMS = r"( (incorporated|inc|llc|corporation|corp|ltd|limited|group|grp|company|co|gmbh))+$"


def arguments(**more: Any) -> argparse.Namespace:
    """--records FILE --plan FILE --out FOLDER, and what one peer alone takes."""
    parser = argparse.ArgumentParser()
    for name in ("--records", "--plan", "--out"):
        parser.add_argument(name, type=Path, required=True)
    for name, settings in more.items():
        parser.add_argument(f"--{name}", **settings)
    return parser.parse_args()


def plan_of(path: Path) -> dict[str, Any]:
    """The plan of a set."""
    plan: dict[str, Any] = json.loads(path.read_text())
    return plan


def write_clusters(out: Path, clusters: Iterable[tuple[str, object]]) -> None:
    """Every record with its cluster."""
    with (out / "clusters.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("record_id", "cluster_id"))
        writer.writerows(clusters)


def write_notes(out: Path, notes: Mapping[str, object]) -> None:
    """What the tool says of its run: version, pairs, whatever a reader should know."""
    (out / "notes.json").write_text(json.dumps(notes))
