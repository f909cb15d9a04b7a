"""Answers of providers, kept encrypted in Postgres: nobody pays twice for one question, misses included."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time

from kempt.enrichment.provider import Answer, AnsweredValue, KeptAnswer, RefutedValue
from kempt.ids import stable_id
from kempt.usecases.tenancy import Tenant

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


class PostgresAnswerCache:
    """The cache of one tenant. Each answer is kept at once: what was paid for survives whatever happens next.

    How long an answer is good for is policy's business.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def get(self, keys: Sequence[str]) -> Mapping[str, KeptAnswer]:
        """The kept answers among these questions."""
        wanted = {stable_id("question", self._tenant.name, key): key for key in keys}
        with self._tenant.database.transaction(self._tenant.name) as connection:
            rows = connection.execute(
                "select request_id::text, answer_cipher, asked_at from kempt.provider_answer "
                "where request_id = any(%s::uuid[])",
                [list(wanted)],
            )
        return {wanted[name]: self._opened(name, bytes(sealed), asked.date()) for name, sealed, asked in rows}

    def put(self, kept: Sequence[KeptAnswer]) -> None:
        """Keeps answers; a newer one replaces the older."""
        rows = []
        for entry in kept:
            name = stable_id("question", self._tenant.name, entry.answer.key)
            text = json.dumps(asdict(entry.answer), default=str, ensure_ascii=False).encode()
            status = "found" if entry.answer.values or entry.answer.refuted else "not_found"
            asked = datetime.combine(entry.asked_on, time(), tzinfo=UTC)
            rows.append(
                (self._tenant.name, name, status, self._tenant.keys.seal(text, aad=f"answer {name}"), asked, FOR_EVER)
            )
        with self._tenant.database.transaction(self._tenant.name) as connection:
            connection.cursor().executemany(
                """
            insert into kempt.provider_answer
                (tenant, request_id, provider, status, answer_cipher, cost_cents, asked_at, expires_at)
            values (%s, %s, 'kept', %s, %s, 0, %s, %s)
            on conflict (tenant, request_id) do update
                set status = excluded.status, answer_cipher = excluded.answer_cipher, asked_at = excluded.asked_at
            """,
                rows,
            )

    def _opened(self, name: str, sealed: bytes, asked_on: date) -> KeptAnswer:
        plain = json.loads(self._tenant.keys.open(sealed, aad=f"answer {name}"))
        values = tuple(
            AnsweredValue(**each | {"observed_on": date.fromisoformat(each["observed_on"])})
            for each in plain.pop("values")
        )
        refuted = tuple(
            RefutedValue(**each | {"observed_on": date.fromisoformat(each["observed_on"])})
            for each in plain.pop("refuted")
        )
        return KeptAnswer(answer=Answer(**plain, values=values, refuted=refuted), asked_on=asked_on)
