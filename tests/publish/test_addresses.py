"""Short addresses in tables: whole again by the rule that is documented, whatever the tables hold."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from tests.publish.addresses import addresses

from storregion.core.lineage import Figure
from storregion.publish.addresses import shortened
from storregion.publish.numbers import in_cell
from storregion.publish.site import Site

DOCUMENTED = Path(__file__).parents[2] / "docs" / "reference" / "figures.md"
KEY = "161eb26bf8ab4efaafc1"


def table(*figures: str) -> str:
    cells = "".join(f'<td><data value="1" data-figure="{escape(it)}">1</data></td>' for it in figures)
    return f"<table><tr>{cells}</tr></table>"


def said(html: str) -> list[str]:
    return re.findall('data-figure="([^"]*)"', html)


def test_each_address_says_how_it_differs() -> None:
    row = [f"growth/{column}?place=0380,year=1968#{KEY}" for column in ("persons", "change", "change")]
    then = [f"growth/persons?place=0380,year=1969#{KEY}", f"growth/persons?place=0381,year=1969#{KEY}"]
    other = ["growth/persons?place=0381,year=1969#0123", f"ages/persons?place=0381,year=1969#{KEY}"]
    html = table(*row, *then, *other)
    short = [row[0], "change", "", "persons?year=1969", "?place=0381", "#0123", other[1]]
    assert said(shortened(html)) == short
    assert addresses(shortened(html)) == [*row, *then, *other]
    # What the reference says of the same.
    text = DOCUMENTED.read_text("utf-8")
    assert all(f"`{it}`" in text for it in (row[1], "persons?year=1969", then[0]))
    assert f"\n{row[0]}\n" in text


def test_only_tables_are_shortened_and_each_begins_anew() -> None:
    whole = f"growth/persons?place=0380,year=1968#{KEY}"
    loose = f'<p><data value="1" data-figure="{whole}">1</data></p>'
    html = table(whole, whole) + loose + loose + table(whole, whole)
    assert said(shortened(html)) == [whole, "", whole, whole, whole, ""]
    assert addresses(shortened(html)) == [whole] * 6


VALUES = st.text(st.sampled_from("ab0,=?#&/'<é "), max_size=4)
FIGURES = st.builds(
    Figure,
    value=st.just(1),
    unit=st.just("persons"),
    table=st.sampled_from(["growth", "ages"]),
    column=st.sampled_from(["persons", "change"]),
    where=st.lists(st.tuples(st.sampled_from(["place", "year"]), VALUES), min_size=1, max_size=2).map(tuple),
    key=st.sampled_from(["abc", "abd", "abc..abd"]),
    basis=st.just("observed"),
)


@given(st.lists(FIGURES, max_size=8))
def test_any_addresses_are_whole_again(figures: list[Figure]) -> None:
    html = f"<table>{''.join(in_cell(figure, 'sv') for figure in figures)}</table>"
    assert addresses(shortened(html)) == [figure.id for figure in figures]


@pytest.mark.parametrize("address", ["place/0330/", "access/", "study/growth/"])
def test_a_page_has_less_than_half_of_its_addresses(site: Site, address: str) -> None:
    html = site.html("sv", address)
    whole, short = addresses(html), said(html)
    assert sum(map(len, short)) < sum(map(len, whole)) / 2
