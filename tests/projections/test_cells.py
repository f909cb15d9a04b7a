from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.ids import canonical_json
from kempt.projections.cells import pack, unpack
from tests.sizes import size

words = st.sampled_from(["a", "b", "record", "override"])
cell = st.tuples(
    words, words, words, st.sampled_from([0.5, 1, 0.9]), words, st.binary(min_size=32, max_size=32).map(bytes.hex)
)


@settings(max_examples=size(50), deadline=None)
@given(st.dictionaries(st.sampled_from(["email", "phone", "full_name", "city"]), cell.map(list)))
def test_cells_come_out_as_they_went_in(cells):
    packed = pack(cells)

    assert unpack(packed) == cells
    assert canonical_json(packed) == canonical_json(pack(dict(reversed(cells.items()))))


def test_a_whole_golden_record_stays_below_what_is_kept_in_a_row():
    names = ("street", "city", "region", "postal_code", "country", "full_name", "given_name", "family_name", "email",
             "phone", "job_title", "company_name", "domain", "channel", "owner")  # fmt: skip
    record = "68295ff6-6aac-52cf-8f7d-50a444beb662"
    cells = {name: [record, "record", name, 0.95, "2025-03-03T00:00:00.000000Z", "ab" * 32] for name in names}

    assert len(canonical_json(pack(cells))) < 1_500
