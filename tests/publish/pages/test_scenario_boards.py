"""What a scenario changes for whom: large figures first, only what changes, and no board that is empty."""

import re
from html import unescape
from typing import cast

import polars as pl
import pytest

from storregion.core import scenario
from storregion.core.comparison import Comparison
from storregion.publish import scenario_effects
from storregion.publish.pictures import dumbbell
from storregion.publish.scenario_effects import MAKERS, effects
from storregion.publish.site import Site


def words(html: str) -> str:
    """The words of a page as a reader sees them."""
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).replace("\u00a0", " ").split())


def first(html: str) -> str:
    """The large figures of a board and the words below them."""
    start = html.index('<section class="alike"')
    return words(html[start : html.index("</section>", start)])


def test_every_scenario_of_the_group_has_a_board_with_an_answer(site: Site) -> None:
    assert site.boards == scenario.names(site.workspace.folder)
    assert set(site.scenarios) < set(site.boards)
    for name in site.boards:
        html = site.html("sv", f"scenario/{name}/")
        assert '<ul class="tiles' in html, name
        found = effects(site, "sv", site.scenario(name), "")
        # What changes is shown, what does not is named once.
        text = words(html)
        unchanged = text[text.index("Oförändrat eller nästan: ") :].partition(".")[0]
        assert unchanged.count(",") + 1 == len(MAKERS) - len(found), name
        assert text.count("Oförändrat eller nästan: ") == 1


def test_a_railway_says_the_hubs_times_first_then_who_reaches_more(site: Site) -> None:
    text = first(site.html("sv", "scenario/ostlanken/"))
    # Typical minutes of the line plan, today and with the published gains of 40, 30 and 18 minutes.
    assert "108 → 68 minuter Stockholm–Linköping" in text
    assert "83 → 53 minuter Stockholm–Norrköping" in text
    assert "62 → 44 minuter Nyköping–Stockholm" in text
    assert text.index("Nyköping–Stockholm") < text.index("fler invånare inom en timme från Nyköping")
    html = words(site.html("sv", "scenario/ostlanken/"))
    # Assumptions and caveats before the matrix of all times.
    assert html.index("Linköpings vinst omkring sex minuter mindre") < html.index("Med ändringen minus före")


def test_a_line_between_others_than_the_hub_is_said_where_it_runs(site: Site) -> None:
    text = first(site.html("sv", "scenario/aroslanken/"))
    # Published: Västerås–Uppsala in 40 minutes.
    assert "77 → 40 minuter Uppsala–Västerås" in text


def test_a_seldom_train_that_leaves_the_typical_time_shows_the_wait(site: Site) -> None:
    text = first(site.html("sv", "scenario/oslo-sthlm/"))
    assert "127 → 120 minuter Örebro–Stockholm, med väntan; typisk restid 105 minuter" in text


def test_homes_are_said_in_people_and_no_times_are_shown(site: Site) -> None:
    html = site.html("sv", "scenario/bostadsprogram/")
    both = Comparison(site.workspace, site.scenario("bostadsprogram"), "projection", ("persons",))
    row = both.frame.filter(place="0380", year=2050, frame="base").row(0, named=True)
    # 630 homes a year with two people each from 2030 are 26 460 people in 2050, before births and deaths.
    assert 0.8 * 26_460 < row["persons_difference"] < 1.2 * 26_460
    assert f'value="{row["persons_difference"]}"' in html[: html.index("</section>")]
    assert '<table class="matrix">' not in html
    assert "Oförändrat eller nästan: restider" in words(html)
    assert "Nya bostäder: Uppsala" in words(html)


def test_homes_are_said_in_power_too_with_a_map_and_its_file(site: Site) -> None:
    html = site.html("sv", "scenario/bostadsprogram/")
    other = site.scenario("bostadsprogram")
    both = Comparison(site.workspace, other, "power_peaks", ("peak_least",))
    row = both.frame.filter(place="0380", year=2050).row(0, named=True)
    assert row["peak_least_difference"] > 5
    assert "MW mer behövs i Uppsala den högsta timmen 2050, som minst" in first(html)
    assert 'href="map-peaks.csv"' in html
    view = site.page("sv", "scenario/bostadsprogram/").views["map-peaks"]
    assert view.picture is not None
    assert view.frame.height == site.workspace.table("places").filter(kind="municipality").height
    # People who are moved by hand in the past change no year to come, and have no such map.
    assert "map-peaks" not in site.html("sv", "scenario/stockholm-still/")
    assert "map-peaks" not in site.page("sv", "scenario/stockholm-still/").views


def test_a_request_for_power_is_said_in_margin(site: Site) -> None:
    # 450 MW less 414 in 2050 are 36; with 100 more they are 64 too few.
    text = first(site.html("sv", "scenario/uppsala-100-mw/"))
    assert "36 → −64 MW marginal i Uppsala med Knivsta den högsta timmen 2050" in text
    assert "Beviljad förfrågan om el: Ny stor användare" in words(site.html("sv", "scenario/uppsala-100-mw/"))


def test_a_thought_experiment_says_exactly_what_it_sets(site: Site) -> None:
    text = first(site.html("sv", "scenario/stockholm-still/"))
    # The scenario's file sets 988 943; published are 995 574.
    assert "Stockholm 2024: 995 574 → 988 943" in text
    # A change that rounding hides is no answer.
    assert "jobb" not in text


def test_only_rows_that_change_are_shown(site: Site) -> None:
    for name, effect in effects(site, "sv", site.scenario("ostlanken"), "").items():
        change = effect.view.frame[next(it for it in effect.view.columns if it.endswith("_difference"))]
        least = 0.5 if name == "times" else 1
        assert change.abs().min() >= least, name  # type: ignore[operator]


def test_a_node_sees_its_own_and_one_without_any_change_is_told_so(site: Site) -> None:
    other = site.scenario("ostlanken")
    own = effects(site, "sv", other, "nykoping")
    frame = own["times"].view.frame
    assert frame.filter((pl.col("origin") != "nykoping") & (pl.col("destination") != "nykoping")).is_empty()
    assert set(own["residents"].view.frame["node"]) == {"nykoping"}
    asked = site.filled_in("sv", "scenario/oslo-sthlm/", {"place": ["eskilstuna"]}).body.decode()
    assert "Ingen restid och ingen räckvidd ändras för Eskilstuna." in words(asked)
    unknown = site.filled_in("sv", "scenario/ostlanken/", {"place": ["x"]}).body.decode()
    assert "Finns inte: x." in words(unknown)


@pytest.mark.parametrize(
    ("to_hub", "said"),
    [
        # Half of the 40 minutes between others is enough to be said first; less than half is not.
        (20.0, [("h", "a")]),
        (19.0, [("a", "b"), ("h", "a"), ("b", "c")]),
    ],
)
def test_pairs_with_the_hub_are_said_first_where_they_change_half_as_much(
    monkeypatch: pytest.MonkeyPatch, to_hub: float, said: list[tuple[str, str]]
) -> None:
    # What changes by less than a quarter of the 40, as 9 minutes between c and d, is not said.
    monkeypatch.setattr(scenario_effects, "hub", lambda site: "h")
    pairs = pl.DataFrame(
        [("a", "b", -40.0), ("h", "a", -to_hub), ("b", "c", -10.0), ("c", "d", -9.0)],
        schema=["origin", "destination", "change"],
        orient="row",
    )
    site = cast(Site, None)
    rows = scenario_effects._to_hub_first(site, pairs, pl.col("change").abs())
    assert rows.select("origin", "destination").rows() == said


def test_bars_begin_at_a_common_line_and_grow_with_the_change() -> None:
    changes = [dumbbell.Change("A", 10, 30), dumbbell.Change("B", 10, 0), dumbbell.Change("C", 5, 5)]
    drawn = dumbbell.bars(changes, ["+20", "−10", "0"], "Change")
    found = re.findall(r'class="(more|less)" x="([\d.]+)" y="\d+" width="([\d.]+)"', drawn)
    (kind_a, x_a, wide_a), (kind_b, x_b, wide_b), (kind_c, x_c, wide_c) = found
    assert (kind_a, kind_b, kind_c) == ("more", "less", "more")
    # A is twice as long as B; B ends where A and C begin.
    assert float(wide_a) == pytest.approx(2 * float(wide_b), abs=0.2)
    assert float(x_b) + float(wide_b) == pytest.approx(float(x_a), abs=0.1)
    assert (x_c, wide_c) == (x_a, "1.0")
    assert 'aria-label="Change. A: +20; B: −10; C: 0."' in drawn
    assert dumbbell.bars([], [], "Change") == ""


def test_remote_work_says_what_is_assumed_and_where_people_are_drawn(site: Site) -> None:
    html = site.html("sv", "scenario/distans-hogre/")
    text = words(html)
    # The file's two classes, each with its reason.
    assert "Distansarbete: 25,0 % av de sysselsatta hemma 4,0 dagar i veckan" in text
    assert "Distansarbete: 18,0 % av de sysselsatta hemma 1,0 dagar i veckan" in text
    assert "Var fjärde anställd arbetade mer än hälften av tiden hemma 2021" in text
    assert html.count('class="dumbbell"') == 2
    found = effects(site, "sv", site.scenario("distans-hogre"), "")
    drawn = found["homes"].view.frame.filter(pl.col("place") != site.workspace.group.code)
    # Jobs stay, so what some municipalities gain others lose.
    assert (drawn["residents_difference"] > 0).any()
    assert (drawn["residents_difference"] < 0).any()
    # With trains alone nobody is said to be drawn by remote work.
    assert "homes" not in effects(site, "sv", site.scenario("ostlanken"), "")
