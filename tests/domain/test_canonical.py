"""One form of bytes for one value."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.canonical import canonical_bytes, digest

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4),
    max_leaves=12,
)


def test_keys_are_sorted_and_nothing_is_spaced_or_escaped() -> None:
    assert canonical_bytes({"b": [1, 2], "a": "wörter"}) == '{"a":"wörter","b":[1,2]}'.encode()


def test_the_digest_is_the_sha256_of_the_bytes_in_hex() -> None:
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_a_decimal_keeps_its_digits_and_never_becomes_a_power_of_ten() -> None:
    assert canonical_bytes({"min": Decimal("22.50"), "max": Decimal("1E+3")}) == b'{"max":"1000","min":"22.50"}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), Decimal("NaN"), Decimal("-Infinity")])
def test_what_is_not_a_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical_bytes([value])


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object()])
def test_what_has_no_json_form_is_refused_rather_than_guessed(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_bytes({"value": value})


@given(JSON)
def test_the_bytes_read_back_as_the_value_and_give_the_same_bytes_again(value: object) -> None:
    body = canonical_bytes(value)
    assert json.loads(body) == value
    assert canonical_bytes(json.loads(body)) == body


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers(), min_size=2))
def test_the_order_in_which_a_mapping_was_built_does_not_matter(value: dict[str, int]) -> None:
    assert digest(dict(reversed(value.items()))) == digest(value)
