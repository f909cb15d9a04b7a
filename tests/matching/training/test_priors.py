"""What is believed of a small table before its records were seen."""

import numpy as np
import pytest

from kempt.matching.profile.comparisons import compare, compare_dates, compare_emails, compare_names, compare_phones
from kempt.matching.training.priors import FIRM_GRIP, GRIP, SMALL, _shipped, believed_shares, kind_of
from kempt.usecases.match_files import match_files
from tests.usecases.people import clusters_in, people, write_csv

COMPARED = {
    "name": compare_names("given", "family", "root"),
    "email": compare_emails("email", "mailbox", "domain"),
    "phone": compare_phones("phone", "local"),
    "date": compare_dates("day", "turned", "year", "rest"),
    "text": compare("street", "text"),
    "word": compare("town", "word"),
    "number": compare("ref", "number"),
}


@pytest.mark.parametrize("kind", COMPARED)
def test_every_kind_has_a_prior_for_all_its_outcomes(kind):
    comparison = COMPARED[kind]

    assert kind_of(comparison) == kind
    assert list(_shipped()[kind]) == [outcome.name for outcome in comparison.outcomes[1:]]
    assert sum(_shipped()[kind].values()) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("kind", COMPARED)
def test_the_smaller_a_table_the_more_the_shipped_prior_counts(kind):
    comparison = COMPARED[kind]
    shipped = np.array([0.0, *_shipped()[kind].values()])

    (few, firm), (half, between), (many, loose) = (
        believed_shares(comparison, records) for records in (0, SMALL // 2, SMALL)
    )

    assert (firm, between, loose) == (FIRM_GRIP, (FIRM_GRIP + GRIP) / 2, GRIP)
    np.testing.assert_allclose(few, shipped / shipped.sum())
    np.testing.assert_allclose(half, (few + many) / 2)
    assert believed_shares(comparison, 10 * SMALL)[1] == GRIP
    assert np.abs(few - many).max() > 0.001


def test_of_fifty_records_with_one_duplicate_the_weights_are_sane(tmp_path):
    everybody, truth = people(200)
    persons = {truth[row["record_id"]]: row for row in everybody if all(row.values())}
    # No namesakes: their numbered mailboxes differ by one digit.
    rows = list({(row["first_name"], row["last_name"]): row for row in persons.values()}.values())[:49]
    again = {**rows[7], "record_id": "again", "email": rows[7]["email"][1:], "city": ""}

    matched = match_files([write_csv(tmp_path / "p.csv", [*rows, again])], tmp_path / "out")

    clusters = clusters_in(tmp_path / "out")
    assert clusters["again"] == clusters[rows[7]["record_id"]]
    assert len(set(clusters.values())) == 49
    for at, comparison in enumerate(matched.ground.comparisons):
        bits = matched.learned.match.alone[at] - matched.learned.other.alone[at]
        names = [outcome.name for outcome in comparison.outcomes]
        assert 0 < bits[names.index("same")] < 20
        if comparison.name != "email":  # all have theirs at one house
            assert -14 < bits[names.index("other")] < 0
