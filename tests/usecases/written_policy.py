"""Parts of hand-written policies for fictional people in files."""

from tests.usecases.people import GIVEN, TOWNS

HEAD = """
entity_type: person
engine: duckdb
why: Fictional people of a test.
prior: 0.5
link: 0.9
review: 0.5
max_block: 50
blocking:
  - {name: family, agree_on: [last_name]}
  - {name: mail, agree_on: [email]}
"""
COMPARISONS = """
comparisons:
  - name: name
    label: name
    levels:
      - {id: unknown, says: a name is not known, bits: 0, when: {first_name: missing, last_name: missing}}
      - {id: same, says: the same name, bits: 4, when: {first_name: exact, last_name: exact}, tells: identifies}
      - {id: nickname, says: a nickname, bits: 3, when: {given_name_root: exact, family_name: exact}}
      - {id: other, says: another name, bits: -2, when: {}}
  - name: mail
    label: e-mail
    levels:
      - {id: unknown, says: an e-mail is not known, bits: 0, when: {email: missing}}
      - {id: same, says: the same e-mail, bits: 8, when: {email: exact}, tells: identifies}
      - {id: other, says: another e-mail, bits: -1, when: {}}
"""
GATES = "gates: {max_size: 12, mean: 0.5, weakest: 0.0001, ambiguous_within: 0, complete_up_to: 200}\n"
WITH_MOTTO = (
    (HEAD + COMPARISONS).replace("agree_on: [email]", 'agree_on: ["email_mailbox:3", date_year]')
    + """
  - name: motto
    label: motto
    levels:
      - {id: unknown, says: a motto is not known, bits: 0, when: {motto: missing}}
      - {id: near, says: mottos are alike, m: 0.5, u: 0.2, when: {motto: cosine >= 0.5}, frequency_of: [city]}
      - {id: other, says: mottos differ, bits: -0.5, when: {}}
frequencies:
  - {column: city, typical: 0.3, worth_records: 10}
constraints:
  - {id: births, why: Nobody is born twice., says: the births differ, when: {born: damerau > 2}, then: ask}
"""
    + GATES
)
"""Compares a text too, counts how frequent towns are, and asks where births differ."""


def add_mottos(rows):
    """A text for each row, alike where names are."""
    for at, row in enumerate(rows):
        row["motto"] = f"{TOWNS[at % 4]} {GIVEN[at % 7]} {GIVEN[at % 5]} {row['last_name']}"
