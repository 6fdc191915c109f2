"""Remote work by link, as a planner meets it."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.site import Site


@pytest.mark.parametrize(
    ("language", "said"), [("sv", "oavsett färdmedel"), ("en", "whatever they travel by")]
)
def test_the_page_answers_first_and_draws_every_link(site: Site, language: Language, said: str) -> None:
    html = site.html(language, "study/remote_links/")
    assert said in re.sub(r"<[^>]+>", "", html)
    page = site.page(language, "study/remote_links/")
    rows = page.views["map"].frame
    assert rows["avoided"].is_sorted(descending=True)
    assert html.count('<g class="flow"') == rows.height
    # The week is that of the link with most.
    assert page.views["week"].frame["avoided"].max() == rows["avoided"].max()
    assert page.views["week"].frame.height == 5
    for name in ("map", "week"):
        picture = page.views[name].picture
        assert picture is not None
        assert "<svg" in picture.draw(680)


def test_a_group_without_a_timetable_has_no_links(small_site: Site) -> None:
    assert small_site.page("sv", "study/remote_links/").views == {}


def test_a_station_says_how_many_near_it_are_at_home(site: Site) -> None:
    html = re.sub(r"<[^>]+>", "", site.html("sv", "access/station/knivsta-station/"))
    assert re.search(r"En fredag arbetar cirka \d[\d\s]*sysselsatta som bor nära stationen hemma", html)
    rows = site.page("sv", "study/remote_links/").views["stations"].frame
    assert rows["at_home"].is_sorted(descending=True)
    assert (rows["at_home"] < rows["residents_near"]).all()
