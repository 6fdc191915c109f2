"""Why projections of counties differ, as a reader meets it."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.numbers import rounded
from storregion.publish.site import Site


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "said"), [("sv", "Inrikes flyttningar avgör"), ("en", "Domestic moves decide")]
)
def test_a_county_says_what_domestic_moves_decide(site: Site, language: Language, said: str) -> None:
    rows = site.workspace.table("county_moves").filter(county="01", year=2040, path="years_5")
    thousand = f"{rounded(rows['persons'].item()):,}".replace(",", " " if language == "sv" else ",")
    for address in ("place/01/", "study/county_moves/"):
        html = words(site.html(language, address))
        assert said in html
        assert thousand in html
    assert said not in words(site.html(language, "place/0330/"))


def test_every_county_of_the_group_has_a_mark_for_each_path(site: Site) -> None:
    view = site.page("sv", "study/county_moves/").views["ends"]
    assert view.picture is not None
    assert view.picture.spec is not None
    spec = view.picture.spec(680)
    assert len(spec["data"]["values"]) == 4 * len(site.workspace.group.counties)  # type: ignore[index]
    assert "<svg" in view.picture.draw(680)
