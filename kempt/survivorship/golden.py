"""Golden records as the ledger may hold them: every cell's provenance with a keyed digest in place of the value."""

import duckdb

from kempt.records.keyed_sql import keyed_digest_sql, pads
from kempt.survivorship.candidates import quoted

# Digests in SQL cost less than finding the distinct values first. The text is RFC 8785: keys in order, no spaces,
# numbers without trailing zeros. A cell that is empty on purpose has the digest of the empty text, which no value is.
GOLDEN_ROWS = f"""
create or replace temp table {{target}} as
with cell as (
    select entity_id, attribute, to_json(attribute) || ':[' || concat_ws(',',
        to_json(record_id), to_json(origin), to_json(rule),
        rtrim(rtrim(cast(cast(confidence as decimal(7, 6)) as varchar), '0'), '.'),
        to_json(strftime(observed_at, '%Y-%m-%dT%H:%M:%S.%fZ')),
        to_json({keyed_digest_sql("coalesce(value, '')")})) || ']' as text
    from {{cells}}
),
entity as (
    select entity_id, '{{{{' || string_agg(text, ',' order by attribute) || '}}}}' as cells from cell group by entity_id
)
select entity_id, cells, sha256(cells) as digest from entity
"""


def golden_rows(connection: duckdb.DuckDBPyConnection, *, cells: str, target: str, key: bytes) -> int:
    """Writes (entity_id, cells, digest) of composed cells into a temporary table; the number of entities.

    `cells` is canonical JSON {attribute: [record_id, origin, rule, confidence, observed_at, value digest]}, and
    `digest` is its SHA-256: equal digests mean equal golden records. No value is in it.
    """
    connection.execute(GOLDEN_ROWS.format(target=quoted(target), cells=quoted(cells)), pads(key))
    row = connection.execute(f"select count(*) from {quoted(target)}").fetchone()
    return int(row[0]) if row else 0
