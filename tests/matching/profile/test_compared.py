"""How a column is compared and looked under."""

import numpy as np
import pyarrow as pa
import pytest

from kempt.matching.kernel.columns import Column
from kempt.matching.profile import compared
from kempt.matching.profile.features import with_vectors
from kempt.matching.profile.known import Known


@pytest.mark.parametrize(("learned_from_few", "places"), [(False, compared.PLACES), (True, compared.RARE_WORDS)])
def test_of_many_records_few_places_are_looked_under_unless_a_model_may_ask_for_more(
    monkeypatch, learned_from_few, places
):
    monkeypatch.setattr(compared, "ALL_PLACES_UP_TO", 1)
    column, spread = with_vectors(Column.of(pa.array(["a b c d e f g", "a b"], pa.large_string())))
    known = Known(readings=(), spreads={"title": spread}) if learned_from_few else None

    keys = compared.keys_of("title", "text", {"title": column}, known)

    assert len(keys["title~"].columns) == places
    assert [np.count_nonzero(each.codes >= 0) for each in keys["title~"].columns[:2]] == [2, 2]
