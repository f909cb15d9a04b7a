"""`kempt match` as anybody would call it: a file and a folder, nothing else."""

import json
from importlib.metadata import version

from benchmarks.matching.peers.exchange import arguments, write_notes
from kempt.cli.app import app

if __name__ == "__main__":
    told = arguments()
    status = app(["match", str(told.records), "--out", str(told.out), "--json"], standalone_mode=False)
    if status:
        raise SystemExit(status)
    report = json.loads((told.out / "report.json").read_text())
    write_notes(
        told.out,
        {"version": version("kempt"), "pairs": report["candidate_pairs"], "seconds": report["seconds"],
         "rounds": report["rounds"], "settled": report["settled"]},
    )  # fmt: skip
