"""Remote work, as a planner meets it: trips not made first, then who gains, then the week."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import remote_work
from storregion.publish.reports import labour
from storregion.publish.reports.subject import subject
from storregion.publish.site import Site


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", r"reser cirka (\d+ \d{3}) av dem inte till arbetet"),
        ("en", r"about (\d+,\d{3}) of them do not"),
    ],
)
def test_a_municipality_says_how_many_do_not_travel(site: Site, language: Language, said: str) -> None:
    found = re.search(said, words(site.html(language, "place/0330/")))
    row = site.workspace.table("remote_effect").filter(place="0330", response="weak")
    assert found is not None
    # Rounded to two digits.
    assert int(re.sub(r"\D", "", found[1])) == pytest.approx(row["avoided"].item(), rel=0.05)


def test_which_way_people_are_drawn_is_said_without_signs(site: Site) -> None:
    assert re.search(r"drar hit \d,\d %\S* ?\S* ?till", words(site.html("sv", "place/0330/")))
    solna = words(site.html("sv", "place/0184/"))
    assert re.search(r"drar härifrån \d,\d %", solna)
    assert "\u2212" not in solna[solna.index("drar härifrån") : solna.index("drar härifrån") + 60]


def test_the_study_shows_map_week_relations_and_assumptions(site: Site) -> None:
    page = site.page("sv", "study/remote_work/")
    assert page.views["map"].frame.height == 88
    assert page.views["pairs"].frame["avoided"].is_sorted(descending=True)
    # Monday and Friday are alike; all parts of the page show the same day.
    assert page.views["pairs"].frame["weekday"].unique().to_list() == ["friday"]
    assert page.views["classes"].frame.height == 2
    # In every municipality on one day; those who gain most people come first, as among the bars.
    present = page.views["present"].frame
    assert (present.height, present["weekday"].unique().to_list()) == (88, ["friday"])
    assert present["place"].head(3).to_list() == page.views["ranking"].frame["place"].head(3).to_list()
    assert (present["present"] - present["jobs"]).to_list() == pytest.approx(
        present["present_change"].to_list(), abs=1e-6
    )
    # The municipality with the most jobs has fewer people on every weekday.
    assert (page.views["weekdays"].frame["present_change"] < 0).all()
    picture = page.views["weekdays"].picture
    assert picture is not None
    assert "<svg" in picture.draw(680)


def test_neither_country_nor_group_has_a_section(site: Site) -> None:
    for row in site.workspace.table("places").filter(kind="country").iter_rows(named=True):
        assert remote_work.place_sections(site, "sv", row) == []


@pytest.mark.parametrize("code", ["0330", "03"])
def test_the_underlag_says_it_in_a_sentence(site: Site, code: str) -> None:
    said = [sentence.template for sentence in labour.remote(subject(site, "sv", code))]
    assert len(said) == 2
    assert "görs inte en medelvardag" in said[0]


def test_a_group_without_the_figures_shows_nothing(small_site: Site) -> None:
    row = small_site.workspace.table("places").filter(kind="municipality").row(0, named=True)
    assert remote_work.place_sections(small_site, "sv", row) == []
    assert list(remote_work.place_tiles(small_site, "sv", row)) == []
    small_site.html("sv", "study/remote_work/")
