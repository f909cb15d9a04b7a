"""The blind index: tokens of what records say, by record. Who lacks the vault key can neither read nor make one.

A token is HMAC-SHA-256 under the index key, cut to 64 bits: among ten million terms of one tenant, a query meets a
token of another term by chance in one of 10^12 cases. The index key comes from the newest vault key, so that tokens
of what was erased mean nothing in a backup from before the next rotation; a rotation makes all of them anew.
"""

import hmac
from collections.abc import Iterable, Set
from functools import lru_cache
from hashlib import sha256

import psycopg

from kempt.ledger.vault_keys import VaultKeys

_TOKEN_BYTES = 8
_KEPT = 200_000


class Tokenizer:
    """Makes the tokens of one tenant's terms, each distinct one once."""

    def __init__(self, index_key: bytes) -> None:
        self._key = index_key
        self.token = lru_cache(maxsize=_KEPT)(self._token)

    def tokens(self, terms: Set[str]) -> list[int]:
        """The tokens of terms."""
        return list(map(self.token, terms))

    def _token(self, term: str) -> int:
        whole = hmac.digest(self._key, term.encode(), "sha256")
        return int.from_bytes(whole[:_TOKEN_BYTES], "big", signed=True)


def tokenizer(connection: psycopg.Connection, keys: VaultKeys) -> Tokenizer:
    """Under the newest vault key, which stays the newest until this transaction ends."""
    secret = keys.vault_key(keys.newest(connection))
    return Tokenizer(hmac.digest(secret, b"kempt 1: search index", sha256))


def stage_tokens(connection: psycopg.Connection, rows: Iterable[tuple[str, list[int]]]) -> None:
    """Put (record, tokens) into a temporary table; `keep_tokens` takes them from there."""
    connection.execute(
        "create temp table if not exists arriving_tokens (record_id uuid, tokens bigint[]) on commit drop"
    )
    # As text of COPY at once: row by row through the driver costs as much as making the tokens.
    text = "".join(f"{record}\t{{{','.join(map(str, tokens))}}}\n" for record, tokens in rows)
    with connection.cursor().copy("copy arriving_tokens from stdin") as copy:
        copy.write(text)


def keep_tokens(connection: psycopg.Connection, tenant: str) -> None:
    """Take what was staged in place of what these records were found by. A record without a key is erased: not it."""
    connection.execute(
        """
        insert into kempt.search_record (tenant, record_id, tokens)
        select key.tenant, record_id, tokens from arriving_tokens join kempt.record_key key using (record_id)
        where key.tenant = %s
        on conflict (tenant, record_id) do update set tokens = excluded.tokens
        """,
        [tenant],
    )
    connection.execute("drop table arriving_tokens")


def without_tokens(connection: psycopg.Connection) -> list[str]:
    """Records of the vault that nothing finds yet, as those of a home that is older than the index."""
    rows = connection.execute(
        """
        select distinct record_id::text from kempt.record_version version
        where not exists (
            select from kempt.search_record s where s.tenant = version.tenant and s.record_id = version.record_id
        )
        order by 1
        """
    )
    return [record for (record,) in rows]


def having_tokens(connection: psycopg.Connection, tokens: list[int], most: int) -> list[str]:
    """Records that have all of these tokens, in the order of their ids."""
    rows = connection.execute("select found::text from kempt.having_tokens(%s, %s) as found", [tokens, most])
    return [record for (record,) in rows]
