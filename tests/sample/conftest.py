"""One sample of six thousand records for the whole session."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from kempt.sample.generate import SampleReport, generate
from kempt.sample.sources import DAYS
from tests.sample.reading import Row, rows_of_day, truth_of

RECORDS = 6_000


@dataclass
class Sample:
    """A generated sample, as one tenant's reader sees it."""

    directory: Path
    report: SampleReport
    tenant: str

    @cached_property
    def days(self) -> list[dict[tuple[str, str], list[Row]]]:
        return [rows_of_day(self.directory / self.tenant, day) for day in DAYS]

    @cached_property
    def truth(self) -> list[Row]:
        return truth_of(self.directory, self.tenant)

    def keyed(self, day: int, system: str, kind: str) -> dict[str, Row]:
        """The rows of a day by source key."""
        return {row["_key"]: row for row in self.days[day][system, kind]}

    def of_kind(self, *kinds: str) -> list[Row]:
        """The truth's lines of these kinds."""
        return [line for line in self.truth if line["kind"] in kinds]


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleReport]:
    directory = tmp_path_factory.mktemp("sample")
    return directory, generate(directory, records=RECORDS, seed=7)


@pytest.fixture(scope="session", params=["northpeak", "blauwal"])
def sample(request: pytest.FixtureRequest, generated: tuple[Path, SampleReport]) -> Sample:
    """The sample of each tenant in turn."""
    return Sample(directory=generated[0], report=generated[1], tenant=request.param)
