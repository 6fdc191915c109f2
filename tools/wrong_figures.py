"""Spoil the bundled figures, one thing at a time, and see where each is named.

A file of the group is read by its own steps with columns exchanged, amounts scaled, rows moved or taken out
and names spoilt. Either reading refuses it, or a relation between figures asks about it, or it is accepted;
then `REASONS` says why no rule can know. `python tools/wrong_figures.py [STORE]` prints the table.
"""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from storregion.core import plausibility
from storregion.core.errors import StorregionError
from storregion.core.pipeline import every_step
from storregion.core.workspace import Workspace
from storregion.facts.relations import RELATIONS

Rows = list[dict[str, str]]
Spoil = Callable[[Rows], None]

REASONS = {
    "one port's goods by direction exchanged": "the sum is the same, and ports load or unload more",
    "a fact quoted wrongly": "a quoted number has no other beside it; a person reads it against its source",
    "two places of one size exchanged in a year without others": "both numbers are plausible for both places",
}
"""Why no rule can know of what is accepted, by what is done."""


@dataclass(frozen=True)
class Wrong:
    """One thing that is done to a file."""

    file: str
    what: str
    spoil: Spoil


@dataclass(frozen=True)
class Found:
    """Where it is named: by reading, by relations, or nowhere."""

    wrong: Wrong
    by: str
    said: str


# ---- ways to spoil


def _chosen(rows: Rows, where: dict[str, str]) -> Rows:
    found = [row for row in rows if all(row[name] == value for name, value in where.items())]
    if not found:
        raise SystemExit(f"no row has {where}")
    return found


def swap(a: str, b: str, **where: str) -> Spoil:
    """Exchange two columns."""

    def spoil(rows: Rows) -> None:
        for row in _chosen(rows, where):
            row[a], row[b] = row[b], row[a]

    return spoil


def scale(column: str, factor: float, **where: str) -> Spoil:
    """Multiply a column."""

    def spoil(rows: Rows) -> None:
        for row in _chosen(rows, where):
            if row[column]:
                scaled = float(row[column]) * factor
                row[column] = str(round(scaled) if row[column].isdecimal() else round(scaled, 5))

    return spoil


def put(column: str, value: str, **where: str) -> Spoil:
    """Write something else."""

    def spoil(rows: Rows) -> None:
        for row in _chosen(rows, where):
            row[column] = value

    return spoil


def drop(**where: str) -> Spoil:
    """Take rows out."""

    def spoil(rows: Rows) -> None:
        for row in _chosen(rows, where):
            rows.remove(row)

    return spoil


def shift(*columns: str) -> Spoil:
    """Move columns one row down, as a slipped paste does."""

    def spoil(rows: Rows) -> None:
        for column in columns:
            values = [row[column] for row in rows]
            for row, value in zip(rows, [values[-1], *values[:-1]], strict=True):
                row[column] = value

    return spoil


def exchange(key: str, one: str, other: str, **where: str) -> Spoil:
    """Give the rows of one place the code of another, and the other way round."""

    def spoil(rows: Rows) -> None:
        for row in _chosen(rows, where):
            row[key] = {one: other, other: one}.get(row[key], row[key])

    return spoil


# ---- what is tried

_POPULATION, _PLACE = "population_totals.csv", {"municipality": "0380", "year": "2010"}
_PARTS, _COUNTY = "components_municipality.csv", "components_county.csv"
_PROFILE, _HOMES, _PRICES = "population_profile.csv", "housing.csv", "county_house_prices.csv"
_USE, _COUNTY_USE = "electricity_use_municipality.csv", "electricity_use_county.csv"
_MADE, _TOTALS = "electricity_generation_municipality.csv", "electricity_totals_county.csv"
_INDUSTRY, _YEARLY, _PRODUCT = (
    "employment_industry.csv",
    "employment_industry_yearly.csv",
    "gross_regional_product.csv",
)
_AREAS, _FLOWS, _LOCALITIES = "labour_market_areas.csv", "commuting_county_county.csv", "localities_2020.csv"
_AGES, _CLASSES, _YOUNG = (
    "population_age_sex_1968_2015.csv",
    "population_age_class.csv",
    "municipality_age_sex.csv",
)
_DEATHS, _BIRTHS, _MOVES = (
    "deaths_sweden_2011_2015.csv",
    "births_sweden_2011_2015.csv",
    "migration_age_class.csv",
)
_PLACES, _ROADS, _PLANTS = "municipalities.csv", "drive_times.csv", "power_plants.csv"

EVERY: tuple[Wrong, ...] = (
    # exchanged columns
    Wrong(_DEATHS, "deaths and person-years exchanged", swap("deaths", "person_years")),
    Wrong(
        _DEATHS,
        "deaths and person-years of one age exchanged",
        swap("deaths", "person_years", age="70", sex="men"),
    ),
    Wrong(_BIRTHS, "births and women's years exchanged", swap("births", "women_years")),
    Wrong(_PARTS, "births and deaths exchanged", swap("births", "deaths")),
    Wrong(_PARTS, "births and deaths of one place exchanged", swap("births", "deaths", municipality="0380")),
    Wrong(_PARTS, "moves in and out exchanged", swap("in_rest_of_sweden", "out_rest_of_sweden")),
    Wrong(_PARTS, "immigration and emigration exchanged", swap("immigration", "emigration")),
    Wrong(_PARTS, "persons and change exchanged", swap("persons", "change")),
    Wrong(_COUNTY, "births and deaths of counties exchanged", swap("births", "deaths")),
    Wrong(_COUNTY, "moves in and out of counties exchanged", swap("in_moves", "out_moves")),
    Wrong(
        _COUNTY,
        "moves in and out of a county exchanged in a year",
        swap("in_moves", "out_moves", county="01", year="2010"),
    ),
    Wrong(_COUNTY, "immigration and emigration of counties exchanged", swap("immigration", "emigration")),
    Wrong(_MOVES, "domestic moves in and out exchanged", swap("domestic_in", "domestic_out")),
    Wrong(_MOVES, "immigration and emigration by age exchanged", swap("immigration", "emigration")),
    Wrong(_PROFILE, "the shares of young and old exchanged", swap("share_0_19", "share_75_plus")),
    Wrong(
        _PROFILE,
        "the shares of young and old of a place exchanged",
        swap("share_0_19", "share_75_plus", municipality="0380", year="2021"),
    ),
    Wrong(
        _PROFILE,
        "lowest and highest education exchanged",
        swap("share_primary_education", "share_tertiary_education"),
    ),
    Wrong(
        _PROFILE,
        "secondary and higher education exchanged",
        swap("share_secondary_education", "share_tertiary_education"),
    ),
    Wrong(
        _PROFILE,
        "two shares of education of a place exchanged in a year",
        swap("share_primary_education", "share_secondary_education", municipality="0380", year="2013"),
    ),
    Wrong(_HOMES, "homes and prices exchanged", swap("dwellings_completed", "house_price_sek")),
    Wrong(_PRICES, "price and index exchanged", swap("tenant_owned_price_sek", "house_price_index_1990")),
    Wrong(_TOTALS, "use and generation exchanged", swap("use_gwh", "generation_gwh")),
    Wrong(_INDUSTRY, "residents and jobs exchanged", swap("employed_residents", "jobs")),
    Wrong(
        _INDUSTRY,
        "residents and jobs of one county exchanged",
        swap("employed_residents", "jobs", county="03"),
    ),
    Wrong(_PRODUCT, "kronor and euros exchanged", swap("gdp_million_eur", "gdp_million_sek")),
    Wrong(
        _PRODUCT,
        "kronor and euros of a year exchanged",
        swap("gdp_million_eur", "gdp_million_sek", year="2015"),
    ),
    Wrong(_AREAS, "shares that commute out exchanged", swap("out_share", "out_share_largest")),
    Wrong(_FLOWS, "home and work exchanged", swap("home_county", "work_county")),
    Wrong(_CLASSES, "men and women by class exchanged", swap("men", "women")),
    Wrong(_YOUNG, "men and women of a place exchanged", swap("men", "women", municipality="0380")),
    Wrong(_PLACES, "latitude and longitude exchanged", swap("latitude", "longitude")),
    Wrong(_LOCALITIES, "people and hectares exchanged", swap("population", "area_ha")),
    Wrong(_ROADS, "kilometres and minutes exchanged", swap("km", "minutes")),
    Wrong(_PLANTS, "the years of a plant exchanged", swap("year_in", "year_out", unit="2")),
    Wrong(
        "port_goods.csv",
        "one port's goods by direction exchanged",
        swap("domestic_unloaded_kt", "domestic_loaded_kt", year="2022", county="01"),
    ),
    Wrong(
        "national_projection.csv",
        "births and deaths to come exchanged",
        swap("births", "deaths", variant="HU"),
    ),
    Wrong(
        "education_age.csv",
        "two levels of a place exchanged",
        swap("primary", "post_secondary_long", municipality="0380"),
    ),
    # scaled amounts
    Wrong(_POPULATION, "one population ten times as large", scale("persons", 10, **_PLACE)),
    Wrong(_POPULATION, "one population a tenth", scale("persons", 0.1, **_PLACE)),
    Wrong(_POPULATION, "one population two per cent larger", scale("persons", 1.02, **_PLACE)),
    Wrong(_POPULATION, "a place ten times as large in all years", scale("persons", 10, municipality="0380")),
    Wrong(_POPULATION, "a year in thousands", scale("persons", 0.001, year="2020")),
    Wrong(_POPULATION, "every population twice as large", scale("persons", 2)),
    Wrong(
        _USE,
        "one place's industry a thousand times as large",
        scale("mwh", 1000, municipality="0380", sector="industri_bygg"),
    ),
    Wrong(
        _USE,
        "one place's homes ten times as large in a year",
        scale("mwh", 10, municipality="0117", sector="smahus", year="2018"),
    ),
    Wrong(_USE, "all use in kWh", scale("mwh", 1000)),
    Wrong(_COUNTY_USE, "a county's industry a tenth", scale("mwh", 0.1, county="03", sector="industri_bygg")),
    Wrong(_COUNTY_USE, "all use of counties in GWh", scale("mwh", 0.001)),
    Wrong(_MADE, "one place's generation a thousand times as large", scale("mwh", 1000, municipality="0123")),
    Wrong(_TOTALS, "the total of a county in TWh", scale("use_gwh", 0.001, county="03")),
    Wrong(_PRODUCT, "the product of a county ten times as large", scale("gdp_million_sek", 10, county="03")),
    Wrong(_PRODUCT, "all products in thousands", scale("gdp_million_sek", 1000)),
    Wrong(_HOMES, "one price a tenth", scale("house_price_sek", 0.1, municipality="0380", year="2018")),
    Wrong(
        _HOMES,
        "homes completed of one place a hundred times as many",
        scale("dwellings_completed", 100, municipality="0380", year="2018"),
    ),
    Wrong(
        _PRICES,
        "one county's price in thousands",
        scale("tenant_owned_price_sek", 0.001, county="03", year="2018"),
    ),
    Wrong(
        _INDUSTRY, "one industry of a county ten times as large", scale("jobs", 10, county="03", industry="F")
    ),
    Wrong(
        _YEARLY,
        "one year of a county ten times as large",
        scale("employed_thousand", 10, county="01", year="2010"),
    ),
    Wrong("employment_rates.csv", "one rate a tenth", scale("rate", 0.1, age_class="35-44", sex="men")),
    Wrong(_FLOWS, "those who stay a tenth", scale("persons", 0.1, home_county="03", work_county="03")),
    Wrong(
        "households_dwelling.csv",
        "one kind of home ten times as many",
        scale("households", 10, municipality="0380", dwelling="flat_rented"),
    ),
    Wrong(_AGES, "a county's year twice as large", scale("40", 2, county="03", year="1990")),
    Wrong(
        _CLASSES,
        "one class of a county twice as large",
        scale("men", 2, county="03", year="2018", age_class="25-29"),
    ),
    Wrong(
        "deaths_age_sex.csv",
        "deaths of an age ten times as many",
        scale("70", 10, county="03", year="2000", sex="men"),
    ),
    Wrong(
        "births_age.csv",
        "births of an age ten times as many",
        scale("30", 10, county="03", year="2000", sex="men"),
    ),
    Wrong(
        "national_projection.csv",
        "one year to come a tenth",
        scale("persons", 0.1, variant="HD", year="2040"),
    ),
    Wrong(
        _LOCALITIES, "one locality a hundred times as large", scale("population", 100, locality="0114TB107")
    ),
    Wrong(_PLACES, "land of one place in hectares", scale("land_km2", 100, municipality="0380")),
    Wrong("port_goods.csv", "one port's total a tenth", scale("total_kt", 0.1, year="2022", county="01")),
    Wrong(
        "education_age.csv",
        "one level of a place ten times as many",
        scale("secondary", 10, municipality="0380", age_class="25-34"),
    ),
    # slipped rows
    Wrong(_POPULATION, "persons one row down", shift("persons")),
    Wrong(_PARTS, "births one row down", shift("births")),
    Wrong(_PROFILE, "shares one row down", shift("share_0_19", "share_75_plus")),
    Wrong(_USE, "use one row down", shift("mwh")),
    Wrong(_LOCALITIES, "points one row down", shift("latitude", "longitude")),
    Wrong(_AREAS, "shares that commute one row down", shift("out_share", "out_share_largest")),
    Wrong(_PRODUCT, "products one row down", shift("gdp_million_sek", "gdp_million_eur")),
    # exchanged places
    Wrong(_POPULATION, "two places exchanged", exchange("municipality", "0380", "0381")),
    Wrong(
        _POPULATION, "two places exchanged in a year", exchange("municipality", "0380", "0381", year="2010")
    ),
    Wrong(_POPULATION, "two years exchanged", exchange("year", "1975", "2020")),
    Wrong(_INDUSTRY, "two counties exchanged", exchange("county", "01", "03")),
    Wrong(_CLASSES, "two classes exchanged", exchange("age_class", "20-24", "85-89")),
    Wrong(_AGES, "sexes exchanged", exchange("sex", "men", "women")),
    Wrong(_USE, "two places exchanged in use", exchange("municipality", "0380", "0360")),
    Wrong(
        "households_dwelling.csv", "two places exchanged in homes", exchange("municipality", "0380", "0360")
    ),
    Wrong(
        _HOMES,
        "two places of one size exchanged in a year without others",
        exchange("municipality", "0381", "0382", year="2018"),
    ),
    # missing rows
    Wrong(_POPULATION, "a place missing for a year", drop(**_PLACE)),
    Wrong(_POPULATION, "a year missing", drop(year="2010")),
    Wrong(_PARTS, "a place missing in the components", drop(municipality="0380")),
    Wrong(_HOMES, "a place missing in homes", drop(municipality="0380", year="2018")),
    Wrong(_PROFILE, "a place missing in the profile", drop(municipality="0380", year="2013")),
    Wrong(_AREAS, "a place missing in labour markets", drop(municipality="0380", year="2021")),
    Wrong(_INDUSTRY, "an industry of a county missing", drop(county="03", industry="F")),
    Wrong(_COUNTY, "a county missing for a year", drop(county="03", year="2010")),
    Wrong(_CLASSES, "a class missing", drop(county="03", year="2018", age_class="25-29")),
    Wrong(_YOUNG, "an age of a place missing", drop(municipality="0380", age="40")),
    Wrong(
        "education_age.csv",
        "an age of a place missing in education",
        drop(municipality="0380", age_class="25-34"),
    ),
    Wrong(_FLOWS, "a flow missing", drop(home_county="03", work_county="01")),
    Wrong(_PRICES, "a county missing for a year in prices", drop(county="03", year="2018")),
    # spoilt names and words
    Wrong(_PLACES, "a name with a space behind it", put("name", "Uppsala ", municipality="0380")),
    Wrong(_PLACES, "a name in another encoding", put("name", "Ã–sthammar", municipality="0382")),
    Wrong(
        _PLACES, "a name that turns the direction of text", put("name", "\u202eUppsala", municipality="0380")
    ),
    Wrong(
        _PLACES, "a name with a sign that no reader sees", put("name", "Upp\u200bsala", municipality="0380")
    ),
    Wrong(_PLACES, "a name with letters in parts", put("name", "O\u0308sthammar", municipality="0382")),
    Wrong(_PLACES, "a municipality in another county", put("county", "19", municipality="0380")),
    Wrong(
        "counties.csv",
        "a county's name in another encoding",
        put("name_sv", "SÃ¶dermanlands län", county="04"),
    ),
    Wrong(
        _AREAS,
        "a destination that does not exist",
        put("largest_destination", "9999", municipality="0380", year="2021"),
    ),
    Wrong(
        "published_facts.csv",
        "a fact quoted wrongly",
        put("value", "91419", indicator="elanvändning slutlig", place="Stockholms län"),
    ),
)


# ---- trying


class Trial:
    """The bundled group, whose files are spoilt one at a time and read by their own steps."""

    def __init__(self, workspace: Workspace) -> None:
        """Open what is tried on, and see which tables each relation compares."""
        self.workspace = workspace
        self.steps = every_step()
        self.kept = plausibility.accepted(workspace.folder, RELATIONS)
        self.uses = {relation.name: self._used(relation) for relation in RELATIONS}

    def _used(self, relation: plausibility.Relation) -> set[str]:
        """The tables that a relation compares."""
        names: set[str] = set()

        def tables(name: str) -> pl.DataFrame:
            names.add(name)
            return self.workspace.table(name)

        relation.broken(tables)
        return names

    def found(self, wrong: Wrong) -> Found:
        """Where something wrong is named."""
        path = self.workspace.folder / "figures" / wrong.file
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        wrong.spoil(rows)
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        with TemporaryDirectory() as folder:
            place = Path(folder) / wrong.file
            place.write_text(out.getvalue(), "utf-8", newline="")
            try:
                made = self._made(wrong.file, place)
            except StorregionError as error:
                return Found(wrong, "reading", str(error).splitlines()[-1].strip())
        return self._compared(wrong, made)

    def _made(self, file: str, place: Path) -> dict[str, pl.DataFrame]:
        """The tables of the steps that read a file, with another file in its place."""
        made: dict[str, pl.DataFrame] = {}
        for table, step in self.steps.items():
            if table not in self.workspace.steps or not any(raw.fits(file) for raw in step.raws.values()):
                continue
            files = {
                name: place if raw.file == file else self.workspace.raws.given(raw)
                for name, raw in step.raws.items()
            }
            inputs = {name: made.get(s.name) for name, s in step.tables.items()}
            tables = {
                name: self.workspace.table(step.tables[name].name) if frame is None else frame
                for name, frame in inputs.items()
            }
            assumptions = self.workspace.planned[table].assumptions
            frame = step.run(tables, files, self.workspace.group, assumptions)
            made[table] = step.schema.check(frame, maker=step.name, known=step.columns(tables))
        return made

    def _compared(self, wrong: Wrong, made: dict[str, pl.DataFrame]) -> Found:
        def tables(name: str) -> pl.DataFrame:
            return made[name] if name in made else self.workspace.table(name)

        concerned = [relation for relation in RELATIONS if self.uses[relation.name] & made.keys()]
        asked = plausibility.compared(concerned, tables, self.workspace.steps, self.kept).questions
        return Found(wrong, "relations" if asked else "", "; ".join(_named(asked)))


def _named(questions: Iterable[str]) -> list[str]:
    return [question.partition('relation = "')[2].partition('"')[0] for question in questions]


def table(found: Sequence[Found]) -> str:
    """What was tried as a table in Markdown."""
    lines = ["| file | what is wrong | named by |", "|---|---|---|"]
    for one in found:
        by = (
            f"{one.by}: {one.said[:160]}"
            if one.by
            else f"nothing: {REASONS.get(one.wrong.what, 'NO REASON')}"
        )
        lines.append(f"| {one.wrong.file} | {one.wrong.what} | {by.replace('|', '/')} |")
    accepted = sum(not one.by for one in found)
    return "\n".join([*lines, "", f"{len(found)} tried, {len(found) - accepted} named, {accepted} accepted"])


def main(words: Sequence[str]) -> None:
    """Print the table; a word is the folder of built tables."""
    store = Path(words[0]) if words else None
    trial = Trial(Workspace(store=store))
    print(table([trial.found(wrong) for wrong in EVERY]))


if __name__ == "__main__":
    main(sys.argv[1:])
