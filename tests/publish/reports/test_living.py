"""What a report says of studying, living and moving: the same sentences and figures as the place's page."""

import pytest

from storregion.publish.pages import education, housing, moves
from storregion.publish.reports import living
from storregion.publish.reports.subject import subject
from storregion.publish.site import Site


@pytest.mark.parametrize("code", ["0486", "04"])
def test_a_report_says_what_the_page_says(site: Site, code: str) -> None:
    it = subject(site, "sv", code)
    row = site.workspace.table("places").filter(place=code).row(0, named=True)
    pages = [
        part for module in (education, housing, moves) for part in module.place_sections(site, "sv", row)
    ]
    found = living.sections(it)
    assert [section.name for section in found] == [part.name for part in pages]
    for section, part in zip(found, pages, strict=True):
        sentences = section.blocks[0].sentences  # type: ignore[union-attr]
        assert len(sentences) == len(part.context["said"]) > 0


def test_a_county_has_homes_and_moves_and_no_study_places(site: Site) -> None:
    assert [section.name for section in living.sections(subject(site, "en", "04"))] == ["housing", "moves"]


def test_a_group_without_these_tables_has_no_such_sections(small_site: Site) -> None:
    places = small_site.workspace.table("places")
    code = places.filter(kind="municipality")["place"][0]
    assert living.sections(subject(small_site, "sv", code)) == []
