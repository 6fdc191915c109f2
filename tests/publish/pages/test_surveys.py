"""A group's own surveys, as readers meet them."""

import re
from pathlib import Path

import pytest
from tests.intake.test_surveys import ANSWERS, CODEBOOK

from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.intake.surveys import take_survey
from storregion.publish.portal import open_site
from storregion.publish.site import Site

HERE = "1080"
PLACED = 'cross = ["sector"]\nplace = "sector"'


@pytest.fixture
def surveyed(small: Path, store: Path, tmp_path: Path) -> Site:
    """The small group with a survey of two years."""
    # The sectors are two municipalities.
    for file, text in (("answers.csv", ANSWERS), ("codebook.toml", CODEBOOK)):
        text = text.replace("private", HERE).replace("public", "1081").replace('cross = ["sector"]', PLACED)
        (tmp_path / file).write_text(text, "utf-8")
    for year in (2025, 2026):
        take_survey(Workspace(small, store), tmp_path / "answers.csv", tmp_path / "codebook.toml", year)
    work = Workspace(small, store)
    work.build()
    return open_site(work)


@pytest.mark.parametrize(
    ("language", "answer", "withheld"),
    [("sv", "Tre eller fler", "sekretess"), ("en", "Three or more", "suppressed")],
)
def test_answers_stand_in_words_with_what_is_withheld(
    surveyed: Site, language: Language, answer: str, withheld: str
) -> None:
    html = surveyed.html(language, "study/surveys/")
    assert answer in html
    assert f'title="{withheld}"' in html
    views = surveyed.page(language, "study/surveys/").views
    assert set(views["survey-remote-days"].frame["year"]) == {2025, 2026}
    assert set(views["groups"].frame["by"]) == {"sector"}
    picture = views["survey-remote-days"].picture
    assert picture is not None
    assert "<svg" in picture.draw(340)


def test_a_group_without_surveys_says_how_to_read_one(site: Site) -> None:
    html = re.sub(r"<[^>]+>", "", site.html("sv", "study/surveys/"))
    assert "storregion survey" in html
    assert site.page("sv", "study/surveys/").views == {}


def test_a_place_has_its_own_answers_beside_everybodys(surveyed: Site) -> None:
    page = surveyed.page("en", f"place/{HERE}/")
    found = page.views["survey-all"].frame
    # Of the latest year only; the question of the place itself has no groups.
    assert set(found["year"]) == {2026}
    assert set(found["question"]) == {"days", "why"}
    assert set(found["group"]) == {HERE, "all"}
    # Here three of six say two days, more than say another number; of all they are 4.5 of 11 by weight.
    html = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", surveyed.html("en", f"place/{HERE}/")))
    assert "“Two”, 50.0" in html
    assert "Among all respondents 40.9" in html
    assert "survey-all" not in surveyed.page("en", "place/1082/").views
