"""Work that can be done remotely, as a planner meets it."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.site import Site


@pytest.mark.parametrize(
    ("language", "answer"),
    [("sv", r"Mellan (\d+,\d) % .* och (\d+,\d) %"), ("en", r"Between (\d+\.\d)% .* and (\d+\.\d)%")],
)
def test_the_answer_names_both_bounds(site: Site, language: Language, answer: str) -> None:
    html = re.sub(r"<[^>]+>", " ", site.html(language, "study/remote_potential/")).replace("\xa0", " ")
    said = re.search(answer, re.sub(r"\s+", " ", html))
    row = site.workspace.table("remote_potential").filter(place=site.workspace.group.code, side="residents")
    assert said is not None
    shares = [100 * row[name].item() for name in ("share_low", "share_high")]
    assert [float(number.replace(",", ".")) for number in said.groups()] == pytest.approx(shares, abs=0.05)


def test_every_municipality_is_on_the_map_and_every_survey_in_the_table(site: Site) -> None:
    page = site.page("sv", "study/remote_potential/")
    assert page.views["map"].frame.height == 88
    assert page.views["practice"].frame.height == site.workspace.table("remote_practice").height
    assert page.context["map_svg"].count('<path class="area"') == 88


def test_a_group_without_the_figures_has_a_page_without_them(small_site: Site) -> None:
    assert small_site.page("sv", "study/remote_potential/").views == {}
