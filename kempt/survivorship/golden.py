"""Golden records as the ledger may hold them: every cell's provenance with a keyed digest in place of the value."""

import hashlib

import duckdb

from kempt.survivorship.candidates import quoted

_BLOCK = 64

# HMAC-SHA-256 is two SHA-256 over a padded key. In SQL it runs on all cores, where a Python function runs on one,
# and costs less than finding the distinct values first. The text is RFC 8785: keys in order, no spaces, numbers
# without trailing zeros.
GOLDEN_ROWS = """
create or replace temp table {target} as
with cell as (
    select entity_id, attribute, to_json(attribute) || ':[' || concat_ws(',',
        to_json(record_id), to_json(origin), to_json(rule),
        rtrim(rtrim(cast(cast(confidence as decimal(7, 6)) as varchar), '0'), '.'),
        to_json(strftime(observed_at, '%Y-%m-%dT%H:%M:%S.%fZ')),
        to_json(sha256($outer::blob || unhex(sha256($inner::blob || encode(value)))))) || ']' as text
    from {cells}
),
entity as (
    select entity_id, '{{' || string_agg(text, ',' order by attribute) || '}}' as cells from cell group by entity_id
)
select entity_id, cells, sha256(cells) as digest from entity
"""


def golden_rows(connection: duckdb.DuckDBPyConnection, *, cells: str, target: str, key: bytes) -> int:
    """Writes (entity_id, cells, digest) of composed cells into a temporary table; the number of entities.

    `cells` is canonical JSON {attribute: [record_id, origin, rule, confidence, observed_at, value digest]}, and
    `digest` is its SHA-256: equal digests mean equal golden records. No value is in it.
    """
    inner, outer = _padded(key)
    connection.execute(GOLDEN_ROWS.format(target=quoted(target), cells=quoted(cells)), {"inner": inner, "outer": outer})
    row = connection.execute(f"select count(*) from {quoted(target)}").fetchone()
    return int(row[0]) if row else 0


def _padded(key: bytes) -> tuple[bytes, bytes]:
    """The inner and outer key blocks of HMAC (RFC 2104)."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
