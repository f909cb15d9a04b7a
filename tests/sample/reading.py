"""The sample's files as any reader would see them, without a line of the generator."""

import csv
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq

Row = dict[str, str]
SALESFORCE = {"Contact": "contact", "Lead": "lead", "Account": "company"}


def rows_of_day(drop: Path, day: str) -> dict[tuple[str, str], list[Row]]:
    """Every row of a day by (system, object), with its source key under `_key` and `_ragged` where that is so."""
    rows = {
        ("salesforce", kind): list(_csv(drop / f"salesforce/{day}/{name}.csv")) for name, kind in SALESFORCE.items()
    }
    rows["hubspot", "contact"] = list(_pages(drop / "hubspot" / day))
    rows["support", "contact"] = list(_tickets(drop / f"support/{day}/tickets.jsonl"))
    rows["billing", "company"] = list(_customers(drop / f"billing/{day}.sqlite"))
    rows["sales", "lead"] = list(_sheet(drop / f"sales/{day}/pipeline.xlsx"))
    return rows


def truth_of(directory: Path, tenant: str) -> list[Row]:
    """The truth of a tenant."""
    rows: list[Row] = pq.read_table(directory / "truth" / f"{tenant}.parquet").to_pylist()
    return rows


def digest_of(directory: Path, *patterns: str) -> str:
    """One digest over the names and bytes of all files that match."""
    found = sorted({path for pattern in patterns for path in directory.rglob(pattern) if path.is_file()})
    lines = (f"{path.relative_to(directory)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _csv(path: Path) -> Iterator[Row]:
    header, *lines = csv.reader(path.open(encoding="utf-8", newline=""))
    for line in lines:
        ragged = "" if len(line) == len(header) else "yes"
        yield dict(zip(header, line, strict=False)) | {"_key": line[0], "_ragged": ragged}


def _pages(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("contacts-*.json")):
        for result in json.loads(path.read_text(encoding="utf-8"))["results"]:
            properties = {name: value or "" for name, value in result.pop("properties").items()}
            yield properties | {name: str(value) for name, value in result.items()} | {"_key": result["id"] or ""}


def _tickets(path: Path) -> Iterator[Row]:
    for line in path.read_text(encoding="utf-8").splitlines():
        ticket = json.loads(line)
        requester = {name: value or "" for name, value in ticket.pop("requester").items()}
        yield {name: value or "" for name, value in ticket.items()} | requester | {"_key": requester["id"]}


def _customers(path: Path) -> Iterator[Row]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    for row in connection.execute("select * from customers"):
        yield dict(row) | {"_key": row["customer_no"]}
    connection.close()


def _sheet(path: Path) -> Iterator[Row]:
    header, *lines = openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True)
    for line in lines:
        row = {name: value or "" for name, value in zip(header, line, strict=True)}
        parts = [" ".join(str(row[name]).split()).lower() for name in ("E-mail", "Full Name")]
        yield row | {"_key": "|".join(parts) if any(parts) else ""}
