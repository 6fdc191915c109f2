"""Search: what a reader means is found, whatever the case, marks and typing errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish.parts import Findable
from storregion.publish.portal import open_site
from storregion.publish.searching import MOST_FOUND, alike, folded, found, search, small_words, typing_errors
from storregion.publish.site import Site

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
        # An ending of three letters; two typing errors in seven letters; three letters inside a word.
        ("pendlingens", "data/commuting/"),
        ("pndlong", "data/commuting/"),
        ("köp", "place/0381/"),
    ],
)
def test_what_is_meant_comes_first(query: str, target: str) -> None:
    assert found(ENTRIES, query)[0].target == target


@pytest.mark.parametrize("query", ["", "  –  ", "xq", "enköping göteborg"])
def test_what_matches_no_word_finds_nothing(query: str) -> None:
    # "xq" is too short for a typing error; the last asks for a word that no entry has.
    assert found(ENTRIES, query) == []


def test_a_word_that_begins_with_another_for_the_same_is_found_from_four_letters_on() -> None:
    # "ages" and "age" stand for "ålder"; many words that mean something else begin with the short one.
    longer, other, exact = (Findable(it, "kind_table", it) for it in ("Agesort", "Agent", "Age"))
    assert found([longer, other, exact], "ålder") == [exact, longer]


PLACE = Findable("Enköping", "kind_municipality", "place/0381/", weight=1.0, context="kommun pendling")


def test_what_an_entry_is_about_finds_it_only_beside_its_name() -> None:
    assert found([PLACE], "pendling enkopng") == [PLACE]
    assert found([PLACE], "pendling") == []


def test_where_nothing_has_all_words_the_closest_come_and_it_is_said() -> None:
    hits = search([*ENTRIES, PLACE], "Eskilstuna zeppelinare")
    assert ([it.text for it in hits.found], hits.whole) == (["Eskilstuna"], False)
    assert search([PLACE], "zeppelinare") == ([], False)
    # A place is not guessed from half of what is typed.
    assert found([PLACE], "enköping zeppelinare") == []


def test_words_that_say_nothing_are_left_out_unless_there_are_no_others() -> None:
    assert found([PLACE], "hur många pendlar från Enköping") == []
    assert found([PLACE], "hur många i Enköping") == [PLACE]
    assert search([Findable("Hur", "kind_page", "x/")], "hur").whole


def test_the_words_known_are_folded_and_stand_in_one_group_each() -> None:
    groups = alike()
    assert all(word == folded(word) for word in [*groups, *small_words()])
    assert all(word in groups[other] for word, others in groups.items() for other in others)
    assert not small_words() & groups.keys()


QUERIES = [
    ("sv", "ensk", "place/0381/"),
    ("sv", "enkopng", "place/0381/"),
    ("sv", "kommun enköping", "place/0381/"),
    ("sv", "hur många bor i Enköpings kommun", "place/0381/"),
    ("sv", "pendling enköping", "place/0381/"),
    ("sv", "folkmängd västerås", "place/1980/"),
    ("sv", "vilka kommuner liknar enköping", "place/0381/"),
    ("sv", "region sörmland", "place/04/"),
    ("sv", "nyköping stockholm", "access/pair/nykoping/stockholm/"),
    ("sv", "stockholm nyköping", "access/pair/nykoping/stockholm/"),
    ("sv", "restid nyköping stockholm", "access/pair/nykoping/stockholm/"),
    ("en", "travel time uppsala stockholm", "access/pair/stockholm/uppsala/"),
    ("sv", "station knivsta", "access/station/knivsta-station/"),
    ("sv", "inpendling", "commuting/"),
    ("sv", "brp", "data/gross_regional_product/"),
    ("en", "gdp", "data/gross_regional_product/"),
    ("sv", "arbetslöshet", "data/unemployment/"),
    ("sv", "uppföljning", "strategy/followup/"),
    ("sv", "strategi 2025", "strategy/2025/"),
    ("en", "goals", "strategy/"),
    ("sv", "öppna data", "data/"),
    ("sv", "källor", "about/"),
    ("sv", "ostlänken", "scenario/ostlanken/"),
    ("en", "similar municipalities", "study/similar/"),
    ("en", "unemployment", "data/unemployment/"),
]


@pytest.mark.parametrize(("language", "query", "target"), QUERIES)
def test_what_a_planner_types_finds_the_page_first(
    site: Site, language: Language, query: str, target: str
) -> None:
    hits = search(site.findable(language), query)
    assert hits.whole
    assert hits.found[0].target == target


def test_a_query_that_asks_to_compare_leads_to_the_comparison(bundled: Workspace) -> None:
    live = open_site(bundled, live=True)
    html = live.filled_in("sv", "search/", {"q": ["jämför enköping strängnäs"]}).body.decode()
    assert html.index("compare/?place=0381&amp;place=0486") < html.index("place/0381/")
    assert "Inget har alla orden. Närmast kommer:" in html


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
