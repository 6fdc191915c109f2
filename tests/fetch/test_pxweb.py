"""The two interfaces of PxWeb by themselves, and our reading of their forms beside others' reading."""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import msgspec
import polars as pl
import pytest
from tests.fetch.faithful import Handler, Page, Publisher, Seen, Table, Variable, dataset

from storregion.core.errors import FetchError
from storregion.facts.people import POPULATION
from storregion.fetch import figures
from storregion.fetch.lock import TableLock
from storregion.fetch.publishers import Publisher as Settings
from storregion.fetch.publishers import TableQuery, Target
from storregion.fetch.pxweb import PxWeb1, PxWeb2
from storregion.fetch.transport import Transport
from storregion.fetch.turnstile import Turnstile
from storregion.intake import cube
from storregion.intake.mapping import Source

SHARED = Path(os.environ.get("STORREGION_SHARED") or Path(__file__).parents[3] / "shared")
PX_FILES = sorted((SHARED / "data" / "pxweb" / "px_files").glob("*.px"))
EXPECTED = SHARED / "data" / "pxweb" / "server_expected"
COLUMNS = {
    "municipality": Source(dimension="Region"),
    "year": Source(dimension="Tid"),
    "persons": Source(cells=True),
}


def target(query: TableQuery) -> Target:
    """A target of one table."""
    return Target("p", "population_totals.csv", "a", "b", columns=COLUMNS, tables=(query,))


@pytest.fixture
def transport(asked: Settings, cache: Path) -> Iterator[Transport]:
    with closing(Transport(asked, Turnstile(cache / "c.sqlite"))) as made:
        yield made


def test_a_code_list_is_fetched_and_asked_by(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    publisher.add(Table("T", [Variable("Region", ["0114", "0115"]), Variable("Tid", ["2024"], time=True)],
                        lambda codes: 5))  # fmt: skip
    publisher.codelists["agg_LA"] = ["LA1", "LA2"]
    query = TableQuery("T", {"Region": ("LA*",), "Tid": ("latest",)}, {"Region": "agg_LA"})
    source = PxWeb2(transport, tmp_path)
    seen = source.look(target(query))[0]
    assert seen.chosen == {"Region": ("LA1", "LA2"), "Tid": ("2024",)}
    (call,) = source.calls(target(query), seen)
    assert json.loads(call.body or b"")["selection"] == [
        {"variableCode": "Region", "valueCodes": ["LA1", "LA2"], "codelist": "agg_LA"},
        {"variableCode": "Tid", "valueCodes": ["2024"]},
    ]
    assert transport.receive(call, tmp_path).path
    assert [seen.path.removeprefix("/api/v2/") for seen in publisher.log] == [
        "tables/T/metadata", "codelists/agg_LA", "config", "tables/T/data",
    ]  # fmt: skip


def test_limits_that_cannot_be_are_reported(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    publisher.cells = 0
    with pytest.raises(FetchError, match="may hold no cells"):
        PxWeb2(transport, tmp_path).limits()


@pytest.mark.skipif(not EXPECTED.is_dir(), reason="no recorded answers; STORREGION_SHARED names their folder")
@pytest.mark.parametrize("name", ["tab001", "tab003", "tab004"])
def test_what_the_publishers_own_server_answers_is_understood(
    publisher: Publisher, transport: Transport, tmp_path: Path, name: str
) -> None:
    """The answers that the server of PxWebApi 2 is tested against: its limits, and metadata of its tables."""
    metadata = (EXPECTED / f"MetadataById_{name}_js2.json").read_bytes()
    config = (EXPECTED / "GetApiConfiguration.json").read_bytes()

    def said_so(body: bytes) -> Page:
        return lambda handler, seen: handler.reply(200, "application/json", body)

    publisher.pages[f"/api/v2/tables/{name}/metadata"] = said_so(metadata)
    publisher.pages["/api/v2/config"] = said_so(config)
    source = PxWeb2(transport, tmp_path)
    table = source.table(name)
    said = json.loads(metadata)
    assert (table.label, table.updated) == (said["label"], said["updated"])
    assert [variable.code for variable in table.variables] == said["id"]
    assert [len(variable.codes) for variable in table.variables] == said["size"]
    assert [variable.code for variable in table.variables if variable.time] == said["role"]["time"]
    for variable in table.variables:
        found = said["dimension"][variable.code]["extension"].get("elimination", False)
        assert variable.eliminable is found
    assert source.limits() == 10_000
    assert (30, 10) in transport.limits


# ---- the older interface

AREAS = [("1", "1060 Olofström"), ("2", "1080 Karlskrona"), ("3", "1081 Ronneby")]


@pytest.fixture
def old(publisher: Publisher) -> Publisher:
    """The first interface: codes by position, the municipality in the label only."""
    table = Table(
        "wind",
        [Variable("Region", [c for c, _ in AREAS], [t for _, t in AREAS]),
         Variable("Tid", ["0", "1"], ["2023", "2024"], time=True)],
        lambda codes: 100 * int(codes[0]) + int(codes[1]),
    )  # fmt: skip

    def metadata(handler: Handler, seen: Seen) -> None:
        if seen.method == "GET":
            handler.json({"title": "Vindkraft", "variables": [
                {"code": v.code, "text": v.code.lower(), "values": v.codes, "valueTexts": v.labels,
                 "time": v.time}
                for v in table.variables]})  # fmt: skip
            return
        body = json.loads(seen.body)
        assert body["response"] == {"format": "json-stat2"}
        chosen = {part["code"]: part["selection"]["values"] for part in body["query"]}
        assert all(part["selection"]["filter"] == "item" for part in body["query"])
        handler.json(dataset(table, chosen, figures=True))

    publisher.pages["/api/v2/EN0105/wind.px"] = metadata
    publisher.pages["/api/v2/EN0105"] = lambda h, s: h.json(
        [{"id": "wind.px", "type": "t", "text": "Vindkraft", "updated": "2025-04-01T08:00:00"}]
    )
    return publisher


def test_the_older_interface_is_read_by_its_labels(
    old: Publisher, transport: Transport, tmp_path: Path
) -> None:
    wanted = target(
        TableQuery("EN0105/wind.px", {"Region": ("*",), "Tid": ("*",)}),
    )
    wanted = msgspec.structs.replace(wanted, columns={
        "municipality": Source(dimension="Region", label=True, take=r"^(\d{4}) "),
        "year": Source(dimension="Tid", label=True),
        "persons": Source(cells=True),
    })  # fmt: skip
    transport.publisher = msgspec.structs.replace(transport.publisher, cells=4)
    source = PxWeb1(transport, tmp_path)
    seen = source.look(wanted)[0]
    assert seen.updated == "2025-04-01T08:00:00"
    answers = [transport.receive(call, tmp_path).path for call in source.calls(wanted, seen)]
    assert len(answers) == 2
    made = figures.pxweb(
        wanted,
        [(TableLock("wind", "2025-04-01"), [p for p in answers if p])],
        POPULATION,
        {},
        tmp_path / "made",
    )
    assert isinstance(made.content, Path)
    assert made.content.read_bytes() == (
        b"municipality,year,persons\n1060,2023,100\n1060,2024,101\n1080,2023,200\n1080,2024,201\n"
        b"1081,2023,300\n1081,2024,301\n"
    )


# ---- beside others' reading


def test_jsonstat_is_read_as_pyjstat_reads_it(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Numbers, empty cells, and the publishers' signs, beside an independent reader."""
    from pyjstat import pyjstat

    signs: dict[tuple[str, ...], str | None] = {
        ("0114", "2023"): "..",
        ("0115", "2022"): ".",
        ("0115", "2024"): "-",
        ("0114", "2022"): None,
    }
    table = publisher.add(Table("T", [Variable("Region", ["0114", "0115"]),
                                      Variable("Tid", ["2022", "2023", "2024"], time=True)],
                                lambda codes: signs.get(codes, 10.5)))  # fmt: skip
    source = PxWeb2(transport, tmp_path)
    wanted = target(TableQuery("T", {"Region": ("*",), "Tid": ("*",)}))
    (call,) = source.calls(wanted, source.look(wanted)[0])
    path = transport.receive(call, tmp_path).path
    assert path is not None
    ours = cube.read_jsonstat(path).long({"Region": ("Region", False), "Tid": ("Tid", False)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pyjstat.Dataset.read(path.read_text("utf-8")).write("dataframe")
    assert list(ours["Region"]) == list(theirs["region"])
    assert list(ours["Tid"]) == list(theirs["tid"])
    numbers = ours["value"].cast(pl.Float64, strict=False)
    for word, mine, other in zip(ours["value"], numbers, theirs["value"], strict=True):
        # The other reader knows no signs; where it has nothing we have the sign, and nil is said by one.
        assert (other != other and word in ("..", ".", "0", None)) or mine == other
    assert list(ours["value"]) == [None, "..", "10.5", ".", "10.5", "0"]
    assert table.updated


@pytest.mark.skipif(not PX_FILES, reason="no PX files of others; STORREGION_SHARED names their folder")
@pytest.mark.parametrize("path", PX_FILES, ids=lambda path: path.name)
def test_px_is_read_as_pyaxis_reads_it(path: Path) -> None:
    """Every cell of real files beside an independent reader, which gives labels for codes."""
    pyaxis = pytest.importorskip("pyaxis.pyaxis")
    ours = cube.read_px(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pyaxis.parse(str(path), encoding="iso-8859-15")["DATA"]
    assert len(theirs) == ours.values.len()
    labels = {name: list(dict.fromkeys(theirs[name])) for name in theirs.columns if name != "DATA"}
    names = list(labels)
    places = {name: {label: at for at, label in enumerate(labels[name])} for name in names}
    sizes = [len(dimension.codes) for dimension in ours.dimensions]
    assert sizes == [len(labels[name]) for name in names]
    order = {spot: at for at, spot in enumerate(product(*map(range, sizes)))}
    for row in theirs.to_dict("records"):
        at = order[tuple(places[name][row[name]] for name in names)]
        word, other = ours.values[at], str(row["DATA"]).strip('"')
        assert (
            word == other
            or (other in ("-", "", "nan") and word in ("0", "-", ".", ".."))
            or (float(word) == float(other))
        ), (row, word)
