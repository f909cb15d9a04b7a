"""One spelling of a JSON value, by whichever encoder."""

import json

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from kempt.ids import _is_plain, canonical_json

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_the_fast_way_writes_what_the_standard_says(value: object) -> None:
    if _is_plain(value):
        assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]
        assert json.loads(canonical_json(value)) == value


def test_what_has_a_spelling_of_its_own_takes_the_slow_way() -> None:
    assert not any(map(_is_plain, (1.0, 2**53, {"é": 1}, {1: 2}, [0.5], (True, {"a": 1e21}))))
    assert canonical_json({"b": (1, None), "a": "é\u2028"}) == '{"a":"é\u2028","b":[1,null]}'.encode()
