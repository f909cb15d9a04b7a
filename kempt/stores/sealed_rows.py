"""Rows in Postgres that are sealed under the keys of records: the vault, claims, evidence, answers of providers. And
the tokens that records are found by, which go with the key.

The key is what makes them values. It is deleted once, and with it go all of them, in every copy that opens through it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from kempt.stores.port import Held, Subject

PLACES: Mapping[str, Mapping[str, str]] = {
    "vault": {
        "kempt.record_version": "select count(*) from kempt.record_version where record_id = %(id)s",
        "kempt.record_key": "select count(*) from kempt.record_key where record_id = %(id)s",
    },
    "search": {"kempt.search_record": "select count(*) from kempt.search_record where record_id = %(id)s"},
    "claims": {"kempt.claim": "select count(*) from kempt.claim where record_id = %(id)s"},
    "evidence": {
        "kempt.proposal": "select count(*) from kempt.proposal where subjects @> array[%(id)s::uuid]",
        "kempt.decision": "select count(*) from kempt.decision join kempt.proposal using (tenant, proposal_id) "
        "where subjects @> array[%(id)s::uuid] and decision.evidence_cipher is not null",
        "kempt.review_item": "select count(*) from kempt.review_item item "
        "join kempt.proposal using (tenant, proposal_id) "
        "where subjects @> array[%(id)s::uuid] and item.evidence_cipher is not null",
    },
    "answers": {
        "kempt.provider_answer": "select count(*) from kempt.provider_answer where about @> array[%(id)s::uuid]"
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRows:
    """One kind of such rows, among PLACES. The erasure must be on record before `erase`: the database sees to that."""

    name: str
    connection: Connection[Any]
    ours: bool = True

    def find(self, record: Subject) -> Held:
        """Rows that open. Without the record's key there are none: what is left of them is noise."""
        bound = {"id": record.record_id}
        if not self.connection.execute("select from kempt.record_key where record_id = %(id)s", bound).fetchall():
            return {}
        found = {}
        for table, query in PLACES[self.name].items():
            ((found[table],),) = self.connection.execute(query, bound).fetchall()
        return {table: rows for table, rows in found.items() if rows}

    def erase(self, record: Subject) -> Held:
        """Deletes the key, the vault's rows, the tokens and the answers; claims and evidence are never opened again."""
        held = self.find(record)
        if held:
            self.connection.execute("select kempt.forget(%s)", [record.record_id])
        return held
