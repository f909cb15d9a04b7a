"""GoldenMatch as its page shows it: a table, no configuration; only the column of ids is not offered as a value."""

from importlib.metadata import version

import goldenmatch
import pyarrow.parquet as pq

from benchmarks.matching.peers.exchange import arguments, write_clusters, write_notes

if __name__ == "__main__":
    told = arguments()
    table = pq.read_table(told.records)
    found = goldenmatch.dedupe_df(table, exclude_columns=["record_id"])
    ids = table.column("record_id").to_pylist()
    cluster = dict.fromkeys(range(len(ids)), "")
    for name, group in found.clusters.items():
        cluster.update(dict.fromkeys(group["members"], str(name)))
    write_clusters(told.out, ((ids[row], name or f"alone-{row}") for row, name in cluster.items()))
    write_notes(told.out, {"version": version("goldenmatch")})
