from pathlib import Path

import pytest

from storregion.core import group
from storregion.core.errors import SettingError
from storregion.core.workspace import Workspace
from storregion.strategy import editions, followup

EDITION = """
year = 2030
title = { sv = "Utgåva", en = "Edition" }
document = "plan"
[goal]
text = "Mål"
translation = "Goal"
document = "plan"
[focus.rail]
label = { sv = "Järnväg", en = "Rail" }
words = { text = "Spår", translation = "Rail", document = "plan" }
"""
INDICATOR = """
title = { sv = "Takt", en = "Rate" }
about = { sv = "Takten.", en = "The rate." }
headline = { sv = "{value} sedan {previous_year}.", en = "{value} since {previous_year} in {year}." }
table = "growth"
column = "annual_percent"
place = "blekinge-test"
classes = [0.0, 0.5]
focus = ["2030/goal", "2030/rail"]
"""


def write(folder: Path, name: str, content: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, "utf-8")


def with_strategy(folder: Path, edition: str = EDITION, indicator: str = INDICATOR) -> Path:
    write(folder, "strategy/documents.toml", '[plan]\ntitle = "Plan"\npublisher = "Regionen"\n')
    write(folder, "strategy/2030.toml", edition)
    write(folder, "indicators/rate.toml", indicator)
    return folder


def test_the_bundled_strategy_is_whole(bundled: Workspace) -> None:
    strategy = editions.read(group.bundled())
    assert sorted(strategy.editions) == [2010, 2018, 2025]
    assert strategy.latest is strategy.editions[2025]
    # A goal whose words are not known is said to be so, not left out.
    assert strategy.editions[2010].goal is None
    assert strategy.editions[2010].unknown
    found = followup.read(bundled, strategy)
    assert next(iter(found.indicators)) == "population_growth"
    untold = [
        element for element in strategy.elements() if not found.of(element) and element not in found.not_yet
    ]
    assert untold == []


def test_a_group_without_a_strategy_has_none(small: Path, store: Path) -> None:
    strategy = editions.read(small)
    assert (strategy.editions, strategy.latest, strategy.elements()) == ({}, None, {})
    assert followup.read(Workspace(small, store), strategy).indicators == {}


def test_an_indicator_follows_cells_of_a_study(small: Path, store: Path) -> None:
    work = Workspace(with_strategy(small), store)
    found = followup.read(work, editions.read(small))
    indicator = found.indicators["rate"]
    assert list(found.of("2030/rail")) == ["rate"]
    series = followup.series(indicator, work)
    assert series["place"].unique().to_list() == ["blekinge-test"]
    assert series["year"].to_list() == sorted(series["year"].to_list())
    one = followup.series(indicator, work, "1080").filter(year=2024)["annual_percent"].item()
    assert one == work.figure("growth", "annual_percent", place="1080", year=2024).value
    schema = work.schemas["growth"]
    assert set(followup.parts(indicator, schema)) == {"value", "year", "previous_year", "base_year"}


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("year = 2030", "year = 2031", "the edition is of 2031; name the file 2031.toml"),
        ('document = "plan"', 'document = "paln"', "no document 'paln'; did you mean 'plan'?"),
        ("[focus.rail]", "[focus.goal]", "'goal' is the overall goal's address"),
        ('[goal]\ntext = "Mål"\ntranslation = "Goal"\ndocument = "plan"\n', "", "say why under [[unknown]]"),
        ("[focus.rail]", "[focus.Rail]", "matching regex"),
    ],
)
def test_a_wrong_edition_is_refused(small: Path, right: str, wrong: str, fault: str) -> None:
    assert right in EDITION
    with_strategy(small, EDITION.replace(right, wrong))
    with pytest.raises(SettingError) as error:
        editions.read(small)
    assert fault in str(error.value)
    assert "2030.toml" in str(error.value)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ('"growth"', '"grwth"', "there is no table 'grwth'; did you mean 'growth'?"),
        ('"annual_percent"', '"anual_percent"', "did you mean 'annual_percent'?"),
        ('"annual_percent"', '"base_annual_percent"', "counts from one base year, so its points overlap"),
        (
            "classes",
            'unknown.wanted = { sv = "X", en = "X" }\nwanted = "up"\nclasses',
            "'wanted' is given and",
        ),
        (
            "classes",
            'breaks = [{ year = 2003, places = ["9999"], why = { sv = "X", en = "X" } }]\nclasses',
            "there is no place '9999'",
        ),
        ('"annual_percent"', '"base_absent"', "holds no numbers"),
        ('"blekinge-test"', '"blekinge"', "has no place 'blekinge'; did you mean 'blekinge-test'?"),
        ('place = "blekinge-test"\n', "", "leaves ['place', 'year'] open"),
        ('place = "blekinge-test"\n', 'where = { place = "1080" }\n', "which needs a 'place'"),
        ('place = "blekinge-test"\n', 'where = { plcae = "1080" }\n', "'plcae' is not in the key"),
        ('place = "blekinge-test"\n', 'place = "1080"\nwhere = { year = 2024 }\n', "leaves ['place'] open"),
        (
            'place = "blekinge-test"\n',
            'place = "1080"\nwhere = { basis = "observed" }\n',
            "'basis' is not in",
        ),
        ("[0.0, 0.5]", "[0.5, 0.0]", "must rise"),
        ("[0.0, 0.5]", "[0.5, 0.5]", "must rise"),
        ('"2030/rail"', '"2030/rial"', "the strategy has no '2030/rial'; did you mean '2030/rail'?"),
        ("in {year}", "in {yaer}", "the headline names {yaer}; did you mean 'year'?"),
        ("in {year}", "in {0}", "the headline names {0}"),
    ],
)
def test_a_wrong_indicator_is_refused(small: Path, store: Path, right: str, wrong: str, fault: str) -> None:
    assert right in INDICATOR
    with_strategy(small, indicator=INDICATOR.replace(right, wrong))
    with pytest.raises(SettingError) as error:
        followup.read(Workspace(small, store), editions.read(small))
    assert fault in str(error.value)
    assert "rate.toml" in str(error.value)


def test_a_key_value_that_is_not_in_the_table_is_refused(small: Path, store: Path) -> None:
    indicator = INDICATOR.replace('"growth"', '"age_divergence"').replace('"annual_percent"', '"deviation"')
    indicator = indicator.replace(
        'place = "blekinge-test"\nclasses = [0.0, 0.5]', 'where = { age_group = "0_91" }'
    )
    with_strategy(
        small, indicator=indicator.replace(" sedan {previous_year}", "").replace(" since {previous_year}", "")
    )
    with pytest.raises(SettingError, match="has no age_group '0_91'; did you mean '0_19'"):
        followup.read(Workspace(small, store), editions.read(small))


def test_a_name_that_no_address_can_hold_is_refused(small: Path, store: Path) -> None:
    with_strategy(small)
    (small / "indicators" / "rate.toml").rename(small / "indicators" / "Växt takt?.toml")
    with pytest.raises(SettingError, match="the name is part of an address"):
        followup.read(Workspace(small, store), editions.read(small))


def test_a_reason_for_an_unknown_element_is_refused(small: Path, store: Path) -> None:
    with_strategy(small)
    write(small, "followup.toml", '[reasons."2030/rial"]\nsv = "Ej än."\nen = "Not yet."\n')
    with pytest.raises(SettingError, match="the strategy has no '2030/rial'; did you mean '2030/rail'"):
        followup.read(Workspace(small, store), editions.read(small))
