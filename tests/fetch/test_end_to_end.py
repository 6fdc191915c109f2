"""From nothing fetched to observed pages, over the network, by the commands a user gives."""

import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from tests.fetch.faithful import Handler, Publisher, Seen, Table, Variable
from tests.fetch.structures import table as structured

from storregion import cli
from storregion.core import group
from storregion.core.workspace import Workspace
from storregion.fetch.lock import Lock
from storregion.publish.portal import open_site

BUNDLED = group.bundled()
CODES = sorted(
    pl.read_csv(BUNDLED / "figures" / "municipalities.csv", infer_schema=False)["municipality"].to_list()
)
COUNTIES = sorted(pl.read_csv(BUNDLED / "figures" / "counties.csv", infer_schema=False)["county"].to_list())
AT = {code: number for number, code in enumerate(CODES)}
KEY = "a-key-that-is-secret-0123456789"
SHARE = {"1+2": 1.0, "4": 1.0, "1": 0.5, "2": 0.5}
SEXES = {"1": "män", "2": "kvinnor", "1+2": "totalt"}
# The older statistics give both sexes another code and another name.
RAMS_SEXES = {"1": "män", "2": "kvinnor", "4": "män och kvinnor"}
TABLES = {"TAB1830": ["2023", "2024"], "TAB5850": ["2019"], "TAB333": ["2018"], "TAB334": ["2003"]}


def commuters(codes: tuple[str, ...]) -> float | str:
    """14 000 stay in each municipality, 2 000 go to the next and 500 to the one before; the rest is none.

    290 · 16 500 = 4 785 000 persons. The publisher writes some zeros as numbers, others as its sign.
    """
    home, work, sex, _, year = codes
    # Heby had another code until 2006, and has none of its own before.
    if "1917" in (home, work) and year > "2006":
        return ".."
    if "0331" in (home, work) and year < "2007":
        return 0
    home, work = ("0331" if code == "1917" else code for code in (home, work))
    apart = (AT[work] - AT[home]) % 290
    persons = {0: 14_000, 1: 2_000, 289: 500}.get(apart, 0) * SHARE[sex]
    return "-" if not persons and apart % 2 else int(persons)


def serve(publisher: Publisher, operators: dict[str, bytes]) -> None:
    """Put the tables and timetables there."""
    everywhere = ["00", *COUNTIES, *CODES]
    for table, years in TABLES.items():
        sexes = SEXES if table == "TAB1830" else RAMS_SEXES
        homes = CODES if table == "TAB1830" else [*CODES, "1917"]
        publisher.add(Table(table, [
            Variable("Bostadskommun", homes), Variable("Arbetsstallekommun", homes),
            Variable("Kon", [*sexes], [*sexes.values()]),
            Variable("ContentsCode", ["0000"], ["Förvärvsarbetande pendlare"]),
            Variable("Tid", years, time=True),
        ], commuters))  # fmt: skip
    publisher.add(structured("TAB5557"))
    ages = [*map(str, range(100)), "100+", "tot"]
    publisher.add(Table("TAB638", [
        Variable("Region", everywhere), Variable("Civilstand", ["OG", "G"], eliminable=True),
        Variable("Alder", ages, eliminable=True), Variable("Kon", ["1", "2"], eliminable=True),
        Variable("ContentsCode", ["BE0101N1", "BE0101N2"]),
        Variable("Tid", [str(year) for year in range(1968, 2025)], time=True),
    ], lambda codes: 100 + int(codes[0])))  # fmt: skip

    def timetable(handler: Handler, seen: Seen) -> None:
        name = seen.path.split("/")[2]
        if seen.query.get("key") != KEY:
            handler.reply(403, "application/json", b'{"errorMessage": "Key is invalid: %s"}'
                          % seen.query.get("key", "").encode())  # fmt: skip
            return
        mark = f'"{hashlib.sha256(operators[name]).hexdigest()[:12]}"'
        if handler.headers.get("If-None-Match") == mark:
            handler.head(304, {"ETag": mark, "Content-Length": "0"})
            return
        handler.reply(200, "application/zip", operators[name], {"ETag": mark})

    for name in operators:
        publisher.pages[f"/gtfs/{name}/{name}.zip"] = timetable


def archive(path: Path, last: str = "20261212") -> bytes:
    """A small timetable of 2026, which the day that the group states lies before.

    Two trips on weekdays and one on other days; New Year's Day, a Thursday, has service as a Sunday.
    """
    tables = {
        "agency": "agency_id,agency_name,agency_url,agency_timezone\n"
        "A,Agency,https://example.org,Europe/Stockholm\n",
        "stops": "stop_id,stop_name,stop_lat,stop_lon\na,Stockholm Centralstation,59.330139,18.058155\n"
        "b,Uppsala Centralstation,59.858533,17.646086\n",
        "routes": "route_id,agency_id,route_short_name,route_type\nR,A,1,100\n",
        "trips": "route_id,service_id,trip_id\nR,W,T\nR,W,U\nR,S,V\n",
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T,07:00:00,07:00:00,a,1\nT,07:40:00,07:40:00,b,2\nU,17:00:00,17:00:00,b,1\nU,17:40:00,17:40:00,a,2\n"
        "V,12:00:00,12:00:00,a,1\nV,12:40:00,12:40:00,b,2\n",
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,"
        "end_date\n"
        f"W,1,1,1,1,1,0,0,20260101,{last}\nS,0,0,0,0,0,1,1,20260101,{last}\n",
        "calendar_dates": "service_id,date,exception_type\nW,20260101,2\nS,20260101,1\n",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in tables.items():
            made.writestr(f"{name}.txt", content)
    return path.read_bytes()


def configure(folder: Path, publisher: Publisher) -> None:
    """The bundled group's own targets, led to the publisher on this machine."""
    shutil.copytree(BUNDLED / "fetch", folder / "fetch", dirs_exist_ok=True)
    there = (folder / "fetch" / "publishers.toml").read_text("utf-8")
    for base, path in (("https://statistikdatabasen.scb.se/api/v2", "/api/v2"),
                       ("https://opendata.samtrafiken.se", "")):  # fmt: skip
        new = f'"http://127.0.0.1:{publisher.port}{path}"\nprivate = true\nplain = true\npause = 0.01'
        assert f'"{base}"' in there
        there = there.replace(f'"{base}"', new)
    # Faster than the publishers are, as this one's own limit is.
    there = there.replace("seconds = 10.0", "seconds = 1.0").replace("seconds = 60.0", "seconds = 0.1")
    (folder / "fetch" / "publishers.toml").write_text(there, "utf-8")


def leave_out(folder: Path, file: str) -> None:
    """Take a figure file away, and its line of `sources.csv`.

    As many are employed in every municipality of the made publisher, in the smallest more than live there.
    Without rates of employment nothing is said of their participation, which is refused above one, nor of the
    electricity that jobs ahead take, so that nothing may be assumed of that either.
    """
    (folder / "figures" / file).unlink()
    register = folder / "figures" / "sources.csv"
    lines = register.read_text("utf-8").splitlines(keepends=True)
    register.write_text("".join(line for line in lines if not line.startswith(f"{file},")), "utf-8")
    assumed = folder / "assumptions.toml"
    sections = re.split(r"(?m)^(?=\[)", assumed.read_text("utf-8"))
    without = ("[power_demand]", "[power_capacity]")
    assert sum(section.startswith(without) for section in sections) == len(without)
    assumed.write_text("".join(section for section in sections if not section.startswith(without)), "utf-8")


@dataclass
class Journey:
    """A group that has fetched and built, and what was seen on the way."""

    folder: Path
    store: Path
    publisher: Publisher
    operators: dict[str, bytes]
    said: dict[str, str]

    def run(self, *words: str) -> int:
        return cli.main(["--group", str(self.folder), "--store", str(self.store), *words])


TARGETS = ("commuting", "population_age_sex", "timetable_sl")


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Fetch commuting, population by age and sex and a timetable, then build."""
    folder = tmp_path_factory.mktemp("journey")
    publisher = Publisher(cells=150_000, calls=30, seconds=1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORREGION_STORE", str(folder / "cache"))
        patch.setenv("TRAFIKLAB_KEY", KEY)
        place = folder / "group"
        shutil.copytree(BUNDLED, place, ignore=shutil.ignore_patterns("fetched", "fetch"))
        leave_out(place, "employment_rates.csv")
        configure(place, publisher)
        operators = {"sl": archive(folder / "sl.zip")}
        serve(publisher, operators)
        made = Journey(place, folder / "store", publisher, operators, {})
        assert made.run("fetch", *TARGETS) == cli.FINE
        # The rest of the tables is made as pages need them.
        assert made.run("build", "--only", "commuting") == cli.FINE
        yield made
    publisher.close()


def test_what_was_fetched_is_what_the_publisher_has(journey: Journey) -> None:
    work = Workspace(journey.folder, journey.store)
    seen = work.table("commuting_observed")
    sums = dict(seen.filter(sex="total").group_by("year").agg(pl.col("persons").sum()).iter_rows())
    assert sums == dict.fromkeys((2003, 2018, 2019, 2023, 2024), 4_785_000.0)
    # Three pairs for each of 290 homes, in every year and sex: 3 · 290 · (2 years · 3 sexes + 3 years).
    assert seen.height == 3 * 290 * 9
    assert set(seen["basis"]) == {"observed"}
    people = work.table("population_age_sex")
    # 1968 to 2024, and five ages in the table that goes on.
    assert people.height == 21 * 101 * 2 * 57 + 21 * 5 * 2
    assert people.filter(county="04", year=2015, age=100, sex="women")["persons"].item() == 104
    assert (journey.folder / "fetched" / "timetables" / "sl.zip").read_bytes() == journey.operators["sl"]


@pytest.mark.long
def test_the_estimate_gives_way_and_pages_say_observed(journey: Journey) -> None:
    work = Workspace(journey.folder, journey.store)
    flows = work.table("commuting")
    assert set(flows.filter(pl.col("year").is_in([2003, 2018, 2019, 2023, 2024]))["basis"]) == {"observed"}
    assert set(flows.filter(year=2022)["basis"]) == {"estimated"}
    site = open_site(work)
    place = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", site.html("en", "place/eskilstuna/")))
    assert "Commuting in 2024 is observed." in place
    assert "Series break 2004" in place
    # The fetched feed takes the line plan's place, and has trains between two of the nodes only.
    assert "The timetable has no station for Eskilstuna" in place
    assert "from Uppsala" in site.html("en", "place/uppsala/")
    # The first Thursday of 2026 with as many trips as nearly all have, two: New Year's Day has one.
    assert work.table("timetable_days").select("feed", "day", "trips").rows() == [("sl", "2026-01-08", 2)]
    access = re.sub(r"\s+", " ", site.html("en", "study/travel_times/"))
    assert "The day 2026-01-08 was chosen: a typical Thursday" in access
    assert "do not reach the stated day 2023-11-30" in access
    page = re.sub(r"<[^>]+>", " ", site.html("sv", "flows/1000/"))
    assert "(uppskattad)" not in page
    traced = site.html("en", "trace/commuting_observed/")
    assert "Employed people by municipality of residence" in traced
    assert hashlib.sha256((journey.folder / "fetched" / "commuting.csv").read_bytes()).hexdigest() in traced


def test_a_timetable_that_cannot_be_read_leaves_the_one_that_was_there(
    journey: Journey, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = journey.operators["sl"]
    landed = journey.folder / "fetched" / "timetables" / "sl.zip"
    lock = (journey.folder / "sources.lock").read_bytes()
    with zipfile.ZipFile(landed) as archived:
        tables = {name: archived.read(name) for name in archived.namelist()}
    faults = {
        "stops.txt": (b"not,a,table\nof,stops,at all\n", "the timetable sl cannot be read"),
        "stop_times.txt": (tables["stop_times.txt"].replace(b"07:40", b"06:40"), "the timetable sl cannot"),
        "trips.txt": (b"route_id,service_id,trip_id\nR,none,T\n", "no_usable_trip"),
    }
    try:
        for name, (content, found) in faults.items():
            with zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
                for other, data in (tables | {name: content}).items():
                    bad.writestr(other, data)
            journey.operators["sl"] = (tmp_path / "bad.zip").read_bytes()
            assert journey.run("fetch", "timetable_sl") == cli.DATA_WRONG
            assert found in capfd.readouterr().err
            assert landed.read_bytes() == good
            assert (journey.folder / "sources.lock").read_bytes() == lock
    finally:
        journey.operators["sl"] = good
    assert journey.run("fetch", "timetable_sl") == cli.FINE


def test_the_lock_is_complete(journey: Journey) -> None:
    lock = Lock.read(journey.folder)
    assert set(lock.targets) == set(TARGETS)
    raw = journey.folder / "fetched" / "raw"
    named = set()
    for locked in lock.targets.values():
        content = (journey.folder / "fetched" / locked.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == locked.sha256
        for table in locked.tables:
            assert table.kept
            for kept in table.kept:
                data = (raw / kept.sha256).read_bytes()
                assert (hashlib.sha256(data).hexdigest(), len(data)) == (kept.sha256, kept.size)
                assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", kept.fetched)
                named.add(kept.sha256)
    assert {path.name for path in raw.iterdir()} == named
    commuting = lock.targets["commuting"].tables
    assert [(t.id, t.updated) for t in commuting] == [(t, "2025-03-20T07:00:00Z") for t in TABLES]
    assert json.loads(commuting[0].kept[0].body)["selection"][0]["variableCode"] == "Bostadskommun"
    assert lock.targets["timetable_sl"].tables[0].last_day == "2026-12-12"
    # The cells were asked for in as few calls as the limit allows: 504 600 / 150 000 and three of 84 100.
    assert [len(table.kept) for table in commuting] == [4, 1, 1, 1]


def test_a_second_fetch_makes_no_needless_call(journey: Journey) -> None:
    before = len(journey.publisher.log)
    files = {path: path.stat().st_mtime_ns for path in journey.folder.rglob("*") if path.is_file()}
    assert journey.run("fetch", *TARGETS) == cli.FINE
    made = journey.publisher.log[before:]
    # One question a table for its date and codes, and one for the timetable's mark; no figures.
    assert [seen.path for seen in made] == [
        *(f"/api/v2/tables/{table}/metadata" for table in (*TABLES, "TAB638", "TAB5557")),
        "/gtfs/sl/sl.zip",
    ]
    assert made[-1].headers["If-None-Match"]
    after = {path: path.stat().st_mtime_ns for path in journey.folder.rglob("*") if path.is_file()}
    # Only when the publisher was asked is written down.
    noted = (".fetching", "checked.json")
    assert {p: t for p, t in after.items() if p.name not in noted} == {
        p: t for p, t in files.items() if p.name not in noted
    }


def test_another_machine_makes_the_same_keys_of_the_lock(journey: Journey, tmp_path: Path) -> None:
    there = tmp_path / "elsewhere" / "group"
    shutil.copytree(
        journey.folder, there, ignore=shutil.ignore_patterns("*.csv", "checked.json", "timetables")
    )
    shutil.copytree(journey.folder / "figures", there / "figures", dirs_exist_ok=True)
    assert sorted(path.name for path in (there / "fetched").iterdir() if path.suffix) == []
    before = len(journey.publisher.log)
    words = ["--group", str(there), "--store", str(tmp_path / "store")]
    assert cli.main([*words, "fetch", "--offline", *TARGETS]) == cli.FINE
    assert len(journey.publisher.log) == before
    for file in ("commuting.csv", "population_age_sex.csv", "sources.csv", "timetables/sl.zip"):
        assert (there / "fetched" / file).read_bytes() == (journey.folder / "fetched" / file).read_bytes()
    here = Workspace(journey.folder, journey.store).planned
    assert {table: record.key for table, record in Workspace(there, tmp_path / "store").planned.items()} == {
        table: record.key for table, record in here.items()
    }


def test_the_key_stands_nowhere(journey: Journey, capfd: pytest.CaptureFixture[str]) -> None:
    assert any(seen.query.get("key") == KEY for seen in journey.publisher.log)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAFIKLAB_KEY", wrong := KEY.replace("0123", "9999"))
        assert journey.run("fetch", "timetable_sl") == cli.DATA_WRONG
        printed = capfd.readouterr()
        assert "is the key in TRAFIKLAB_KEY right" in printed.err
        assert wrong not in printed.err + printed.out
        patch.delenv("TRAFIKLAB_KEY")
        assert journey.run("fetch", "timetable_sl") == cli.DATA_WRONG
        assert "set TRAFIKLAB_KEY in the environment" in capfd.readouterr().err
    home = journey.folder.parent
    for path in home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert KEY.encode() not in data, path
            assert wrong.encode() not in data, path


def test_dry_run_check_and_status_tell_what_is(journey: Journey, capsys: pytest.CaptureFixture[str]) -> None:
    assert journey.run("fetch", "--dry-run", "population_totals") == cli.FINE
    # 290 municipalities · 24 years since 2001 = 6 960 cells, and 290 of 2025 from the table that goes on.
    assert "would take 2 calls, 7250 cells, about 0.0 MB, about" in capsys.readouterr().out
    assert journey.run("fetch", "--check", "commuting", "timetable_sl") == cli.FINE
    assert capsys.readouterr().out.splitlines() == ["commuting: the same", "timetable_sl: the same"]
    table = journey.publisher.tables["TAB1830"]
    was = table.updated, list(table.variables[-1].codes)
    table.updated = "2026-03-20T07:00:00Z"
    table.variables[-1].codes.append("2025")
    try:
        assert journey.run("fetch", "--check", "commuting") == cli.FINE
        found = capsys.readouterr()
        assert found.out == "commuting: changed\n"
        assert "TAB1830 was updated 2026-03-20" in found.err
        assert "new codes of Tid: 2025" in found.err
        assert journey.run("status") == cli.FINE
        status = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
        assert "changed at the publisher (TAB1830 was updated" in status["commuting.csv"]
        assert "fetched 20" in status["population_age_sex.csv"]
        assert "bundled (may be fetched)" in status["population_totals.csv"]
        assert "bundled" in status["municipalities.csv"]
        assert "not there (may be fetched)" in status["timetables/ul.zip"]
        assert re.search(r"Samtrafiken: \d+ of 50 calls this month", "\n".join(status.values()))
    finally:
        table.updated, table.variables[-1].codes[:] = was


def test_the_environment_of_these_tests_is_their_own(journey: Journey) -> None:
    assert Path(os.environ["STORREGION_STORE"]).is_relative_to(Path(journey.folder.parent.parent))
