"""A tool of the harness that costs nothing: joins records with one e-mail, or does whatever goes wrong."""

import time

import pyarrow.parquet as pq

from benchmarks.matching.peers.exchange import arguments, write_clusters, write_notes


def main() -> None:
    told = arguments(does={"default": "match"}, megabytes={"type": int, "default": 0}, count={"action": "store_true"})
    if told.does == "fail":
        raise ValueError("it cannot")
    if told.does == "grow":
        told.megabytes = 1000
    if told.does == "sleep":
        time.sleep(60)
    if told.count:
        write_notes(told.out, {"pairs": 12})
        return
    held = b"x" * (told.megabytes << 20)
    if told.does == "grow":
        time.sleep(60)
    rows = pq.read_table(told.records, columns=["record_id", "email"]).to_pylist()
    if told.does == "lose":
        rows = rows[1:]
    write_clusters(told.out, ((row["record_id"], row["email"] or row["record_id"]) for row in rows))
    write_notes(told.out, {"version": "1", "held": len(held)})


if __name__ == "__main__":
    main()
