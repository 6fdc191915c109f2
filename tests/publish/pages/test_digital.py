"""Digital connection as a planner meets it: on the study's page, and on those of places."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import digital
from storregion.publish.site import Site


def words(html: str) -> str:
    without_marks = re.sub(r"<sup.*?</sup>", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", without_marks)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "address", "said"),
    [
        ("sv", "study/digital/", "av landets hushåll och företag kunde få 1 Gbit/s 2023"),
        ("en", "study/digital/", "households had 5G coverage in 2024"),
        ("sv", "place/01/", "2022 kunde 96,0 % i Stockholms län få minst 100 Mbit/s."),
        ("sv", "place/1980/", "2020 var elavbrotten 40 minuter per kund, mindre än den timme"),
        (
            "en",
            "place/00/",
            "In 2022 outages came to 95 minutes per customer, more than the hour",
        ),
    ],
)
def test_the_answer_stands_first(site: Site, language: Language, address: str, said: str) -> None:
    assert said in words(site.html(language, address))


def test_a_place_without_figures_has_no_section(site: Site) -> None:
    row = site.workspace.table("places").filter(place="0580").row(0, named=True)
    assert digital.place_sections(site, "sv", row) == []


def test_a_group_without_the_figures_has_a_page_all_the_same(small_site: Site) -> None:
    small_site.html("sv", "study/digital/")
