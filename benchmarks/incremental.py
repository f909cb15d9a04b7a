"""What a change costs, and what comparing and clustering everything does, on made-up contacts in a tenant's lake.

Usage: python -m benchmarks.incremental [--records N ...] [--changes N ...] [--seed SEED] [--check]
Of the changes half say something else, a quarter is new and a quarter is gone. Compared and clustered by
policies/matching/person.yaml and policies/autonomy.yaml. `--check` also compares both outcomes, row by row.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.kernel import people
from benchmarks.pipeline import fresh_home
from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.evidence import StewardLinks
from kempt.matching.rescore import Rescored, rescore
from kempt.usecases.cluster import settle
from kempt.usecases.judge import judge_of
from kempt.usecases.prepare_sample import TENANTS
from kempt.usecases.tenancy import Tenant, Tenants
from kempt.warehouse.connection import open_lake
from kempt.warehouse.feed import TableFeed

OUTCOME = ("person_pair", "person_cluster", "merge_step", "cluster_note")
_Result = TypeVar("_Result")

# The records of day 0, with some to come; those of day 1 have lost some and say something else in some.
_FEATURES = """
select md5(n::varchar)::uuid::varchar as record_id, 'contact' as object_type, if(n % 3 = 0, 'crm', 'shop') as source,
    given as given_name, family as family_name, null::varchar as suffix, given as given_key, family as family_key,
    array_to_string(list_sort([given, family]), ' ') as name_key, given as nickname_key, email,
    email as email_canonical, split_part(email, '@', 1) as email_local, split_part(email, '@', 2) as email_domain,
    false as is_role, false as is_free, if({edited}, '555' || n, phone) as phone, birth_date,
    null::varchar as job_title, company as company_name, company as company_core, null::varchar as domain,
    street as street_key, if({edited}, 'moved', city) as city_key, postal_code, 'US' as country
from person where {there}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds on the clock, and of processor."""

    seconds: float
    cpu: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(seconds=self.seconds + other.seconds, cpu=self.cpu + other.cpu)

    def __str__(self) -> str:
        return f"{self.seconds:6.2f} s ({self.cpu:6.2f} s of processor)"


def timed(work: Callable[[], _Result]) -> tuple[Cost, _Result]:
    """What it costs, and what it gives."""
    began, before = time.perf_counter(), time.process_time()
    found = work()
    return Cost(seconds=time.perf_counter() - began, cpu=time.process_time() - before), found


def prepare(lake: duckdb.DuckDBPyConnection, records: int, changes: int, seed: int) -> None:
    """The people of both days, numbered; numbers from `records` on are new on day 1."""
    made = {name: column for name, column in people(records + changes // 4, seed).items() if "_" not in name[-2:]}
    columns = {name: column.values.take(pa.array(column.codes, mask=column.codes < 0)) for name, column in made.items()}
    drawn = pa.table({"n": np.arange(len(next(iter(columns.values())))), **columns})  # noqa: F841, read by DuckDB
    lake.execute("create or replace temp table person as from drawn")


def write_first_day(lake: duckdb.DuckDBPyConnection, records: int) -> None:
    """The relation that matching reads."""
    told = _FEATURES.format(edited="false", there=f"n < {records}")
    lake.execute(f"create or replace table person_features as {told}")


def write_second_day(lake: duckdb.DuckDBPyConnection, records: int, changes: int) -> None:
    """The changed rows in the place of what stood there, as canonicalizing leaves them."""
    step = records // (changes // 4)
    edited = f"n < {records} and n % {step} in (1, 2)"
    told = _FEATURES.format(edited=edited, there=f"n >= {records} or ({edited})")
    changed = f"n < {records} and n % {step} < 3"
    lake.execute(
        "begin; delete from person_features where record_id in "
        f"(select md5(n::varchar)::uuid::varchar from person where {changed});"
        f"insert into person_features {told}; commit"
    )


def measure(tenant: Tenant, lake: duckdb.DuckDBPyConnection, records: int, changes: int, seed: int, check: bool) -> str:
    """One base and one change."""
    spec, judge = tenant.policies.matching["person"], judge_of(tenant.decides)

    def run() -> tuple[str, Cost, Rescored]:
        feed = TableFeed(lake, "person_features")
        compared, found = timed(lambda: rescore(lake, spec, "person_features", DuckDbEngine(), feed))
        clustered, settled = timed(lambda: settle(lake, spec, StewardLinks(), judge))
        told = (
            f"{found.scope}, {found.records_read} records read: {compared + clustered}, "
            f"of which comparing {compared.seconds:.2f} s; "
            f"{found.pairs_compared:,} pairs, {settled:,} records settled"
        )
        return told, compared + clustered, found

    prepare(lake, records, changes, seed)
    write_first_day(lake, records)
    lake.execute("drop table if exists match_state")
    first, _, _ = run()
    write_second_day(lake, records, changes)
    part, part_cost, _ = run()
    kept = _outcome(lake) if check else None
    lake.execute("update match_state set written_by = '', settled_by = ''")
    whole, whole_cost, _ = run()
    if check and kept != _outcome(lake):
        raise SystemExit("the outcomes differ")
    return "\n".join(
        [
            f"{records:,} records, {changes:,} changes{', outcomes identical' if check else ''}",
            *(f"  {line}" for line in (first, part, whole)),
            f"  a change costs 1/{whole_cost.seconds / part_cost.seconds:.1f} of everything on the clock, "
            f"1/{whole_cost.cpu / part_cost.cpu:.1f} of processor",
        ]
    )


def _outcome(lake: duckdb.DuckDBPyConnection) -> list[object]:
    """A digest of what each table says, whatever numbers the records have."""
    said = "select columns(name -> not suffix(name, '_number')) from {}"
    return [
        lake.execute(
            f"select count(*), sum(hash(told)::hugeint), bit_xor(hash(told)) from ({said.format(table)}) as told"
        ).fetchone()
        for table in OUTCOME
    ]


def main() -> None:
    """Measures each base with each number of changes in a tenant's lake of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.incremental", description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, nargs="+", default=[10_000, 100_000], metavar="N")
    parser.add_argument("--changes", type=int, nargs="+", default=[1_000], metavar="N")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--check", action="store_true", help="compare the outcomes of both ways")
    options = parser.parse_args()
    for records in options.records:
        for changes in options.changes:
            with fresh_home() as settings:
                tenant = Tenants(settings).open(TENANTS[0])
                with open_lake(tenant.lake) as lake:
                    print(measure(tenant, lake, records, changes, options.seed, options.check), flush=True)


if __name__ == "__main__":
    main()
