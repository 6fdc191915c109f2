"""Words of messages."""

from storregion.core.errors import some


def test_of_many_codes_the_first_are_written_and_the_rest_counted() -> None:
    codes = [f"{code:04d}" for code in range(1, 1001)]
    assert some(codes[:3]) == "0001, 0002, 0003"
    assert some(codes[:12]).endswith("0011, 0012")
    assert some(codes) == ", ".join(codes[:12]) + " and 988 more"
    assert some(codes, most=2, between="; ") == "0001; 0002 and 998 more"


def test_a_row_is_written_with_spaces_between_its_values() -> None:
    assert some([("three", 2002), ("two", 2001)]) == "three 2002, two 2001"
