"""What a study answers first: figures and a ranking, as its file of words asks for them."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from tests.conftest import Built

from storregion import studies
from storregion.core.errors import SettingError
from storregion.core.language import LANGUAGES, Text
from storregion.core.lineage import Figure
from storregion.core.words import Answer, Ranking, Rows, study_words, word_file
from storregion.publish import answers as made_by
from storregion.publish.answers import MOST_BARS, answers, ranking
from storregion.publish.pages.studies import in_force
from storregion.publish.portal import open_site, parts
from storregion.publish.site import Site

WITHOUT = {
    "node_levels",
    "projection_operations",
    "region_frames",
    "migration_goals",
    "employment_operations",
    "power_operations",
}
"""Studies that answer with names of levels, only in scenarios, or what a reader fills in."""


@pytest.fixture
def site(built: Built) -> Site:
    """The portal of the bundled group."""
    return open_site(built("base"))


@pytest.mark.parametrize("study", sorted(study_words(studies).keys() - WITHOUT))
def test_every_study_answers_with_all_the_figures_its_words_promise(site: Site, study: str) -> None:
    promised = word_file(f"{studies.__name__}.{study}").answers
    assert promised or parts().studies[study](site, "sv").answers
    for language in LANGUAGES:
        found = list(answers(site, language, study))
        assert [it.words for it in found] == [it.words for it in promised]
        assert all(it.figure.value is not None for it in found)


def test_the_answer_is_of_the_first_row_in_the_order_asked_for(site: Site) -> None:
    quickest, slowest = answers(site, "sv", "mean_times")
    times = site.workspace.table("mean_times").filter(period="morning", way="depart_at")["minutes"]
    assert (quickest.figure.value, slowest.figure.value) == (times.min(), times.max())


def test_only_places_of_the_group_are_ranked(site: Site) -> None:
    view = ranking(site, "en", "labour_markets")
    own = site.workspace.table("places").filter(kind="municipality")["place"]
    assert view is not None
    assert 0 < view.frame.height <= MOST_BARS
    assert set(view.frame["centre"]) <= set(own)
    # The matrix covers the whole country, and so do its labour markets.
    assert set(site.workspace.table("labour_market_sizes")["centre"]) - set(own)


def test_a_ranking_is_in_order_and_says_its_first_and_last_in_words(site: Site) -> None:
    view = ranking(site, "en", "growth")
    assert view is not None
    assert view.picture is not None
    values = view.frame["base_annual_percent"]
    assert values.is_sorted(descending=True)
    assert view.frame.height == MOST_BARS
    names = dict(site.workspace.table("places").select("place", "name_en").iter_rows())
    first, last = (names[view.frame["place"][at]] for at in (0, -1))
    assert f"{first} {values[0]:.2f}" in view.picture.alt
    assert f"{last} {values[-1]:.2f}" in view.picture.alt
    assert first in view.picture.draw(680)


def test_a_share_is_drawn_in_per_cent(site: Site) -> None:
    view = ranking(site, "en", "nodes")
    assert view is not None
    assert view.picture is not None
    assert f">{view.frame['contained'][0] * 100:.1f}<" in view.picture.draw(680)


def test_a_study_without_rows_for_its_answer_says_none(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = site.workspace.table("mean_times").filter(pl.lit(value=False))
    table = site.workspace.table
    monkeypatch.setattr(
        type(site.workspace), "table", lambda work, name: empty if name == "mean_times" else table(name)
    )
    assert list(answers(site, "sv", "mean_times")) == []
    assert ranking(site, "sv", "mean_times") is None


def test_a_text_says_its_assumptions_as_they_are_in_force(site: Site) -> None:
    said = "Minst {least_nodes} nod inom {limit_minutes} minuter, {near_km} km bort."
    assert in_force(said, site, "sv", ["access_stations"]) == "Minst 1 nod inom 60 minuter, 1,5 km bort."
    assert in_force("{near_km}", site, "en", ["access_stations"]) == "1.5"
    # A group without the table has no value to say.
    assert in_force("{near_km}", site, "en", []) == "near_km"


def test_a_text_that_names_no_assumption_is_refused(site: Site) -> None:
    with pytest.raises(SettingError, match=r"names \{near_kn\}; did you mean 'near_km'"):
        in_force("{near_kn}", site, "en", ["access_stations"])


# ---- The small group: 157 223 people in 2024; Karlskrona 66 301, Ronneby 28 741, Olofström 13 000.

LARGEST = ["1080", "1082", "1081", "1083", "1060"]
"""The five municipalities of the small group, from the one with most people."""


def test_a_large_figure_names_its_place_and_year_in_words_and_numbers_as_figures(small_site: Site) -> None:
    group, highest, lowest = answers(small_site, "en", "growth")
    assert (group.parts["place"], group.parts["year"]) == ("Blekinge on trial", "2024")
    assert (highest.parts["place"], lowest.parts["place"]) == ("Karlskrona", "Olofström")
    people = group.parts["persons"]
    assert isinstance(people, Figure)
    assert (people.value, people.unit) == (157223, "persons_of_place")
    assert people.where == (("place", "blekinge-test"), ("year", 2024))


def test_the_words_under_the_bars_name_the_first_and_the_last(small_site: Site) -> None:
    view = ranking(small_site, "en", "growth")
    assert view is not None
    assert view.picture is not None
    # A year from 2005 to 2024: Karlskrona 61 383 to 66 301, so 100 ((66301 / 61383)^(1/19) - 1) = 0.41 %;
    # Olofström 13 391 to 13 000, so -0.16 %.
    said = "Bar chart with 5 rows: Karlskrona 0.41% a year first, Olofström −0.16% a year last."
    assert view.picture.alt.startswith(said)
    assert view.frame["place"].to_list()[0::4] == ["1080", "1060"]


Asking = Callable[..., None]


@pytest.fixture
def asking(small_site: Site, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """Let every study ask for some rows, of a table `growth` with other or more columns."""
    real = type(small_site.workspace).table

    def ask(*asked: Rows, **more: Any) -> None:
        words = SimpleNamespace(
            answers=[one for one in asked if isinstance(one, Answer)],
            ranking=next((one for one in asked if isinstance(one, Ranking)), None),
        )
        monkeypatch.setattr(made_by, "word_file", lambda _: words)
        monkeypatch.setattr(
            type(small_site.workspace),
            "table",
            lambda work, name: (
                real(work, name).with_columns(**more) if name == "growth" else real(work, name)
            ),
        )

    return ask


def people(site: Site) -> list[object]:
    """The large figures of a study that asks."""
    return [it.figure.value for it in answers(site, "en", "growth")]


def asked_people(**more: Any) -> Answer:
    return Answer(table="growth", figure="persons", words=Text("invånare", "residents"), **more)


@pytest.mark.parametrize("column", ["municipality", "home", "work", "other", "centre", "county", "geography"])
def test_an_answer_is_of_the_groups_own_places_of_the_kind_its_column_holds(
    small_site: Site, asking: Asking, column: str
) -> None:
    own = {"county": "10", "geography": "blekinge-test"}.get(column, "1082")
    # Most people have the rows of a place outside, and of a place of another kind: a node, or Karlshamn.
    other = {"county": "1081", "geography": "10"}.get(column, "karlskrona")
    codes = pl.col("place").replace_strict({"1080": "0114", "1082": other, "1081": own}, default=None)
    asking(asked_people(kind="municipality", highest="persons"), **{column: codes})
    assert people(small_site) == [28741]
    asking(asked_people(kind="municipality", highest="persons", where={column: "0114"}), **{column: codes})
    assert people(small_site) == [66301]


def test_what_has_no_rows_says_nothing_and_what_follows_is_said_all_the_same(
    small_site: Site, asking: Asking
) -> None:
    nowhere = asked_people(where={"place": "0114"})
    absent = Answer(table="freight", figure="total_kt", words=Text("kiloton", "kilotonnes"))
    asking(nowhere, absent, asked_people(kind="group"))
    assert people(small_site) == [157223]


def test_rows_are_in_the_order_asked_for_without_those_that_have_no_value(
    small_site: Site, asking: Asking
) -> None:
    both = (
        asked_people(kind="municipality", highest="change"),
        asked_people(kind="municipality", lowest="change"),
    )
    asking(*both, change=pl.col("persons").cast(pl.Int64))
    assert people(small_site) == [66301, 13000]
    shown = pl.col("place").is_in(["1081", "1082"])
    asking(*both, change=pl.when(shown).then(pl.col("persons").cast(pl.Int64)))
    assert people(small_site)[1] == 28741


def test_a_ranking_is_of_the_latest_year_unless_another_is_asked_for(
    small_site: Site, asking: Asking
) -> None:
    rows: dict[str, Any] = {
        "table": "growth",
        "kind": "municipality",
        "of": ["place"],
        "title": Text("Folk", "People"),
    }
    asking(Ranking(**rows, highest="persons"))
    latest = ranking(small_site, "en", "growth")
    asking(Ranking(**rows, lowest="persons", where={"year": 2005}))
    early = ranking(small_site, "en", "growth")
    assert latest is not None
    assert early is not None
    assert latest.frame["place"].to_list() == LARGEST
    assert (latest.frame["year"].unique().to_list(), early.frame["year"].unique().to_list()) == (
        [2024],
        [2005],
    )
    assert early.frame["persons"].is_sorted()
    assert latest.columns == ["place", "persons"]
