"""Small match specs, records and relations for the tests of matching."""

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from kempt.matching.columns import COLUMNS, FLAGS, quoted
from kempt.matching.spec import MatchSpec
from kempt.records.model import EntityType
from kempt.strict_yaml import parse

WHY = "a reason that is long enough"
SPEC = f"""
entity_type: person
engine: duckdb
why: {WHY}
prior: 0.001
link: 0.95
review: 0.4
max_block: 50
unusable:
  - {{columns: [email_canonical], when: is_role, why: {WHY}}}
generic:
  - {{column: phone, counting: name_key, more_than: 2, why: {WHY}}}
frequencies:
  - {{column: family_key, typical: 0.01, worth_records: 100}}
blocking:
  - {{name: mailbox, agree_on: [email_canonical]}}
  - {{name: phone, agree_on: [phone]}}
  - {{name: family, agree_on: ["family_key:2", "given_key:1"]}}
comparisons:
  - name: name
    label: name
    levels:
      - {{id: unknown, says: a name is missing, bits: 0, when: {{family_key: missing}}}}
      - {{id: same, says: the names are the same, m: 0.8, u: 0.01, frequency_of: [family_key], at_most: 11,
         when: {{given_key: exact, family_key: exact}}}}
      - {{id: swapped, says: the names are swapped, bits: 5, when: {{given_key: swapped with family_key}}}}
      - {{id: initial, says: one is an initial, bits: 4, when: {{given_key: initial, family_key: exact}}}}
      - {{id: part, says: one is part of the other, bits: 3.5, when: {{given_key: contains, family_key: exact}}}}
      - {{id: near, says: the names are alike, m: 0.1, u: 0.3, frequency_of: [family_key], at_most: 4,
         when: {{family_key: jaro_winkler >= 0.9}}}}
      - {{id: slip, says: a slip, bits: 2, when: {{family_key: levenshtein <= 2}}}}
      - {{id: words, says: words are shared, bits: 1, when: {{name_key: token_overlap >= 0.5}}}}
      - {{id: other, says: the names differ, bits: -6, when: {{}}}}
  - name: mailbox
    label: mailbox
    levels:
      - {{id: unknown, says: a mailbox is missing, bits: 0, when: {{email_canonical: missing}}}}
      - {{id: same, says: the mailbox is the same, m: 0.9, u: 0.0001, when: {{email_canonical: exact}}}}
      - {{id: other, says: the mailboxes differ, bits: -2, when: {{}}}}
  - name: phone
    label: telephone
    levels:
      - {{id: unknown, says: a number is missing, bits: 0, when: {{phone: missing}}}}
      - {{id: same, says: the number is the same, bits: 6, when: {{phone: exact}}}}
      - {{id: other, says: the numbers differ, bits: -1, when: {{}}}}
constraints:
  - {{id: suffix, why: {WHY}, says: the suffixes differ, when: {{suffix: differs}}, then: apart}}
  - {{id: no-mailbox, why: {WHY}, says: nothing personal is shared, then: ask,
     when: {{street_key: exact, email_canonical: unshared}}}}
gates: {{max_size: 4, mean: 0.5, weakest: 0.01, ambiguous_within: 1, complete_up_to: 20}}
"""

Row = Mapping[str, Any]


def spec(text: str = SPEC) -> MatchSpec:
    """The spec above, or a variant of it."""
    return parse(MatchSpec, text, name="spec.yaml")


def person(record_id: str, given: str | None = None, family: str | None = None, **values: Any) -> Row:
    """A standardized person; the keys follow from the names."""
    names = sorted(f"{given or ''} {family or ''}".split())
    keys = {"given_key": given, "family_key": family, "nickname_key": given, "name_key": " ".join(names) or None}
    return {"record_id": record_id, "object_type": "contact", "source": "crm", **keys, **values}


def company(record_id: str, core: str | None = None, **values: Any) -> Row:
    """A standardized company."""
    return {"record_id": record_id, "object_type": "company", "source": "crm", "company_core": core, **values}


def relation(
    connection: duckdb.DuckDBPyConnection,
    rows: Iterable[Row],
    *,
    entity_type: EntityType = "person",
    name: str = "record",
) -> str:
    """A table of records with every column that matching may read."""
    columns = COLUMNS[entity_type]
    types = ", ".join(f"{quoted(column)} {'boolean' if column in FLAGS else 'varchar'}" for column in columns)
    connection.execute(f"create or replace table {quoted(name)} ({types})")
    values = [[row.get(column, False if column in FLAGS else None) for column in columns] for row in rows]
    if values:
        connection.executemany(f"insert into {quoted(name)} values ({', '.join('?' for _ in columns)})", values)
    return name
