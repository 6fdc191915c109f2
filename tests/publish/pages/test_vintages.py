"""Others' projections on the page of a place and of the study."""

import json
import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import vintages
from storregion.publish.site import Site


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "Enligt SCB 2024 har Stockholms län 2 632 000 invånare"),
        ("en", "SCB 2024 expects 2,632,000 residents"),
    ],
)
@pytest.mark.parametrize("address", ["place/01/", "study/vintages/"])
def test_the_newest_edition_is_said_beside_ours(
    site: Site, language: Language, said: str, address: str
) -> None:
    assert said in words(site.html(language, address))


def test_every_edition_is_a_named_point_of_the_fan(site: Site) -> None:
    view = site.page("sv", "place/01/").views["projection"]
    assert view.picture is not None
    assert view.picture.spec is not None
    drawn = json.dumps(view.picture.spec(680))
    assert '"value": 2793700, "name"' in drawn
    assert {point["name"] for point in vintages.points(site, "01")} == {"SCB 2022", "SCB 2024"}


def test_a_place_that_nobody_else_has_projected_has_no_such_table(site: Site) -> None:
    assert "vintages" not in site.page("sv", "place/0330/").views
    assert "Andras framskrivningar" not in words(site.html("sv", "place/0330/"))
