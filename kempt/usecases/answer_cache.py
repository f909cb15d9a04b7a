"""Answers of providers, kept encrypted in Postgres: nobody pays twice for one question, misses included."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from psycopg import Connection

from kempt.enrichment.provider import Answer, AnsweredValue, KeptAnswer, RefutedValue
from kempt.ids import stable_id
from kempt.ledger.vault_keys import RecordKeys
from kempt.usecases.tenancy import Tenant

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


class PostgresAnswerCache:
    """The cache of one tenant. Each answer is kept at once: what was paid for survives whatever happens next.

    How long an answer is good for is policy's business.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def get(self, keys: Sequence[str]) -> Mapping[str, KeptAnswer]:
        """The kept answers among these questions; one about a record that was erased since is lost."""
        wanted = {stable_id("question", self._tenant.name, key): key for key in keys}
        with self._tenant.database.transaction(self._tenant.name) as connection:
            rows = connection.execute(
                "select request_id::text, answer_cipher, asked_at, about::text[] from kempt.provider_answer "
                "where request_id = any(%s::uuid[])",
                [list(wanted)],
            ).fetchall()
            opening = self._tenant.vault.of(connection, (record for row in rows for record in row[3]))
        return {
            wanted[name]: _kept(json.loads(opening.open(about, bytes(sealed), _place(name))), asked.date())
            for name, sealed, asked, about in rows
            if opening.by_record.keys() >= {*about} != set()
        }

    def put(self, kept: Sequence[KeptAnswer]) -> None:
        """Keeps answers, each sealed for the records of those whom it is about; a newer one replaces the older."""
        with self._tenant.database.transaction(self._tenant.name) as connection:
            members = _members(connection, {entity for entry in kept for entity in entry.about})
            about = [sorted({record for entity in entry.about for record in members[entity]}) for entry in kept]
            sealing = self._tenant.vault.ensure(connection, (record for records in about for record in records))
            rows = [
                self._row(entry, records, sealing)
                for entry, records in zip(kept, about, strict=True)
                if sealing.by_record.keys() >= {*records} != set()
            ]
            connection.cursor().executemany(
                """
                insert into kempt.provider_answer
                    (tenant, request_id, provider, status, answer_cipher, cost_cents, asked_at, expires_at, about)
                values (%s, %s, 'kept', %s, %s, 0, %s, %s, %s)
                on conflict (tenant, request_id) do update set status = excluded.status, about = excluded.about,
                    answer_cipher = excluded.answer_cipher, asked_at = excluded.asked_at
                """,
                rows,
            )

    def _row(self, entry: KeptAnswer, records: Sequence[str], sealing: RecordKeys) -> tuple[Any, ...]:
        name = stable_id("question", self._tenant.name, entry.answer.key)
        text = json.dumps(asdict(entry.answer), default=str, ensure_ascii=False).encode()
        status = "found" if entry.answer.values or entry.answer.refuted else "not_found"
        asked = datetime.combine(entry.asked_on, time(), tzinfo=UTC)
        sealed = sealing.seal(records, text, _place(name))
        return (self._tenant.name, name, status, sealed, asked, FOR_EVER, [UUID(record) for record in records])


def _members(connection: Connection[Any], entities: set[str]) -> dict[str, list[str]]:
    rows = connection.execute(
        "select entity_id, array_agg(record_id::text) from kempt.membership "
        "where to_seq is null and entity_id = any(%s) group by entity_id",
        [sorted(entities)],
    )
    found: dict[str, list[str]] = {entity: [] for entity in entities}
    return found | dict(rows.fetchall())


def _place(name: str) -> str:
    """What an answer is sealed for; it opens nowhere else."""
    return f"answer {name}"


def _kept(plain: dict[str, Any], asked_on: date) -> KeptAnswer:
    values = tuple(
        AnsweredValue(**each | {"observed_on": date.fromisoformat(each["observed_on"])}) for each in plain.pop("values")
    )
    refuted = tuple(
        RefutedValue(**each | {"observed_on": date.fromisoformat(each["observed_on"])}) for each in plain.pop("refuted")
    )
    return KeptAnswer(answer=Answer(**plain, values=values, refuted=refuted), asked_on=asked_on)
