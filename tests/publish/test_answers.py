"""What a study answers first: figures and a ranking, as its file of words asks for them."""

import polars as pl
import pytest
from tests.conftest import Built

from storregion import studies
from storregion.core.errors import SettingError
from storregion.core.language import LANGUAGES
from storregion.core.words import study_words, word_file
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
