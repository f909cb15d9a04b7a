"""The sources of one tenant as they live through the days."""

from pathlib import Path

import pyarrow as pa

from kempt.sample.company_rows import account_keys, company_rows
from kempt.sample.days import live_a_day, touch
from kempt.sample.draw import Chance, Whole, how_many, stream
from kempt.sample.enrichment import activity, vendor_answers, write_activity, write_answers
from kempt.sample.faults import Faults, correct, spoil
from kempt.sample.layout import write_day
from kempt.sample.person_rows import person_rows
from kempt.sample.rows import Rows, make_plan
from kempt.sample.sources import COMPANY_SOURCES, PERSON_SOURCES, SOURCES, row_counts
from kempt.sample.tenants import Tenant
from kempt.sample.truth import corrected_lines, source_keys, truth_of, write_truth
from kempt.sample.world import World, make_world


class History:
    """One tenant's world and its rows, which change from day to day."""

    def __init__(self, tenant: Tenant, records: int, *, seed: int) -> None:
        self._tenant, self._seed, self._records = tenant, seed, records
        counts = row_counts(records, how_many(records, tenant.newcomers))
        person_plan, company_plan = (
            make_plan(self._chance("plan", name), counts, sources, duplicates=tenant.duplicates)
            for name, sources in (("people", PERSON_SOURCES), ("companies", COMPANY_SOURCES))
        )
        employers = company_plan.entities * 5 // 4 + 8
        self._world: World = make_world(tenant, people=person_plan.entities, companies=employers, seed=seed)
        self._companies = company_rows(tenant, self._world, company_plan, seed=seed)
        keys = account_keys(self._companies, employers)
        self._people = person_rows(tenant, self._world, person_plan, keys, seed=seed)
        self._faults = self._spoil()
        self._keys = [source_keys(rows) for rows in self._tables]
        self._corrections: list[pa.Table] = []
        self._moved: dict[int, Whole] = {}

    @property
    def _tables(self) -> tuple[Rows, Rows]:
        return self._people, self._companies

    def live(self, day: int) -> None:
        """Let one more day pass; the first day is as it was made."""
        if day == 0:
            return
        chance = self._chance("day", day)
        changes = self._tenant.changes[day - 1]
        events = live_a_day(chance, self._world, self._people, self._companies, changes, day)
        if "job_change" in events:
            self._moved[day] = self._people.entity[events["job_change"]]
        if day == 1:
            self._correct(chance, day)

    def write_day(self, drop: Path, source: int, day: int) -> tuple[int, list[Path]]:
        """The number of rows and the files of one source on one day, as they are now."""
        rows = self._companies if SOURCES[source].object == "company" else self._people
        return write_day(drop, rows, source, day, day_first=self._tenant.day_first)

    def write_truth(self, path: Path) -> None:
        """Who every row is."""
        tables = [truth_of(*parts) for parts in zip(self._tables, self._keys, self._faults, strict=True)]
        write_truth(path, [*tables, *self._corrections])

    def write_enrichment(self, folder: Path, truth: Path) -> list[Path]:
        """The vendor's answers and the activity log."""
        vendor, log = folder / "vendor.csv", folder / "activity.csv"
        write_answers(vendor_answers(self._tenant, self._world, seed=self._seed), vendor, truth)
        write_activity(activity(self._tenant, self._world, self._moved, seed=self._seed), log)
        return [vendor, log]

    def _spoil(self) -> tuple[Faults, Faults]:
        share = self._tenant.malformed
        return (
            spoil(self._chance("faults", "people"), self._people, PERSON_SOURCES, share),
            spoil(self._chance("faults", "companies"), self._companies, COMPANY_SOURCES, share),
        )

    def _correct(self, chance: Chance, day: int) -> None:
        for rows, faults in zip(self._tables, self._faults, strict=True):
            fixed = correct(chance, rows, faults, self._tenant.corrected)
            touch(chance, rows, fixed, day)
            self._corrections.append(corrected_lines(rows, fixed, day))

    def _chance(self, *purpose: str | int) -> Chance:
        return stream(self._seed, self._tenant.name, self._records, *purpose)
