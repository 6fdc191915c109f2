"""Why jobs grew, as a planner meets it: who gained by itself, in words and in one picture."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import shift_share
from storregion.publish.site import Site


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [
        (
            "sv",
            "7,6 % fler jobb fick Uppsala län 2000–2017",
            "−11,4 % i Gävleborgs län",
        ),
        (
            "en",
            "7.6% more jobs in Uppsala County 2000–2017",
            "−11.4% in Gävleborg County",
        ),
    ],
)
def test_the_answer_names_the_first_and_the_last(
    site: Site, language: Language, first: str, last: str
) -> None:
    html = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", site.html(language, "study/shift_share/")))
    assert first in html
    assert last in html


def test_the_picture_has_three_parts_for_each_county(site: Site) -> None:
    picture = shift_share.study(site, "sv").views[0].picture
    assert picture is not None
    assert picture.spec is not None
    bars, sums = (layer["data"]["values"] for layer in picture.spec(680)["layer"])  # type: ignore[attr-defined]
    assert len(bars) == 3 * len(sums) == 3 * len(site.workspace.group.counties)
    for one in sums:
        parts = [bar["value"] for bar in bars if bar["name"] == one["name"]]
        assert sum(parts) == pytest.approx(one["value"])
    assert "<svg" in picture.draw(680)


def test_a_group_without_the_figures_has_a_page_all_the_same(small_site: Site) -> None:
    assert "study/shift_share/" in small_site.makers
    small_site.html("sv", "study/shift_share/")
