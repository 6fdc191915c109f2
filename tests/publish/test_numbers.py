import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.core import units
from storregion.core.errors import CallError
from storregion.core.language import LANGUAGES, Language
from storregion.core.lineage import Figure
from storregion.core.table import ABSENCES, BASES
from storregion.core.workspace import Workspace
from storregion.publish.numbers import (
    ABOUT,
    ABSENT,
    ABSENT_SIGN,
    AT_MOST,
    BASIS,
    BASIS_SIGN,
    FEW,
    changed,
    in_cell,
    in_text,
    plain,
    roughly,
    rounded,
    said,
    with_unit,
    within,
    written,
)

MINUS, SPACE = "\u2212", "\u00a0"


def figure(
    value: float | int | None, unit: str, basis: str = "observed", absent: str | None = None
) -> Figure:
    return Figure(value, unit, "growth", "change", (("place", "0380"), ("year", 2024)), "abc", basis, absent)


@pytest.mark.parametrize(
    ("value", "unit", "sv", "en"),
    [
        (4529298, "persons", f"4{SPACE}529{SPACE}298{SPACE}invånare", f"4,529,298{SPACE}residents"),
        (1, "persons", f"1{SPACE}invånare", f"1{SPACE}resident"),
        (-16804, "persons", f"{MINUS}16{SPACE}804{SPACE}invånare", f"{MINUS}16,804{SPACE}residents"),
        (999, "persons", f"999{SPACE}invånare", f"999{SPACE}residents"),
        (0.6179, "share", f"61,8{SPACE}%", "61.8%"),
        (-0.0123, "share", f"{MINUS}1,2{SPACE}%", f"{MINUS}1.2%"),
        (0.97049, "percent_a_year", f"0,97{SPACE}% per år", "0.97% a year"),
        (25.3141, "percent", f"25,3{SPACE}%", "25.3%"),
        (1.234, "points", f"1,23{SPACE}procentenheter", f"1.23{SPACE}percentage points"),
        (2024, "year", "2024", "2024"),
        (1.0, "ratio", "1,00", "1.00"),
        (1234.56, "ratio", f"1{SPACE}234,56", "1,234.56"),
        (88, "municipalities", f"88{SPACE}kommuner", f"88{SPACE}municipalities"),
        (1, "municipalities", f"1{SPACE}kommun", f"1{SPACE}municipality"),
        (0.6, "minutes", f"1{SPACE}minut", f"1{SPACE}minute"),
        (1.4, "years", f"1{SPACE}år", f"1{SPACE}year"),
        (11.2, "mw", f"11,2{SPACE}MW", f"11.2{SPACE}MW"),
    ],
)
def test_a_number_in_each_language(value: float, unit: str, sv: str, en: str) -> None:
    assert (with_unit(value, unit, "sv"), with_unit(value, unit, "en")) == (sv, en)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", units.known())
@pytest.mark.parametrize("steps", [0, -0.0, -1e-9, -0.49])
def test_nothing_is_never_negative(steps: float, unit: str, language: Language) -> None:
    """What rounds to nothing has no sign; steps are of the last decimal shown."""
    step = 10 ** -units.unit(unit).decimals / units.unit(unit).factor
    value = steps * step
    assert not set(written(value, unit, language)) & {MINUS, "-"}
    assert MINUS in written(-0.51 * step, unit, language)


@given(st.floats(-1e9, 1e9), st.sampled_from(sorted(units.known())), st.sampled_from(LANGUAGES))
def test_what_is_written_can_be_read_back(value: float, unit: str, language: Language) -> None:
    text = written(value, unit, language)
    if language == "sv":
        assert "." not in text
        plain = text.replace(SPACE, "").replace(",", ".")
    else:
        plain = text.replace(",", "")
    form = units.unit(unit)
    read = float(plain.replace(MINUS, "-")) / form.factor
    step = 10**-form.decimals / form.factor
    assert abs(read - value) <= 0.5000001 * step + 1e-12 * abs(value)
    assert not re.search(r"\s", text.replace(SPACE, ""))


def test_every_unit_of_every_table_has_a_form(bundled: Workspace) -> None:
    numeric = {
        column.unit for schema in bundled.schemas.values() for column in schema.columns if column.numeric
    }
    assert numeric - units.known().keys() == set()
    assert len(numeric) > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_for_an_empty_cell_has_its_own_sign_and_words(language: Language) -> None:
    signs = {
        reason: unescape(str(in_cell(figure(None, "persons", absent=reason), language)))
        for reason in ABSENCES
    }
    assert {re.sub("<[^>]*>", "", sign) for sign in signs.values()} == {"..", "x", "–", "|"}
    for reason, sign in signs.items():
        assert f'title="{ABSENT[reason][language]}"' in sign
        assert sign.endswith(f">{ABSENT_SIGN[reason]}</span>")
        assert "data-figure=" in sign
    assert len({ABSENT[reason][language] for reason in ABSENCES}) == len(ABSENCES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_observed_is_marked_and_nothing_else(language: Language) -> None:
    marked = {basis: str(in_cell(figure(5, "minutes", basis), language)) for basis in BASES}
    assert "<sup" not in marked["observed"]
    for basis in ("estimated", "assumed"):
        # A reader sees the letter, a screen reader says the word.
        word, sign = BASIS[basis][language], BASIS_SIGN[basis]
        seen, heard = f'<span aria-hidden="true">{sign}</span>', f'<span class="unseen"> {word}</span>'
        assert f'<sup class="basis" title="{word}">{seen}{heard}</sup>' in marked[basis]


@pytest.mark.parametrize(
    ("value", "basis", "in_table", "in_sentence"),
    [
        (51884, "estimated", f"52{SPACE}000", f"cirka 52{SPACE}000{SPACE}invånare"),
        (4768980, "estimated", f"4{SPACE}770{SPACE}000", f"cirka 4{SPACE}770{SPACE}000{SPACE}invånare"),
        (-1767.3, "estimated", f"{MINUS}1{SPACE}800", f"cirka {MINUS}1{SPACE}800{SPACE}invånare"),
        (774.0, "assumed", "750", f"cirka 750{SPACE}invånare"),
        (3.2, "assumed", "färre än 10", "färre än 10"),
        (10.0, "estimated", "10", f"cirka 10{SPACE}invånare"),
        (-3.2, "estimated", "0", f"cirka 0{SPACE}invånare"),
        # Projected people are whole so that they add up to a frame; nobody has counted them.
        (51884, "assumed", f"52{SPACE}000", f"cirka 52{SPACE}000{SPACE}invånare"),
        (51884, "observed", f"51{SPACE}884", f"51{SPACE}884{SPACE}invånare"),
    ],
)
def test_estimated_people_are_rounded(value: float, basis: str, in_table: str, in_sentence: str) -> None:
    shown = figure(value, "persons", basis)
    assert said(shown, "sv", bare=True) == in_table
    assert said(shown, "sv") == in_sentence
    # Machines read the exact number, and words that say what it is need no mark.
    assert f'value="{value}"' in in_cell(shown, "sv")
    assert "<sup" not in in_text(shown, "sv", "trace/")


@pytest.mark.parametrize(
    ("unit", "marked"),
    [
        ("persons_counted", False),
        ("persons_of_place", True),
        ("persons_given", True),
        ("jobs_given", True),
        ("students", True),
    ],
)
@pytest.mark.parametrize("value", [51884, 51884.0])
def test_what_is_counted_or_stated_is_shown_to_the_last_digit(unit: str, marked: bool, value: float) -> None:
    """A count that stands in for a node's, a goal and a scenario's own number are assumed, yet exact."""
    shown = figure(value, unit, "assumed")
    assert said(shown, "sv", bare=True) == f"51{SPACE}884"
    assert ("<sup" in in_cell(shown, "sv")) is marked


def test_what_is_no_count_of_people_is_not_rounded() -> None:
    assert said(figure(51884.0, "minutes", "estimated"), "en") == f"51,884{SPACE}minutes"


@given(st.floats(0, 1e8))
def test_rounding_keeps_order_and_stays_near(value: float) -> None:
    found = rounded(value)
    # Half of the step: 5 below 100, 25 below 1 000, then 5 % at most.
    assert abs(found - value) <= max(5 if value < 100 else 25, 0.05 * value)
    assert rounded(found) == found
    assert rounded(-value) == -found
    assert rounded(value * 1.2 + 20) >= found


def test_the_ends_of_an_interval_are_rounded_alike_and_stand_bare() -> None:
    low = replace(figure(258_524.0, "persons", "estimated"), column="at_least")
    assert said(low, "sv") == f"259{SPACE}000"
    assert "<sup" not in in_text(low, "sv", "trace/")


def test_a_change_is_said_once_where_there_is_none_and_keeps_its_spaces() -> None:
    before, then = figure(62.0, "minutes"), figure(44.0, "minutes", "assumed")
    assert plain(changed(before, then, "sv")) == f"62 → 44{SPACE}minuter"
    assert plain(changed(before, replace(then, value=62.0), "en")) == f"62{SPACE}minutes"
    assert plain(changed(before, figure(None, "minutes", absent="missing"), "sv")) == "62 → .."


def test_a_sentence_whose_verb_tells_the_direction_leaves_the_sign_out() -> None:
    fell = figure(-391, "persons")
    assert f">{MINUS}391{SPACE}residents</data>" in in_text(fell, "en", "trace/")
    assert f">391{SPACE}residents</data>" in in_text(fell, "en", "trace/", magnitude=True)
    # The value for machines keeps its sign.
    assert 'value="-391"' in in_text(fell, "en", "trace/", magnitude=True)


def test_a_figure_leads_to_its_trace_and_names_its_cell() -> None:
    shown = str(in_text(figure(5, "persons"), "en", "../trace/growth/"))
    assert '<a class="figure" href="../trace/growth/#change">' in shown
    assert 'data-figure="growth/change?place=0380,year=2024#abc"' in shown


@pytest.mark.parametrize(
    ("value", "more", "words"),
    [
        (0.0, {}, ABOUT["en"].format(number="0")),
        (0.4, {}, FEW["en"]),
        (9.9, {}, FEW["en"]),
        (10.0, {}, ABOUT["en"].format(number="10")),
        (4.0, {"signed": True}, ABOUT["en"].format(number="0")),
        (23.0, {"ceiling": True}, AT_MOST["en"].format(number="20")),
    ],
)
def test_few_people_are_fewer_than_10_and_none_are_0(value: float, more: dict[str, bool], words: str) -> None:
    assert re.sub(r"<[^>]*>", "", roughly(figure(value, "persons", "estimated"), "en", **more)) == words


def test_a_number_of_people_with_its_interval() -> None:
    middle, low, high = (figure(value, "persons", "estimated") for value in (1120.0, 690.0, 1680.0))
    shown = re.sub(r"<[^>]*>", "", within(middle, low, high, "en"))
    assert shown == f"{ABOUT['en'].format(number='1,100')} (700–1,700)"
    for ends in ((replace(low, value=None), high), (low, replace(high, value=None))):
        assert within(middle, *ends, "en") == roughly(middle, "en")


def test_a_figure_without_a_value_cannot_be_said() -> None:
    with pytest.raises(CallError, match="has no value to be said; say its reason"):
        said(figure(None, "persons", absent="missing"), "en")
