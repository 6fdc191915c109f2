"""Search: what a reader means is found, whatever the case, marks and typing errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.publish.searching import MOST_FOUND, folded, found, typing_errors
from storregion.publish.site import Findable

ENTRIES = [
    Findable("Enköping", "kind_municipality", "place/0381/", weight=1.0),
    Findable("Eskilstuna", "kind_municipality", "place/0484/", weight=1.0),
    Findable("Örebro", "kind_municipality", "place/1880/", weight=1.0),
    Findable("Nyköping–Stockholm", "kind_pair", "access/pair/nykoping/stockholm/"),
    Findable("Pendling med tåg", "kind_table", "data/commuting/", "commuting"),
]


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("ensk", "place/0381/"),
        ("enkopng", "place/0381/"),
        ("ENKÖPING", "place/0381/"),
        ("enkoeping", "place/0381/"),
        ("orebro", "place/1880/"),
        ("stockholm nyköping", "access/pair/nykoping/stockholm/"),
        ("Nyköping-Stockholm", "access/pair/nykoping/stockholm/"),
        ("commuting", "data/commuting/"),
        ("tag pendl", "data/commuting/"),
    ],
)
def test_what_is_meant_comes_first(query: str, target: str) -> None:
    assert found(ENTRIES, query)[0].target == target


@pytest.mark.parametrize("query", ["", "  –  ", "xq", "enköping göteborg"])
def test_what_matches_no_word_finds_nothing(query: str) -> None:
    # "xq" is too short for a typing error; the last asks for a word that no entry has.
    assert found(ENTRIES, query) == []


def slow(asked: str, word: str) -> int:
    """Optimal string alignment by its definition, over every start of the word."""

    def distance(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        best = min(
            distance(a[:-1], b) + 1, distance(a, b[:-1]) + 1, distance(a[:-1], b[:-1]) + (a[-1] != b[-1])
        )
        if len(a) > 1 and len(b) > 1 and a[-1] == b[-2] and a[-2] == b[-1]:
            best = min(best, distance(a[:-2], b[:-2]) + 1)
        return best

    return min(distance(asked, word[:end]) for end in range(len(word) + 1))


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_errors_are_those_of_the_definition(asked: str, word: str) -> None:
    assert typing_errors(asked, word) == slow(asked, word)


@given(st.text(max_size=200))
def test_any_query_is_answered(query: str) -> None:
    assert len(found(ENTRIES, query)) <= MOST_FOUND
    assert folded(folded(query)) == folded(query)
