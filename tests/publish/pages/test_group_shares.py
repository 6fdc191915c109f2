"""The group's part of the country on the study's page: every year, the newest first, and small charts."""

import pytest

from storregion.core.language import Language
from storregion.publish.pages import group_shares
from storregion.publish.site import Site


@pytest.mark.parametrize(("language", "word"), [("sv", "Invånare"), ("en", "Inhabitants")])
def test_every_year_is_shown_the_newest_first(site: Site, language: Language, word: str) -> None:
    view = group_shares.study(site, language).views[0]
    assert view.frame.height == site.workspace.table("group_shares").height
    assert view.frame["year"].is_sorted(descending=True)
    html = site.html(language, "study/group_shares/")
    assert f">{word}<" in html
    drawn = site.answer(f"{language}/study/group_shares/shares.svg").body.decode()
    assert drawn.count(f">{word}: ") == 2


def test_the_goal_has_both_indicators(site: Site) -> None:
    following = site.followup.of("2025/goal")
    assert {"jobs_country_share", "growth_outside"} <= set(following)
    assert all(
        following[name].target is None and following[name].wanted == "undecided"
        for name in ("jobs_country_share", "growth_outside")
    )
