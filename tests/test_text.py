"""Texts: folding them is done once and for all."""

from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast.text import fold


@given(st.text(alphabet=st.characters(categories=["L", "Mn", "Zs", "Cf"])))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)
