"""What finding costs: milliseconds of a search among N made-up records, and seconds of filling the index.

Usage: python -m benchmarks.search [--records N ...]
Records go into the vault, the index and identity as a run puts them there, two an entity, in a folder that is thrown
away. Names are drawn so that a few are very common. The clock counts, with everything a page waits for but the page
itself: look at `load` before you compare.
"""

import argparse
import json
import os
import random
import statistics
import string
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection

from kempt.ids import keyed_digest, mint, stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.database import copy_in
from kempt.ledger.server import ensure_server, stop_server
from kempt.ledger.vault import Content, keep_versions, stage_versions
from kempt.settings import Settings
from kempt.usecases.add_tenant import add_tenant
from kempt.usecases.entity_view import view_entity
from kempt.usecases.index_records import Indexing
from kempt.usecases.search import search
from kempt.usecases.tenancy import Tenant, Tenants

TENANT, BATCH, TRIES = "bench", 10_000, 40
SHOWN = ("full_name", "email", "phone", "company_name", "domain")
Row = tuple[str, Mapping[str, str]]


class People:
    """Made-up people: half of each name are drawn from all, half from the first few."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.given, self.family = self._words(1_500, 5), self._words(20_000, 7)
        self.companies = [f"{one} {other} GmbH" for one in self._words(300, 8) for other in self._words(100, 6)]

    def rows(self, start: int, count: int) -> list[Row]:
        """So many records from a number on."""
        return [(stable_id("bench", str(at)), self._person(at)) for at in range(start, start + count)]

    def _person(self, at: int) -> Mapping[str, str]:
        given, family, company = (self._one(names) for names in (self.given, self.family, self.companies))
        domain = f"{company.split()[0]}.example".lower()
        return {
            "full_name": f"{given} {family}", "given_name": given, "family_name": family, "company_name": company,
            "email": f"{given}.{family}{at}@{domain}".lower(), "domain": domain, "source": "bench",
            "phone": f"+49{self.draw.randrange(10**9, 10**10)}", "source_key": str(at), "country": "DE",
        }  # fmt: skip

    def _one(self, names: Sequence[str]) -> str:
        few = int(self.draw.paretovariate(0.8)) - 1
        return names[min(few, len(names) - 1)] if self.draw.random() < 0.5 else self.draw.choice(names)

    def _words(self, count: int, letters: int) -> list[str]:
        return ["".join(self.draw.choices(string.ascii_lowercase, k=letters)).title() for _ in range(count)]


def main() -> None:
    """Prints one table for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[100_000])
    for count in parser.parse_args().records:
        with tempfile.TemporaryDirectory(prefix="kempt-bench-") as folder:
            home = Path(folder) / "home"
            settings = replace(
                Settings(home=home, master_key_file=home / "keys" / "master.key"), project=Path(__file__).parents[1]
            )
            ensure_server(settings)
            try:
                add_tenant(settings, TENANT)
                measure(Tenants(settings, pooled=2).open(TENANT), count)
            finally:
                stop_server(settings)


def measure(tenant: Tenant, count: int) -> None:
    """Fills, then searches."""
    people, seconds, last = People(1), 0.0, []
    for start in range(0, count, 10 * BATCH):
        with tenant.database.transaction(TENANT) as connection:
            batches = [people.rows(at, BATCH) for at in range(start, min(start + 10 * BATCH, count), BATCH)]
            last = [row for rows in batches for row in rows]
            seconds += _fill(connection, tenant, batches)
            _identify(connection, tenant, last, start)
    print(
        f"{count:,} records: index filled in {seconds / count * 1e5:.1f} s per 100,000; load {os.getloadavg()[0]:.1f}"
    )
    for what, asked in _questions(people, last[:TRIES]):
        took = sorted(_milliseconds(lambda query=query: search(tenant, query)) for query in asked)  # type: ignore[misc]
        print(f"  {what:18} p50 {statistics.median(took):6.0f} ms  p95 {took[int(0.95 * (len(took) - 1))]:6.0f} ms")
    names = [search(tenant, record).hits[0].entity_id for record, _ in last[:TRIES]]
    took = sorted(_milliseconds(lambda name=name: view_entity(tenant, name, now=datetime.now(UTC))) for name in names)  # type: ignore[misc]
    print(f"  {'an entity':18} p50 {statistics.median(took):6.0f} ms  p95 {took[int(0.95 * (len(took) - 1))]:6.0f} ms")


def _fill(connection: Connection[Any], tenant: Tenant, batches: Sequence[Sequence[Row]]) -> float:
    """Vault and index; the seconds of the index alone."""
    indexing, seconds = Indexing(connection, tenant), 0.0
    for rows in batches:
        stage_versions(connection, tenant.vault, [
            Content(record_id=name, version=1, object_type="contact", observed_on=date(2025, 3, 3), digest="",
                    text=json.dumps(values)) for name, values in rows
        ])  # fmt: skip
        seconds += _milliseconds(lambda rows=rows: indexing.stage(rows)) / 1e3  # type: ignore[misc]
    keep_versions(connection, 1)
    return seconds + _milliseconds(indexing.keep) / 1e3


def _identify(connection: Connection[Any], tenant: Tenant, rows: Sequence[Row], start: int) -> None:
    event = Event(event_id=stable_id("bench", str(start)), type="bench.v1", body={"start": start})
    seq = append(connection, [event], at=datetime.now(UTC)).first
    key = tenant.keys.digest_key()
    entities = [(mint(tenant.keys.mint_key(), "person", name, 0), name, values) for name, values in rows[::2]]
    _load(connection, "entity",
          ("tenant", "entity_id", "entity_type", "anchor_record", "incarnation", "born_seq", "state"),
          ((TENANT, entity, "person", name, 0, seq, "active") for entity, name, _ in entities))  # fmt: skip
    _load(connection, "membership", ("tenant", "record_id", "entity_id", "from_seq"),
          ((TENANT, name, entities[at // 2][0], seq) for at, (name, _) in enumerate(rows)))  # fmt: skip
    _load(connection, "golden_record",
          ("tenant", "entity_id", "entity_type", "cells", "digest", "policy_version", "seq"),
          ((TENANT, entity, "person", json.dumps({field: [name, "record", "default", 0.9, "2025-03-03T00:00:00.000000Z",
                                                          keyed_digest(key, values[field])] for field in SHOWN}),
            "", "", seq) for entity, name, values in entities))  # fmt: skip


def _load(connection: Connection[Any], table: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    connection.execute(f"create temp table arriving (like kempt.{table}) on commit drop")
    copy_in(connection, "arriving", columns, rows)
    connection.execute(f"insert into kempt.{table} select * from arriving")
    connection.execute("drop table arriving")


def _questions(people: People, rows: Sequence[Row]) -> Iterator[tuple[str, list[str]]]:
    said = [values for _, values in rows]
    yield "e-mail", [values["email"] for values in said]
    yield "telephone", [f"0{values['phone'][3:]}" for values in said]
    yield "given and family", [values["full_name"] for values in said]
    yield "family name", [values["family_name"] for values in said]
    yield "company", [values["company_name"] for values in said]
    yield "commonest words", [people.given[0], people.family[0], people.companies[0],
                              f"{people.given[0]} {people.family[0]}"] * 10  # fmt: skip
    yield "start of an id", [name[:8] for name, _ in rows]
    yield "nobody", ["nobody here"] * TRIES


def _milliseconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
