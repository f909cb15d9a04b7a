"""How right the crosswalk of a demo is: `python -m benchmarks.accuracy [--home KEMPT_HOME] [--json]`.

Compares who belongs to which entity now with the truth that the sample keeps beside its data, by tenant and entity
type, and counts which hard cases were wrongly joined or missed.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kempt.errors import KemptError, StopRun
from kempt.ids import record_id
from kempt.ledger.database import Database
from kempt.ledger.server import connections
from kempt.matching.evaluate import evaluate
from kempt.records.model import ENTITY_OF, EntityType
from kempt.settings import Settings, load_settings
from kempt.usecases.membership import load_members
from kempt.usecases.prepare_sample import TENANTS

# A pair counts once for each hard case among its two records; for "plain" or "duplicate" only when neither is hard.
BY_KIND = """
with pair as (
    select one.kinds as left_kinds, other.kinds as right_kinds, 'wrongly_joined' as mistake
    from judged as one join judged as other on one.entity = other.entity and one.record < other.record
    where one.truth <> other.truth
    union all
    select one.kinds, other.kinds, 'missed'
    from judged as one join judged as other on one.truth = other.truth and one.record < other.record
    where one.entity <> other.entity
),
named as (
    select mistake, list_distinct(list_concat(left_kinds, right_kinds)) as kinds,
        list_filter(kinds, lambda kind: kind not in ('plain', 'duplicate')) as hard
    from pair
),
counted as (
    select mistake, unnest(case when len(hard) > 0 then hard else kinds end) as kind from named
)
select mistake, kind, count(*) as pairs from counted group by all order by mistake, pairs desc, kind
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthLine:
    """Who a record really is, and in what way it is hard."""

    cluster: str
    kind: str


def measure(settings: Settings) -> dict[str, dict[str, Any]]:
    """Tenant by tenant and entity type by entity type: the scores, and mistakes by kind of record."""
    database = Database(connections(settings).app)
    return {
        tenant: {
            kind: score(members(database, tenant, kind), truth(settings.home, tenant, kind))
            for kind in get_args(EntityType)
        }
        for tenant in TENANTS
    }


def members(database: Database, tenant: str, kind: EntityType) -> dict[str, str]:
    """Each record of one entity type with the entity it belongs to now."""
    with database.transaction(tenant) as connection, duckdb.connect() as memory:
        load_members(memory, connection, kind, table="member")
        return dict(memory.execute("select record_id, entity_id from member").fetchall())


def truth(home: Path, tenant: str, kind: EntityType) -> dict[str, TruthLine]:
    """The answers of the sample for one entity type; a row without a key or about nobody has none."""
    file = home / "sample" / "truth" / f"{tenant}.parquet"
    if not file.exists():
        raise StopRun(f"{file}: there is no such file. The truth is known for demo data alone; run `kempt demo` first.")
    columns = ["system", "object", "source_key", "cluster_id", "kind"]
    return {
        record_id(tenant, line["system"], line["object"], line["source_key"]): TruthLine(
            cluster=line["cluster_id"], kind=line["kind"]
        )
        for line in pq.read_table(file, columns=columns).to_pylist()
        if ENTITY_OF[line["object"]] == kind and line["source_key"] is not None and line["cluster_id"] is not None
    }


def score(entities: Mapping[str, str], answers: Mapping[str, TruthLine]) -> dict[str, Any]:
    """The scores of one partition, and its mistakes by kind."""
    found = evaluate(entities, {record: line.cluster for record, line in answers.items()})
    scores = asdict(found)
    for name, each in (("pairwise", found.pairwise), ("bcubed", found.bcubed)):
        scores[name]["f1"] = each.f1
    return scores | mistakes(entities, answers)


def mistakes(entities: Mapping[str, str], answers: Mapping[str, TruthLine]) -> dict[str, dict[str, int]]:
    """Pairs that were wrongly joined and pairs that were missed, by what was hard about them."""
    records = sorted(entities.keys() & answers.keys())
    judged = pa.table(  # noqa: F841, read by DuckDB below
        {
            "record": pa.array(records, pa.string()),
            "entity": pa.array([entities[record] for record in records], pa.string()),
            "truth": pa.array([answers[record].cluster for record in records], pa.string()),
            "kinds": pa.array([[answers[record].kind] for record in records], pa.list_(pa.string())),
        }
    )
    found: dict[str, dict[str, int]] = {"wrongly_joined": {}, "missed": {}}
    with duckdb.connect() as connection:
        for mistake, kind, pairs in connection.execute(BY_KIND).fetchall():
            found[mistake][kind] = pairs
    return found


def text(tenant: str, kind: str, found: Mapping[str, Any]) -> str:
    """The scores of one entity type for a person."""
    low, high = found["pairwise_intervals"]["precision"]
    lines = [
        f"{tenant}, {kind}: {found['records']:,} records, {found['true_pairs']:,} true pairs, "
        f"{found['predicted_pairs']:,} joined; not in the crosswalk {found['only_true']:,}, "
        f"not in the truth {found['only_predicted']:,}"
    ]
    for name in ("pairwise", "bcubed"):
        scores = found[name]
        shown = "  ".join(f"{each} {scores[each]:.4f}" for each in ("precision", "recall", "f1"))
        lines.append(f"  {name:<9} {shown}" + (f"  (precision {low:.4f} to {high:.4f})" if name == "pairwise" else ""))
    lines.append(f"  exact clusters {found['exact_clusters']:.4f}")
    for mistake in ("wrongly_joined", "missed"):
        counts = ", ".join(f"{case} {pairs:,}" for case, pairs in found[mistake].items())
        lines.append(f"  pairs {mistake.replace('_', ' ')}: {counts or 'none'}")
    return "\n".join(lines)


def main() -> None:
    """Prints the scores of a demo that has run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, help="the KEMPT_HOME of the demo; else the one that `kempt` would use")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    options = parser.parse_args()
    settings = load_settings()
    if options.home:
        home = options.home.absolute()
        settings = Settings(home=home, master_key_file=home / "keys" / "master.key", database_url=settings.database_url)
    try:
        found = measure(settings)
    except KemptError as problem:
        parser.error(str(problem))
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for tenant, kinds in found.items():
        for kind, scores in kinds.items():
            print(text(tenant, kind, scores), end="\n\n")


if __name__ == "__main__":
    main()
