import duckdb
import pytest

from kempt.errors import StopRun
from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.explain import Explanation, explain, read_scored
from kempt.matching.scoring import score_records
from tests.matching.factory import SPEC, Row, person, relation, spec


def explained(*rows: Row, of=None) -> Explanation:
    of = of or spec()
    with duckdb.connect() as connection:
        result = score_records(connection, of, relation(connection, rows), DuckDbEngine())
        pair = read_scored(connection, result.relation, of, [("r1", "r2")])["r1", "r2"]
    return explain(of, pair)


def test_the_contributions_and_the_prior_sum_to_the_total():
    told = explained(
        person("r1", "ann", "stone", email_canonical="a@mail.example", phone="+15550100"),
        person("r2", "a", "stone", email_canonical="a@mail.example", phone="+15550101"),
    )

    assert told.bits == pytest.approx(told.prior_bits + sum(each.bits for each in told.contributions), abs=1e-9)
    assert [(each.comparison, each.level) for each in told.contributions] == [
        ("name", "initial"),
        ("mailbox", "same"),
        ("phone", "other"),
    ]
    assert told.zone == "link"
    assert told.sentences == (
        "For it: the mailbox is the same (+13.1 bits); one is an initial (+4.0 bits).",
        "Against it: the numbers differ (-1.0 bits).",
    )


def test_it_says_what_would_flip_the_outcome():
    told = explained(
        person("r1", "ann", "stone", email_canonical="a@mail.example"),
        person("r2", "a", "stone", email_canonical="a@mail.example"),
    )

    assert told.flips == ("Without the name, a steward would be asked.", "Without the mailbox, they would stay apart.")
    assert "No evidence: telephone." in told.sentences


def test_it_says_what_is_missing_for_a_link():
    told = explained(person("r1", "ann", "stone"), person("r2", "ann", "stone"))

    assert told.zone == "review"
    assert "If the mailbox agreed, they would be linked." in told.flips


@pytest.mark.parametrize(
    ("values", "zone", "sentence"),
    [
        ({"suffix": ("jr", "sr")}, "apart", "Whatever they weigh: the suffixes differ."),
        ({"street_key": ("1 elm", "1 elm"), "email_canonical": (None, None)}, "review", "nothing personal is shared."),
    ],
)
def test_a_constraint_stands_above_the_weights(values, zone, sentence):
    given = {"email_canonical": ("a@mail.example",) * 2, "phone": ("+15550100",) * 2} | values
    rows = [person(f"r{n + 1}", "ann", "stone", **{name: pair[n] for name, pair in given.items()}) for n in range(2)]

    told = explained(*rows)

    assert told.probability > 0.9
    assert told.zone == zone
    assert told.sentences[-1].endswith(sentence)


def test_a_pair_of_another_spec_is_refused():
    of = spec()
    with duckdb.connect() as connection:
        rows = [person("r1", "ann", "stone"), person("r2", "ann", "stone")]
        result = score_records(connection, of, relation(connection, rows), DuckDbEngine())
        pair = read_scored(connection, result.relation, of, [("r1", "r2")])["r1", "r2"]
    start = SPEC.index("  - name: phone\n    label")
    shorter = spec(SPEC[:start] + SPEC[SPEC.index("constraints:") :])

    with pytest.raises(StopRun, match="another match spec"):
        explain(shorter, pair)
