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
    for view in page.views.values():
        assert view.picture is not None
        assert "<svg" in view.picture.draw(680)


def test_a_group_without_a_timetable_has_no_links(small_site: Site) -> None:
    assert small_site.page("sv", "study/remote_links/").views == {}
