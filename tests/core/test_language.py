from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.core.language import LANGUAGES, Text, alphabetical


def test_the_swedish_letters_come_after_z_in_their_own_order() -> None:
    names = ["Örkelljunga", "Ängelholm", "Åstorp", "Zinkgruvan", "Arboga", "Ånge", "Älmhult", "Ödeshög"]
    assert sorted(names, key=alphabetical) == [
        "Arboga",
        "Zinkgruvan",
        "Ånge",
        "Åstorp",
        "Älmhult",
        "Ängelholm",
        "Ödeshög",
        "Örkelljunga",
    ]


def test_sorting_by_code_points_would_have_been_wrong() -> None:
    # In Unicode ä (U+00E4) comes before å (U+00E5); in a Swedish register it does not.
    assert sorted(["ä", "å"]) == ["ä", "å"]
    assert sorted(["ä", "å"], key=alphabetical) == ["å", "ä"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("åa", "äa"),
        ("äa", "öa"),
        ("æa", "äb"),
        ("øa", "öb"),
        ("Alby", "alvik"),
        ("Linde", "Lindé"),
        ("Lindé", "Lindf"),
    ],
)
def test_pairs_in_order(first: str, second: str) -> None:
    assert alphabetical(first) < alphabetical(second)


def test_decomposed_letters_sort_as_composed_ones() -> None:
    assert alphabetical("A\u030angermanland")[0] == alphabetical("Ångermanland")[0]


@given(st.lists(st.text("abcxyzåäöÅÄÖ", min_size=1, max_size=6), min_size=2))
def test_the_order_is_that_of_the_alphabet_letter_by_letter(words: list[str]) -> None:
    alphabet = "abcdefghijklmnopqrstuvwxyzåäö"
    in_order = sorted(words, key=alphabetical)
    places = [[alphabet.index(letter) for letter in word.lower()] for word in in_order]
    assert all(before <= after for before, after in pairwise(places))


def test_a_text_speaks_both_languages() -> None:
    assert [Text("län", "county")[language] for language in LANGUAGES] == ["län", "county"]


def test_a_text_in_one_language_only_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="en"):
        msgspec.convert({"sv": "län"}, Text)
