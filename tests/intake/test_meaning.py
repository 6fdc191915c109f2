"""Words as numbers: what one decimal sign makes of the other's thousands is refused, never a thousandth."""

import polars as pl
import pytest

from storregion.intake.meaning import _not_number, _numbers


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    ("word", "decimal"),
    [("1.234", ","), ("12.345.678", ","), ("1,234", "."), ("1.234,5", "."), ("1.234,5", ",")],
)
def test_thousands_are_not_taken_for_decimals(word: str, decimal: str, whole: bool) -> None:
    assert _numbers(pl.Series([word]), decimal, whole=whole).to_list() == [None]
    assert "is not a number" in _not_number(word, decimal, whole=whole)


@pytest.mark.parametrize(("word", "decimal"), [("1.234", "."), ("1,234", ",")])
def test_a_number_with_its_own_sign_is_that_number(word: str, decimal: str) -> None:
    assert _numbers(pl.Series([word]), decimal, whole=False).to_list() == [1.234]
    # As a count of whole things it is nothing that one could count.
    assert _numbers(pl.Series([word]), decimal, whole=True).to_list() == [None]
