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


@pytest.fixture
def surveyed(small: Path, store: Path, tmp_path: Path) -> Site:
    """The small group with a survey of two years."""
    (tmp_path / "answers.csv").write_text(ANSWERS, "utf-8")
    (tmp_path / "codebook.toml").write_text(CODEBOOK, "utf-8")
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
    assert set(views["remote-days"].frame["year"]) == {2025, 2026}
    assert set(views["groups"].frame["by"]) == {"sector"}
    picture = views["remote-days"].picture
    assert picture is not None
    assert "<svg" in picture.draw(340)


def test_a_group_without_surveys_says_how_to_read_one(site: Site) -> None:
    html = re.sub(r"<[^>]+>", "", site.html("sv", "study/surveys/"))
    assert "storregion survey" in html
    assert site.page("sv", "study/surveys/").views == {}
