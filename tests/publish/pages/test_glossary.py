"""The glossary: every word leads on to a page that is there, and the search finds it."""

from html import unescape

import pytest

from storregion.core.language import LANGUAGES, Language, alphabetical
from storregion.publish.pages.glossary import entries
from storregion.publish.searching import search
from storregion.publish.site import Site


def test_every_word_leads_to_a_page_of_the_bundled_group(site: Site) -> None:
    led = [entry.see for entry in entries().values() if entry.see]
    assert len(led) > 15
    assert set(led) - site.makers.keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_stand_in_alphabetical_order_with_an_anchor_each(site: Site, language: Language) -> None:
    html = unescape(site.html(language, "glossary/"))
    terms = [entry.term[language] for entry in entries().values()]
    shown = sorted(terms, key=lambda term: html.index(f">{term}</dt>"))
    assert shown == sorted(terms, key=alphabetical)
    assert all(f'<dt id="{name}">' in html for name in entries())


@pytest.mark.parametrize(
    ("language", "asked", "anchor"),
    [
        ("sv", "självförsörjning", "self-containment"),
        ("en", "headway", "headway"),
        ("sv", "turtäthet", "headway"),
    ],
)
def test_a_word_is_found_by_the_search(site: Site, language: Language, asked: str, anchor: str) -> None:
    hits = search(site.findable(language), asked).found
    assert f"glossary/#{anchor}" in [hit.target for hit in hits]
