"""What is written: how much, where, and the same every time."""

from dataclasses import replace
from pathlib import Path

import pytest

from kempt.errors import StopRun
from kempt.sample.generate import SampleReport, generate
from kempt.sample.sources import DAYS, SHEET_LIMIT, SOURCES, row_counts
from kempt.sample.tenants import BLAUWAL
from tests.sample.conftest import RECORDS, Sample
from tests.sample.reading import digest_of, truth_of

DETERMINISTIC_DIGEST = "9bd34ab567c356130fe90c70550e7307cdd705e51d8fd12e5e0f8438c47457b6"


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(tmp_path / name, records=1_000, seed=3)

    assert digest_of(tmp_path / "one", "*") == digest_of(tmp_path / "two", "*")


def test_another_seed_gives_other_bytes(tmp_path: Path) -> None:
    generate(tmp_path / "one", records=200, seed=3)
    generate(tmp_path / "two", records=200, seed=4)

    assert digest_of(tmp_path / "one", "*") != digest_of(tmp_path / "two", "*")


def test_another_machine_gives_the_same_bytes(tmp_path: Path) -> None:
    """Parquet is left out: it names the library that wrote it. Whoever changes the generator changes this digest."""
    generate(tmp_path, records=200, seed=3)

    assert digest_of(tmp_path, "*.json*", "*.csv", "*.sqlite", "*.xlsx") == DETERMINISTIC_DIGEST


def test_writing_again_with_fewer_records_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    generate(tmp_path / "twice", records=30_000, seed=3)
    generate(tmp_path / "twice", records=200, seed=3)
    generate(tmp_path / "once", records=200, seed=3)

    assert digest_of(tmp_path / "twice", "*") == digest_of(tmp_path / "once", "*")


def test_the_first_day_holds_exactly_the_records_asked_for(generated: tuple[Path, SampleReport]) -> None:
    rows = generated[1].rows

    assert sum(count for (_, _, day), count in rows.items() if day == DAYS[0]) == RECORDS


def test_the_report_counts_what_the_files_hold(sample: Sample) -> None:
    for day, tables in zip(DAYS, sample.days, strict=True):
        for system in ("hubspot", "salesforce", "billing", "support", "sales"):
            held = sum(len(rows) for (of, _), rows in tables.items() if of == system)
            assert sample.report.rows[sample.tenant, system, day] == held


def test_the_report_names_every_file(generated: tuple[Path, SampleReport]) -> None:
    directory, report = generated

    written = {path for path in directory.rglob("*") if path.is_file()}

    assert {*report.files, *report.truth_files} == written
    assert all(directory / "truth" in path.parents for path in report.truth_files)


def test_the_spreadsheet_ends_at_its_limit_and_no_record_is_lost() -> None:
    sheet = next(at for at, source in enumerate(SOURCES) if source.system == "sales")

    counts = row_counts(1_000_000, 2_500)

    assert counts[sheet].sum() == SHEET_LIMIT == 20_000
    assert counts[:, 0].sum() == 1_000_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_hundred_records_are_enough(tmp_path: Path, seed: int) -> None:
    report = generate(tmp_path, records=200, seed=seed)

    assert sum(count for (_, _, day), count in report.rows.items() if day == DAYS[0]) == 200
    for tenant in ("northpeak", "blauwal"):
        assert any(line["kind"] == "malformed" for line in truth_of(tmp_path, tenant))


def test_fewer_records_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StopRun, match="200 or more"):
        generate(tmp_path, records=199, seed=1)


def test_a_share_of_zero_leaves_the_trap_out(tmp_path: Path) -> None:
    calm = replace(BLAUWAL, relations={**BLAUWAL.relations, "twins": 0.0}, malformed=0.0)

    generate(tmp_path, records=2_000, seed=1, tenants=[calm])

    kinds = {line["kind"] for line in truth_of(tmp_path, "blauwal")}
    assert not kinds & {"twins", "malformed", "corrected"}
    assert "father_son" in kinds
