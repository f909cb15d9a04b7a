"""Two tenants, five systems, three days and the truth, from a seed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kempt.errors import StopRun
from kempt.sample.history import History
from kempt.sample.sources import DAYS, SOURCES
from kempt.sample.tenants import DEMO_TENANTS, Tenant

LEAST_RECORDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReport:
    """What was written: rows by (tenant, system, day), and the files."""

    rows: dict[tuple[str, str, str], int]
    files: tuple[Path, ...]
    truth_files: tuple[Path, ...]


def generate(directory: Path, *, records: int, seed: int, tenants: Sequence[Tenant] = DEMO_TENANTS) -> SampleReport:
    """Write `records` rows of the first day, about one change in a hundred rows on each later day, and the truth.

    Each tenant's folder has the layout of its drop folder; the truth lies apart, in `truth`.
    """
    if records < LEAST_RECORDS:
        raise StopRun(
            f"kempt sample: {records} records are too few to hold the hard cases. Ask for {LEAST_RECORDS} or more."
        )
    rows: Counter[tuple[str, str, str]] = Counter()
    files: list[Path] = []
    truth_files: list[Path] = []
    for tenant, size in zip(tenants, _sizes(records, tenants), strict=True):
        history = History(tenant, size, seed=seed)
        for at, day in enumerate(DAYS):
            history.live(at)
            for source, shape in enumerate(SOURCES):
                count, written = history.write_day(directory / tenant.name, source, at)
                rows[tenant.name, shape.system, day] += count
                files += written
        truth, answers = (directory / "truth" / f"{tenant.name}{part}.parquet" for part in ("", "_enrichment"))
        history.write_truth(truth)
        files += history.write_enrichment(directory / tenant.name / "enrichment", answers)
        truth_files += [truth, answers]
    return SampleReport(rows=dict(rows), files=tuple(files), truth_files=tuple(truth_files))


def _sizes(records: int, tenants: Sequence[Tenant]) -> list[int]:
    weights = [tenant.weight for tenant in tenants]
    sizes = [records * weight // sum(weights) for weight in weights]
    return [sizes[0] + records - sum(sizes), *sizes[1:]]
