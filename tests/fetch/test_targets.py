"""Every target of the bundled group, fetched from a publisher on this machine whose tables are made up."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import polars as pl
import pytest
from tests.fetch.faithful import Handler, Page, Publisher, Seen, Table, Variable, dataset
from tests.fetch.structures import BUNDLED, CODES, COUNTIES, YEARS, codes_of
from tests.fetch.structures import table as structured

from storregion import cli
from storregion.core.workspace import Workspace
from storregion.facts.power import GENERATION_KINDS, SECTORS
from storregion.fetch import publishers
from storregion.fetch.publishers import Target
from storregion.fetch.sources import Seen as TableSeen
from storregion.fetch.trial import _strange, size_of_words, unsaid
from storregion.intake.mapping import Source
from storregion.intake.reading import Place
from storregion.intake.rehearsal import reading
from storregion.publish.files.downloads import csv_file
from storregion.publish.pages.fetched import views
from storregion.publish.portal import open_site
from storregion.publish.site import Site

CONFIGURATION = publishers.read(BUNDLED)


LOCALITIES = codes_of("node_localities.csv", "locality")
# Commuting and the timetables are fetched in test_end_to_end.
ELSEWHERE = {"commuting", *(name for name in CONFIGURATION.targets if name.startswith("timetable_"))}
STATISTICS = {
    target.file.removeprefix("statistics_").removesuffix(".csv")
    for target in CONFIGURATION.targets.values()
    if target.file.startswith("statistics_")
}
HERE = [name for name in CONFIGURATION.targets if name not in ELSEWHERE]


def serve(publisher: Publisher) -> None:
    """Put a table there for every one that a target names, as it is at its publisher."""
    for name in HERE:
        for query in CONFIGURATION.targets[name].tables:
            if query.id.startswith("TAB"):
                publisher.add(structured(query.id))
    _serve_wind_and_sun(publisher)
    _serve_key_figures(publisher)
    _serve_shapes(publisher)


def _serve_wind_and_sun(publisher: Publisher) -> None:
    """The older interface: codes are positions, the places stand in the labels, and the country has no code.

    Its answers have one more dimension than the table, of one value, for what the cells count.
    """
    places = {"Kommun": CODES, "Län": COUNTIES, "Region": [*COUNTIES, *CODES]}
    words = {"År": ["2023", "2024"], "Kategori": ["Antal, st", "Installerad effekt, MW"],
             "Effektklass": ["Under 20 kW", "Totalt"],
             **{name: [f"{code} Namn" for code in codes] for name, codes in places.items()}}  # fmt: skip
    words["Region"].insert(0, "Riket")
    folders: dict[str, list[dict[str, str]]] = {}

    def page(table: Table) -> Page:
        def answer(handler: Handler, seen: Seen) -> None:
            if seen.method == "GET":
                variables = [{"code": v.code, "text": v.code, "values": v.codes, "valueTexts": v.labels}
                             for v in table.variables]  # fmt: skip
                handler.json({"title": table.id, "variables": variables})
                return
            asked = {one["code"]: one["selection"]["values"] for one in json.loads(seen.body)["query"]}
            whole = dataset(table, asked, figures=True)
            whole["id"].append("ContentsCode")
            whole["size"].append(1)
            category = {"index": {"EliminatedValue": 0}, "label": {"EliminatedValue": table.id}}
            whole["dimension"]["ContentsCode"] = {"label": "ContentsCode", "category": category}
            handler.json(whole)

        return answer

    for name in ("wind_power", "solar_power"):
        for query in CONFIGURATION.targets[name].tables:
            variables = [
                Variable(v, [str(at) for at in range(len(words[v]))], words[v]) for v in query.select
            ]
            publisher.pages[f"/api/v1/sv/{query.id}"] = page(Table(query.id, variables, lambda codes: 3))
            above, _, file = query.id.rpartition("/")
            folders.setdefault(above, []).append({"id": file, "type": "t", "updated": "2025-04-01T08:00:00"})

    def listed(entries: list[dict[str, str]]) -> Page:
        return lambda handler, seen: handler.json(entries)

    for above, entries in folders.items():
        publisher.pages[f"/api/v1/sv/{above}"] = listed(entries)


def _serve_key_figures(publisher: Publisher) -> None:
    regions = [f"00{county}" for county in COUNTIES]

    def page(handler: Handler, seen: Seen) -> None:
        parts = seen.path.split("/")[2:]
        if parts[0] == "municipality":
            found: list[object] = [{"id": code, "title": code, "type": "K"} for code in CODES]
            found += [{"id": code, "title": code, "type": "L"} for code in regions]
        elif parts[0] == "kpi":
            found = [{"id": kpi, "title": f"Nyckeltal {kpi}, andel (%)", "publication_date": "2026-03-01"}
                     for kpi in parts[1].split(",")]  # fmt: skip
        else:
            kpis, areas, years = (parts[at].split(",") for at in (2, 4, 6))
            found = [{"kpi": kpi, "municipality": area, "period": int(year),
                      "values": [{"gender": "T", "count": 1, "status": "", "value": 12.5}]}
                     for kpi in kpis for area in areas for year in years if year >= "2024"]  # fmt: skip
        handler.json({"values": found, "count": len(found), "next_url": None})

    class Pages(dict[str, Page]):
        """Pages by their address, and everything below one."""

        def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
            return page if key.startswith("/v3/") else super().get(key)

    publisher.pages = Pages(publisher.pages)


def _serve_shapes(publisher: Publisher) -> None:
    """Squares of a kilometre side by side in Uppsala: the localities of nodes, or three of whatever else."""

    def page(handler: Handler, seen: Seen) -> None:
        target = next(t for t in CONFIGURATION.targets.values() if t.layer == seen.query["typeNames"])
        codes = LOCALITIES if target.layer == "stat:Tatorter_2023" else [f"0380A{at}" for at in range(3)]
        start = int(seen.query.get("startIndex", "0"))
        some = list(enumerate(codes))[start : start + int(seen.query["count"])]
        shown = [_square(target, at, code) for at, code in some]
        handler.json({"type": "FeatureCollection", "features": shown, "numberMatched": len(codes)})

    publisher.pages["/geoserver/stat/wfs"] = page


# What features of each layer bear, as public clients show it.
PROPERTIES: dict[str, dict[str, object]] = {
    "stat:befolkning_1km_2025": {
        "rutid_inspire": "SE_CRS3006RES1000mN6133000E394000", "rutid_scb": "", "rutstorl": 1000,
        "beftotalt": 0, "man": 4, "kvinna": 4, "referenstid": "20251231"},
    "stat:DeSO_2025": {
        "desokod": "", "regsokod": "0380R001", "kommunkod": "", "kommunnamn": "Uppsala", "lanskod": "03"},
    "stat:RegSO_2025": {
        "regsokod": "", "regsonamn": "", "kommunkod": "", "kommunnamn": "Uppsala", "lanskod": "03"},
    "stat:Tatorter_2023": {"tatortskod": "", "tatort": "", "kommun": "", "bef": 0, "area_ha": 100},
}  # fmt: skip


def _square(target: Target, number: int, code: str) -> dict[str, object]:
    x, y = 647_000 + 1000 * number, 6_638_000
    corners = [[x, y], [x + 1000, y], [x + 1000, y + 1000], [x, y + 1000], [x, y]]
    words = {"code": code, "name": f"Ort {number}", "municipality": code[:4],
             "population": 100 * (number + 1)}  # fmt: skip
    properties = {**PROPERTIES[target.layer]}
    properties |= {theirs: words[ours] for ours, theirs in target.properties.items() if theirs in properties}
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [corners]},
            "properties": properties}  # fmt: skip


def configure(folder: Path, port: int) -> None:
    """The bundled group's own targets, led to the publisher on this machine, which takes more calls."""
    shutil.copytree(BUNDLED / "fetch", folder / "fetch")
    path = folder / "fetch" / "publishers.toml"
    here = f"http://127.0.0.1:{port}"
    text = re.sub(
        r'base = "https://[^/"]+([^"]*)"',
        rf'base = "{here}\1"\nprivate = true\nplain = true',
        path.read_text("utf-8"),
    )
    path.write_text(re.sub(r"calls = \d+\nseconds = [\d.]+", "calls = 1000\nseconds = 1.0", text), "utf-8")


@dataclass
class Fetched:
    """A group into which everything was fetched."""

    folder: Path
    work: Workspace
    publisher: Publisher

    def origins(self, table: str) -> set[str]:
        """The fetched files that a table rests on, each with the hash of what lies there."""
        found = {origin for origin in self.work.origins(table) if origin.fetched}
        for origin in found:
            content = (self.folder / "fetched" / origin.file).read_bytes()
            assert origin.sha256 == hashlib.sha256(content).hexdigest()
        return {origin.file for origin in found}


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fetched]:
    """Everything but commuting and timetables fetched; tables are built as they are asked for."""
    folder = tmp_path_factory.mktemp("targets")
    publisher = Publisher(cells=150_000, calls=100_000, seconds=1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORREGION_STORE", str(folder / "cache"))
        place = folder / "group"
        shutil.copytree(BUNDLED, place, ignore=shutil.ignore_patterns("fetched", "fetch"))
        configure(place, publisher.port)
        serve(publisher)
        words = ["--group", str(place), "--store", str(folder / "store")]
        assert cli.main([*words, "fetch", *HERE]) == cli.FINE
        yield Fetched(place, Workspace(place, folder / "store"), publisher)
    publisher.close()


# ---- as they are written


@pytest.mark.parametrize("name", CONFIGURATION.targets)
def test_a_target_lands_in_a_file_that_a_step_reads(name: str) -> None:
    target = CONFIGURATION.targets[name]
    step, _ = reading(target.file)
    assert step is not None
    names = {column.name for column in step.schema.columns}
    for query in target.tables:
        columns = {**target.columns, **query.columns}
        assert columns.keys() <= names
        needed = {column.name for column in step.schema.columns if column.key}
        assert needed <= columns.keys()
        assert {column.dimension for column in columns.values()} - {""} <= query.select.keys()


@pytest.mark.parametrize(
    "name", [name for name in HERE if CONFIGURATION.targets[name].file.startswith("statistics_")]
)
def test_what_a_cell_counts_is_said_by_the_publisher_and_not_by_us(name: str) -> None:
    for query in (target := CONFIGURATION.targets[name]).tables:
        measure = {**target.columns, **query.columns}["measure"]
        assert measure.label
        assert not measure.words


def test_what_is_not_verified_says_so() -> None:
    """Codes that neither recorded metadata nor clients in daily use show carry a note."""
    unproven = {"commuting", "components_of_change", "near_public_transport", "regional_projection_age"}
    for name in CONFIGURATION.targets:
        text = (BUNDLED / "fetch" / f"{name}.toml").read_text("utf-8").replace("\n#", "")
        noted = "not verified against the publisher's metadata" in re.sub(r"\s+", " ", text)
        assert noted == (name in unproven), name


@pytest.mark.parametrize("name", [name for name, t in CONFIGURATION.targets.items() if t.tables])
def test_every_sign_for_no_value_has_a_meaning(name: str) -> None:
    # Population by age and sex of 2015 is whole; a sign there would be news.
    assert bool(unsaid(CONFIGURATION.targets[name])) == (name == "population_age_sex")


@pytest.mark.parametrize("name", [name for name, t in CONFIGURATION.targets.items() if t.tables])
def test_contents_are_never_all_taken_without_their_names(name: str) -> None:
    for query in (target := CONFIGURATION.targets[name]).tables:
        columns = {**target.columns, **query.columns}
        if "*" in query.select.get("ContentsCode", ()):
            assert columns["measure"].dimension == "ContentsCode"


def test_a_table_that_has_ended_names_the_one_that_goes_on() -> None:
    """What ends in 2024 since cells are perturbed from 2025 on, and the older commuting tables."""
    ended = {q.id: q.succeeded_by for t in CONFIGURATION.targets.values() for q in t.tables if q.succeeded_by}
    assert ended == {
        "TAB638": "TAB5557", "TAB5169": "TAB6481", "TAB1212": "TAB6640", "TAB4693": "TAB6657",
        "TAB334": "TAB333", "TAB333": "TAB5850", "TAB5850": "TAB1830",
    }  # fmt: skip


# ---- as they run


@pytest.mark.long
def test_all_series_come_with_the_places_they_are_of(fetched: Fetched) -> None:
    frame = fetched.work.table("regional_statistics")
    assert set(frame["statistic"]) == STATISTICS
    within = {"0380A0010", "0380C1020", "0380R001"}
    assert set(frame["area"]) == {"00", *COUNTIES, *CODES, *within}
    assert set(frame.filter(statistic="population_small_areas")["area"]) == within
    ahead = {"regional_projection", "regional_projection_age"}
    assert set(frame.filter(basis="estimated")["statistic"]) == ahead
    # The table's own word says what is counted; no value keeps its reason.
    none = frame.filter(statistic="employment", area="0114")
    assert set(none["value_absent"]) == {"missing"}
    oldest = frame.filter(statistic="population", period="2025", area="0380", sex="total")
    assert sorted(oldest["age"]) == ["0-4", "5-9", "75-79", "80+", "total"]
    # Each interface says it in its own way: the country has no code there.
    assert frame.filter(statistic="solar_power", area="00").height == 2 * 2 * 2
    assert frame.filter(statistic="employment", area="0115")["measure"].unique().sort().to_list() == [
        "ord för 000002XH", "ord för 000002XI",
    ]  # fmt: skip
    # Wind has the country, 21 counties and 290 municipalities, two years and two measures.
    wind = frame.filter(statistic="wind_power")
    assert wind.height == (1 + 21 + 290) * 2 * 2
    assert wind.filter(area="0380", period="2024", measure="Installerad effekt, MW")["value"].item() == 3
    assert fetched.origins("regional_statistics") == {f"statistics_{series}.csv" for series in STATISTICS}


def test_a_series_goes_on_in_the_table_that_succeeded_the_one_that_ended(fetched: Fetched) -> None:
    """Tables that end in 2024 are joined with those of 2025, whose codes are others."""
    # 26 hundreds since 1999, of which a tenth is a hundred years or more.
    population = fetched.work.table("population").filter(municipality="0380")
    assert population["year"].max() == 2025
    assert population.filter(year=2025)["persons"].item() == 2600
    ages = fetched.work.table("population_by_age").filter(municipality="0380", year=2025)
    assert dict(ages.select("age", "persons").iter_rows()) == {0: 260, 19: 260, 20: 1300, 75: 520, 100: 260}
    frame = fetched.work.table("regional_statistics").filter(area="0380")
    for series in ("components_of_change", "migration", "migration_origin"):
        sexes = frame.filter(statistic=series).group_by("period").agg(pl.col("sex").unique().sort())
        assert dict(sexes.iter_rows())["2025"] == ["men", "total", "women"], series
    changes = frame.filter(statistic="components_of_change", period="2025", sex="total")
    assert "födelseöverskott" in set(changes["measure"])
    # What they say of their cells comes along.
    (line,) = (o for o in fetched.work.origins("population") if o.file == "population_totals.csv")
    assert "TAB5557 är störda för sekretess" in line.defects["sv"]


def test_a_zero_before_a_municipality_was_formed_is_no_value(fetched: Fetched) -> None:
    rows = fetched.work.table("regional_statistics").filter(area="0330", period="2001")
    for series in ("migration", "components_of_change", "income"):
        found = rows.filter(statistic=series)
        assert set(found["value"]) == {None}, series
        assert set(found["value_absent"]) == {"not_applicable"}, series


def test_fetched_electricity_takes_the_bundled_files_place(fetched: Fetched) -> None:
    use = fetched.work.table("electricity_use")
    # All municipalities but the one whose cells have a sign, 8 sectors, and the years from 2009 on.
    years = [year for year in YEARS if year >= "2009"]
    assert use.height == 289 * 8 * len(years)
    assert set(use["sector"]) == set(SECTORS)
    assert fetched.work.table("county_electricity_use").filter(county="00").height == 8 * len(years)
    generation = fetched.work.table("county_electricity_generation")
    assert set(generation["kind"]) == set(GENERATION_KINDS)
    assert set(generation["basis"]) == {"observed"}
    for table, file in (("electricity_use", "electricity_use_municipality.csv"),
                        ("county_electricity_use", "electricity_use_county.csv"),
                        ("electricity_generation", "electricity_generation_municipality.csv"),
                        ("county_electricity_generation", "electricity_generation_county.csv")):  # fmt: skip
        assert fetched.origins(table) == {file}


def test_shares_by_age_are_counted_from_the_fetched_ages(fetched: Fetched) -> None:
    """Of a hundred, 10 + 10 are at most 19 and 20 + 10 at least 75, in every municipality."""
    rows = fetched.work.table("age_structure").filter(place="03", year=2022)
    assert rows["share_0_19"].item() == pytest.approx(0.2)
    assert rows["share_75_plus"].item() == pytest.approx(0.3)
    assert rows["basis"].item() == "observed"
    assert {"population_by_age.csv", "population_totals.csv"} <= fetched.origins("age_structure")
    profile = fetched.work.table("population_profile")
    # Shares by education are published for other years, and still those of the bundled file.
    assert set(profile.filter(year=2022)["education_absent"]) == {"missing"}
    bundled = pl.read_csv(
        BUNDLED / "figures" / "population_profile.csv", schema_overrides={"municipality": pl.String}
    )
    kept = profile.join(bundled, on=["municipality", "year"], suffix="_bundled")
    assert kept.height == bundled.height
    assert kept["share_tertiary_education"].equals(
        kept["share_tertiary_education_bundled"], check_names=False
    )


def test_fetched_ages_and_totals_carry_the_start_of_the_projection_on(fetched: Fetched) -> None:
    ages = fetched.work.table("municipality_age_sex").filter(municipality="0330")
    assert fetched.origins("municipality_age_sex") == {"municipality_ages.csv"}
    assert ages["year"].max() == 2025
    assert 2019 not in ages["year"]
    assert set(ages["sex"]) == {"men", "women"}
    yearly = fetched.work.table("population_yearly").filter(municipality="0330")
    totals = fetched.work.table("population").filter(municipality="0330")
    # The bundled years stay, in today's division; the fetched one goes on from them.
    assert yearly["year"].to_list() == list(range(1968, 2026))
    assert yearly.filter(year=2024)["persons"].item() == 21_193 != totals.filter(year=2024)["persons"].item()
    assert yearly.filter(year=2025)["persons"].item() == totals.filter(year=2025)["persons"].item()


def test_a_municipality_that_was_not_formed_has_no_row_of_noughts(fetched: Fetched) -> None:
    row = fetched.work.table("population").filter(municipality="0330", year=2001)
    assert row["persons"].item() is None
    assert row["persons_absent"].item() == "not_applicable"


def test_the_fetched_grid_takes_the_estimates_place(fetched: Fetched) -> None:
    cells = fetched.work.table("cells")
    assert cells.select("cell", "municipality", "east", "residents", "basis").rows() == [
        ("647_6638", "0380", 647_500.0, 100.0, "observed"),
        ("648_6638", "0380", 648_500.0, 200.0, "observed"),
        ("649_6638", "0380", 649_500.0, 300.0, "observed"),
    ]
    assert "small_areas_grid_1km.jsonl" in fetched.origins("cells")
    assert set(fetched.work.table("small_areas")["kind"]) == {"deso", "regso", "locality", "grid_1km"}


def test_fetched_localities_take_the_bundled_ones_place(fetched: Fetched) -> None:
    frame = fetched.work.table("localities")
    assert frame["locality"].sort().to_list() == LOCALITIES
    first = frame.filter(locality=LOCALITIES[0]).row(0, named=True)
    # A square of a kilometre is a hundred hectares; its middle lies 59.85 degrees north and 17.63 east.
    assert (first["population"], first["area_ha"], first["basis"]) == (100, 100, "observed")
    assert first["latitude"] == pytest.approx(59.85, abs=0.01)
    assert first["longitude"] == pytest.approx(17.63, abs=0.01)
    assert fetched.origins("localities") == {"small_areas_locality.jsonl"}


def test_a_place_shows_what_was_fetched_of_it_and_nothing_before(
    fetched: Fetched, small: Path, store: Path
) -> None:
    """A small country, with what was fetched of its places."""
    assert "Hämtade uppgifter" not in open_site(Workspace(small, store)).html("sv", "place/1080/")
    (small / "fetched").mkdir()
    places = ("00", "10", *codes_of("municipalities.csv", "municipality", small))
    for path in (fetched.folder / "fetched").glob("*.csv"):
        if path.name.startswith(("statistics_", "key_figures")):
            frame = pl.read_csv(path, infer_schema=False).filter(pl.col("area").is_in(places))
            frame.write_csv(small / "fetched" / path.name)
    lines = (fetched.folder / "fetched" / "sources.csv").read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.startswith(("file,", "statistics_", "key_figures"))]
    (small / "fetched" / "sources.csv").write_text("".join(kept), "utf-8")
    site = open_site(Workspace(small, store))
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", site.html("sv", "place/1080/")))
    assert "Hämtade uppgifter" in page
    assert re.search(
        r"Vindkraft: antal verk, effekt och produktion Alla Alla Alla Installerad effekt, MW 2024 3 ", page
    )
    assert "Nyckeltal N02276, andel (%)" in page
    county = site.html("en", "place/10/")
    assert "Fetched statistics" in county
    assert "Prices and sales of one-family houses by county and month" in county
    assert 'href="regional_statistics.csv"' in county
    assert "Swedish Energy Agency" in county
    for address in site.files("sv", "place/1080/"):
        if "regional_statistics" in address or "key_figures" in address:
            assert site.answer(address).body, address
    view = site.page("sv", "place/1080/").views["regional_statistics"]
    assert (
        b'wind_power,"Vindkraft: antal verk, effekt och produktion",total,Alla,total,Alla,total,Alla,'
        in csv_file([view])
    )


def test_a_place_says_what_changed_in_the_year_that_it_shows(fetched: Fetched) -> None:
    site = cast("Site", SimpleNamespace(workspace=fetched.work))
    view = views(site, "en", "0380", "Uppsala")["regional_statistics"]
    assert view.note
    assert "Migration by region and sex 2025: New table: cells are perturbed" in view.note
    assert "Income" not in view.note
    # What the notes of the tables say comes along with the files behind.
    assert any("The cells of TAB6640 are perturbed" in caveat for caveat in view.caveats)


def test_what_is_fetched_by_name_only_is_left_when_all_is_fetched(
    fetched: Fetched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert CONFIGURATION.targets["timetable_sweden"].only_by_name
    folder = tmp_path / "group"
    shutil.copytree(fetched.folder, folder, ignore=shutil.ignore_patterns("fetched", "sources.lock"))
    for path in (folder / "fetch").glob("*.toml"):
        if path.stem not in ("publishers", "timetable_sweden", "gross_regional_product"):
            path.unlink()
    words = ["--group", str(folder), "--store", str(tmp_path / "store"), "fetch", "--dry-run"]
    assert cli.main(words) == cli.FINE
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["gross_regional_product"]
    monkeypatch.setenv("TRAFIKLAB_KEY", "a-key")
    assert cli.main([*words, "timetable_sweden"]) == cli.FINE
    assert capsys.readouterr().out.startswith("timetable_sweden: would take 1 call,")


def test_a_code_that_means_something_else_is_refused(fetched: Fetched, tmp_path: Path) -> None:
    """The publisher gives the code of hydro power to another kind: nothing is fetched in its place."""
    folder = tmp_path / "group"
    shutil.copytree(fetched.folder, folder, ignore=shutil.ignore_patterns("fetched", "sources.lock"))
    variable = next(v for v in fetched.publisher.tables["TAB3451"].variables if v.code == "Produktionssatt")
    was = list(variable.labels)
    variable.labels[variable.codes.index("4.1")] = "vågkraft"
    try:
        words = ["--group", str(folder), "--store", str(tmp_path / "store"), "fetch"]
        assert cli.main([*words, "electricity_generation"]) == cli.DATA_WRONG
    finally:
        variable.labels[:] = was
    assert not (folder / "fetched" / "electricity_generation_municipality.csv").exists()


def test_the_size_of_words_is_their_mean_in_bytes() -> None:
    seen = TableSeen("t", chosen={"region": ("01", "0180")}, labels={"region": {"01": "Ö", "0180": "Stad"}})
    assert size_of_words(Source(dimension="region"), seen) == 3.0
    # Ö takes two bytes and Stad four; län by itself takes four.
    assert size_of_words(Source(dimension="region", label=True), seen) == 3.0
    assert size_of_words(Source(constant="län"), seen) == 4.0
    assert size_of_words(Source(dimension="region", words={"01": "abcdef", "0180": "b"}), seen) == 3.5
    assert size_of_words(Source(dimension="age"), seen) == 0.0


def test_areas_in_no_municipality_that_exists_are_named_once() -> None:
    municipalities = pl.Series(["0114", "0180"])
    areas = pl.Series(["0114", "9999A01", "0180B0010", "9999A01", "0127", "01", None])
    (said,) = _strange(areas, municipalities, Place("areas.csv"))
    # What begins with no four digits is not the code of a municipality or of an area in one.
    assert said.startswith("areas.csv: 0127, 9999A01 lie in no municipality that exists;")
    assert list(_strange(areas.head(1), municipalities, Place("areas.csv"))) == []
