"""Whole installations for the end-to-end tests: the console script in a child process, as a person runs it."""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kempt.ledger.server import ensure_server
from kempt.sample.sources import DAYS
from kempt.settings import Settings
from kempt.usecases.add_tenant import add_tenant
from kempt.usecases.prepare_sample import prepare_sample
from tests.postgres import empty_home, superuser

ROOT = Path(__file__).parents[2]
RECORDS = "1000"
TENANT = "northpeak"
DAY = DAYS[0]

# Everything that identity, values and decisions come to; no times, and no positions in the ledger.
STATE = (
    "select tenant, record_id, entity_id from kempt.membership where to_seq is null",
    "select tenant, from_id, to_id from kempt.redirect where to_seq is null",
    "select tenant, entity_id, state, anchor_record, incarnation from kempt.entity",
    "select tenant, entity_id, entity_type, cells::text, digest, policy_version from kempt.golden_record",
    "select tenant, kind, left_record, right_record, reason from kempt.record_constraint where superseded_by is null",
    "select tenant, proposal_id, verdict, reasons from kempt.decision_in_force",
    "select tenant, proposal_id, state from kempt.review_item",
    "select tenant, record_id, attribute, value_digest, kind, origin from kempt.claim where withdrawn_seq is null",
    "select tenant, source, day, rows, new, changed, unchanged, quarantined, status from kempt.extract",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One installation and the commands on it."""

    settings: Settings

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to know."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KEMPT_", "DAGSTER_"))}
        return kept | {"KEMPT_HOME": str(self.settings.home), "KEMPT_PROJECT": str(ROOT), "PYTHONPATH": str(ROOT)}

    def command(self, *words: str) -> list[str]:
        """A kempt command as an argument vector."""
        return [str(Path(sys.executable).parent / "kempt"), *words]

    def kempt(self, *words: str, ok: bool = True) -> str:
        """What a command prints; it must succeed unless told otherwise."""
        done = subprocess.run(
            self.command(*words), env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=280
        )
        assert (done.returncode == 0) is ok, f"kempt {' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout if ok else done.stderr

    def status(self) -> dict[str, Any]:
        """The tenants' figures."""
        tenants: dict[str, Any] = json.loads(self.kempt("status", "--json"))["tenants"]
        return tenants

    def state(self) -> dict[str, str]:
        """A digest of each part of the state."""
        import psycopg

        with psycopg.connect(superuser(self.settings).conninfo()) as connection:
            return {
                query.split(" from ")[1].split()[0]: hashlib.sha256(
                    "\n".join(sorted(map(str, connection.execute(query)))).encode()
                ).hexdigest()
                for query in STATE
            }


def prepare_one_day(home: Home) -> None:
    """A tenant with the sample's first day in its drop folder, and nothing run yet."""
    settings = dataclasses.replace(home.settings, project=ROOT)
    ensure_server(settings)
    add_tenant(settings, TENANT)
    prepare_sample(settings, records=int(RECORDS), seed=7)


@contextmanager
def installation() -> Iterator[Home]:
    """An empty home, ended and removed at the end."""
    with empty_home() as settings:
        home = Home(settings=settings)
        try:
            yield home
        finally:
            home.kempt("down")
