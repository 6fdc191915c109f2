"""One common market as a planner meets it: the answer in words, the grids, and weights in the address."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import integration, market_ranking
from storregion.publish.site import Query, Site


def words(html: str) -> str:
    plain = re.sub(r"<[^>]+>", "", re.sub(r"<sup.*?</sup>", "", html))
    return re.sub(r"\s+", " ", plain).replace("\xa0", " ")


def weighed(site: Site, language: Language, query: Query) -> str:
    return words(site.filled_in(language, "market/", query, "").body.decode())


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "ÖMS är flera marknader mellan länen i arbete och utbildning."),
        ("sv", "I arbete går det inte att säga mellan noderna"),
        ("sv", "därför inte prövas mot en modell av avstånd"),
        ("en", "ÖMS is several markets between the counties for work and education."),
        ("en", "For work, it cannot be said between the nodes"),
    ],
)
def test_the_study_says_what_is_one_market_and_what_is_not_known(
    site: Site, language: Language, said: str
) -> None:
    assert said in words(site.html(language, "study/integration/"))


def test_the_grids_have_every_pair_once_in_every_side(site: Site) -> None:
    grids = dict(integration.study(site, "sv").context["grids"])
    # Fourteen nodes have 91 pairs, seven counties 21; of moves nothing can be judged.
    for kind, pairs in (("node", 91), ("county", 21)):
        assert [sum(len(cells) for *_, cells in it["lines"]) for it in grids[kind]] == [pairs] * 4
        *_, moves = grids[kind]
        assert {cell[0] for *_, cells in moves["lines"] for cell in cells} == {"unjudged"}


def test_a_county_says_its_rank_and_its_range(site: Site) -> None:
    row = site.workspace.table("market_ranking").filter(place="04").row(0, named=True)
    said = f"Södermanlands län är plats {row['rank']} av 7 mellan länen"
    html = words(site.html("sv", "place/04/"))
    assert said in html
    assert f"mellan {row['rank_low']} och {row['rank_high']}" in html
    assert "Arbete: starkast med Östergötlands län och Västmanlands län." in html


def test_weights_in_the_address_give_the_order_of_these_weights(site: Site) -> None:
    scores = site.workspace.table("market_scores").filter(side="homes")
    nodes = set(site.workspace.table("nodes")["node"])
    best = scores.filter(scores["place"].is_in(list(nodes))).sort("score")["place"].last()
    name = site.workspace.table("nodes").filter(node=best)["name"][0]
    query = {"work": ["0"], "education": ["0"], "homes": ["10"], "travel": ["0"]}
    assert f"Med dessa vikter är {name} först bland noderna" in weighed(site, "sv", query)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"work": ["11"]}, "Arbete: skriv ett helt tal från 0 till 10."),
        ({"homes": ["-1"]}, "Bostäder: skriv ett helt tal från 0 till 10."),
        ({"travel": ["1.5"]}, "Restid: skriv ett helt tal från 0 till 10."),
        ({"education": ["många"]}, "Utbildning: skriv ett helt tal från 0 till 10."),
        ({side: ["0"] for side in market_ranking.SCORED}, "Alla vikter är noll"),
    ],
)
def test_weights_at_fault_are_refused_with_their_remedy(site: Site, changed: Query, says: str) -> None:
    html = weighed(site, "sv", changed)
    assert says in html
    assert "först bland noderna" not in html


def test_a_group_without_the_figures_has_pages_all_the_same(small_site: Site) -> None:
    small_site.html("sv", "study/integration/")
    small_site.html("sv", "study/market_ranking/")
    assert market_ranking.addresses(small_site) == {}


def test_the_three_markets_are_one_layer_with_a_switch(site: Site) -> None:
    (layer,) = integration.map_layers(site, "sv")
    assert [side for side, _ in layer.choices] == ["work", "education", "homes"]
    municipalities = {code for code in site.atlas.shapes if len(code) == 4}
    for side, _ in layer.choices:
        assert set(layer.paint(side).fills) == municipalities
    # Statistics Sweden 2024: houses sold in Danderyd cost 13 095 000 kronor on average, the most of all.
    colour, words = layer.paint("homes").fills["0162"]
    assert words == "13\xa0095\xa0000\xa0kr"
    assert colour == max(layer.paint("homes").keys, key=lambda key: key.words == "≥ 6\xa0000\xa0000").colour
    # Without a station in the timetable, a municipality has no number of study places; it is not zero.
    without = site.workspace.table("education_reach").filter(limit=60).drop_nulls("reach_absent")["place"]
    for place in municipalities & set(without):
        assert layer.paint("education").fills[place] == (None, "saknas")


def test_a_group_without_the_figures_has_no_layer(small_site: Site) -> None:
    for layer in integration.map_layers(small_site, "sv"):
        for side, _ in layer.choices:
            layer.paint(side)
