"""What records are found by follows what they say: with each filling of the vault, an upgrade, and a new key."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from psycopg import Connection

from kempt.ledger.search_index import Tokenizer, keep_tokens, stage_tokens, tokenizer, without_tokens
from kempt.records.search_terms import terms_of
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import values_of

BATCH = 10_000


class Indexing:
    """Makes records findable, in the caller's transaction: stage what they say, keep it once their keys are there."""

    def __init__(self, connection: Connection[Any], tenant: Tenant) -> None:
        self._connection, self._tenant = connection, tenant
        self._staged = False

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return tokenizer(self._connection, self._tenant.vault)

    def stage(self, said: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """Records with their canonical fields, in batches of a few thousand."""
        tokens = self._tokenizer.tokens
        stage_tokens(self._connection, [(record, tokens(terms_of(values))) for record, values in said])
        self._staged = True

    def keep(self) -> None:
        """What was staged is found from this transaction's end on, and no longer by what it said before."""
        if self._staged:
            keep_tokens(self._connection, self._tenant.name)
            self._staged = False


def index_missing(connection: Connection[Any], tenant: Tenant) -> int:
    """Makes what the vault holds and nothing finds findable: how an installation from before the index gets one."""
    return _index(connection, tenant, without_tokens(connection))


def index_anew(connection: Connection[Any], tenant: Tenant) -> int:
    """Tokens under the newest vault key for every record, in place of those under the key before."""
    rows = connection.execute("select record_id::text from kempt.search_record order by 1").fetchall()
    return _index(connection, tenant, [record for (record,) in rows])


def _index(connection: Connection[Any], tenant: Tenant, records: list[str]) -> int:
    indexing = Indexing(connection, tenant)
    for start in range(0, len(records), BATCH):
        said = values_of(connection, tenant, records[start : start + BATCH])
        indexing.stage((record, each.values) for record, each in said.items())
    indexing.keep()
    return len(records)
