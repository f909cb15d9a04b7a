"""Files that are too large in one direction, measured: run by tests/prove.py alone, which keeps the figures."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.prove import keep
from tests.sizes import size
from tests.usecases.hostile_tables import ROWS
from tests.usecases.people import clusters_in

pytestmark = pytest.mark.prove

MEGABYTES = 1_000
Record = Callable[[str, Any], None]


def matched(path: Path, out: Path) -> tuple[subprocess.CompletedProcess[str], float]:
    """A run in a process of its own, and its seconds."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from kempt.cli.app import main; main()", "match", str(path), "--out", str(out)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended, round(time.perf_counter() - began, 1)


def report_of(out: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((out / "report.json").read_text())
    assert report["rows"] == report["records"] + report["refused"]
    assert len(clusters_in(out)) == report["records"]
    return report


def write_with_cell(path: Path, begin: bytes, megabyte: bytes) -> None:
    """The people, the second name of the third of them a cell of so many megabytes."""
    lines = [",".join(row.values()).encode() for row in ROWS]
    with path.open("wb") as file:
        file.write(",".join(ROWS[0]).encode() + b"\n" + b"\n".join(lines[:2]) + b"\n")
        before, after = (b",".join(lines[2].split(b",")[part]) for part in (slice(2), slice(3, None)))
        file.write(before + b"," + begin)
        for _ in range(size(MEGABYTES)):
            file.write(megabyte)
        file.write(b"," + after + b"\n" + b"\n".join(lines[3:]) + b"\n")


def test_a_cell_of_a_gigabyte_is_read_so_far(tmp_path: Path, record_property: Record) -> None:
    write_with_cell(tmp_path / "people.csv", b"", b"x" * 10**6)

    ended, seconds = matched(tmp_path / "people.csv", tmp_path / "out")

    assert ended.returncode == 0, ended.stderr
    report = report_of(tmp_path / "out")
    keep(record_property, cell_seconds=seconds, cell_peak_memory_mb=report["peak_memory_mb"])
    assert report["records"] == len(ROWS)
    assert "more than 32,767 characters were read only so far (last_name in line 4)" in report["warnings"][0]
    assert report["peak_memory_mb"] < size(MEGABYTES) * 1.5 + 500
    assert seconds < 60


def test_a_quote_that_does_not_end_for_a_gigabyte_stops_the_run(tmp_path: Path, record_property: Record) -> None:
    write_with_cell(tmp_path / "people.csv", b'"', b"x\n" * (10**6 // 2))

    ended, seconds = matched(tmp_path / "people.csv", tmp_path / "out")

    keep(record_property, quote_seconds=seconds)
    assert ended.returncode == 1
    assert "more than 100,000 rows cannot be read, the first in line 4: a quote that does not end" in ended.stderr
    assert seconds < 60


def write_wide(path: Path, columns: int, rows: int) -> None:
    def line(at: int) -> Iterable[str]:
        return (f"w{(at * 7 + n) % 40} q{(at * n) % 97}" for n in range(columns))

    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(["record_id", "email", *(f"c{n}" for n in range(columns))]) + "\n")
        for at in range(rows):
            file.write(",".join([f"r{at}", f"someone{at // 2}@example.com", *line(at)]) + "\n")


def test_ten_thousand_columns_of_many_rows_are_matched(tmp_path: Path, record_property: Record) -> None:
    columns, rows = size(MEGABYTES) * 10, size(MEGABYTES)
    write_wide(tmp_path / "wide.csv", columns, rows)

    ended, seconds = matched(tmp_path / "wide.csv", tmp_path / "out")

    assert ended.returncode == 0, ended.stderr
    report = report_of(tmp_path / "out")
    keep(record_property, wide_seconds=seconds, wide_peak_memory_mb=report["peak_memory_mb"], wide_columns=columns)
    assert report["records"] == rows
    assert any(f"of {columns + 1:,} columns are not compared" in each for each in report["warnings"])
    assert (tmp_path / "out" / "report.html").stat().st_size < 5_000_000
    assert report["peak_memory_mb"] < 6_000
    assert seconds < 100


def test_one_value_a_million_times_is_matched(tmp_path: Path, record_property: Record) -> None:
    rows = size(MEGABYTES) * 1_000
    with (tmp_path / "same.csv").open("w", encoding="utf-8") as file:
        file.write("record_id,name,city,number\n")
        file.writelines(f"r{at},Same Name,Northmoor,{at // 2:09}\n" for at in range(rows))

    ended, seconds = matched(tmp_path / "same.csv", tmp_path / "out")

    assert ended.returncode == 0, ended.stderr
    report = report_of(tmp_path / "out")
    keep(record_property, same_seconds=seconds, same_peak_memory_mb=report["peak_memory_mb"])
    assert report["records"] == rows
    assert report["peak_memory_mb"] < 3_000
    assert "Columns of one value, which tell nothing: name, city." in report["warnings"]
    assert seconds < 90
