"""Six hundred spoilt or interrupted transfers of every kind, through a whole fetch: none lands."""

import gzip
import io
import json
import os
import random
import shutil
import socket
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.fetch.faithful import Handler, Publisher, Seen, Table, Variable

from storregion.core.workspace import Workspace
from storregion.fetch.run import Fetch, Wishes

FAULTS = int(os.environ.get("STORREGION_FAULTS", "600"))
SMALL = Path(__file__).parents[1] / "groups" / "blekinge"
AREAS = ["1060", "1080", "1081"]
Spoil = Callable[[Handler, random.Random, bytes, str], None]
Document = dict[str, Any]

TARGETS = {
    "population": """
        publisher = "scb"
        file = "population_totals.csv"
        [columns]
        municipality = { dimension = "Region" }
        year = { dimension = "Tid" }
        persons = { cells = true }
        [[tables]]
        id = "TAB638"
        select = { Region = ["*"], Tid = ["*"] }
        """,
    "figures": """
        publisher = "kolada"
        file = "key_figures.csv"
        with_reasons = true
        kpis = ["N00001"]
        areas = ["municipalities"]
        years = ["2023", "2024"]
        """,
    "areas": """
        publisher = "geodata"
        file = "small_areas_deso.jsonl"
        layer = "stat:DeSO_2025"
        properties = { code = "desokod", municipality = "kommunkod" }
        """,
    "timetable": """
        publisher = "trafiklab"
        file = "timetables/x.zip"
        feed = "gtfs/x.zip"
        """,
}
KINDS = {
    "scb": ("pxweb2", "/api/v2"),
    "kolada": ("kolada", "/v3"),
    "geodata": ("wfs", "/wfs"),
    "trafiklab": ("gtfs", ""),
}


def feature(number: int) -> Document:
    x, y = 500_000 + 1000 * number, 6_230_000
    corners = [[x, y], [x + 1000, y], [x + 1000, y + 1000], [x, y + 1000], [x, y]]
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [corners]},
            "properties": {"desokod": f"1080A{number:04}", "kommunkod": "1080"}}  # fmt: skip


def archive(**changed: str) -> bytes:
    """A timetable of two trips; a file that is changed to nothing is left out."""
    tables = {
        "agency": "agency_id,agency_name,agency_url,agency_timezone\nA,A,https://a.se,Europe/Stockholm\n",
        "stops": "stop_id,stop_name,stop_lat,stop_lon\na,A,56.1,15.5\nb,B,56.2,15.6\n",
        "routes": "route_id,agency_id,route_short_name,route_type\nR,A,1,100\n",
        "trips": "route_id,service_id,trip_id\nR,1,T\n",
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T,07:00:00,07:00:00,a,1\nT,07:40:00,07:40:00,b,2\n",
        "calendar_dates": "service_id,date,exception_type\n1,20260108,1\n",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in (tables | changed).items():
            if content:
                # Without a time of its own, the same content makes the same bytes.
                file.writestr(zipfile.ZipInfo(f"{name}.txt"), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def serve(publisher: Publisher) -> None:
    """The four kinds of publisher, on one socket."""
    publisher.calls, publisher.cells = 10**6, 4
    publisher.add(Table("TAB638", [Variable("Region", AREAS), Variable("Tid", ["2023", "2024"], time=True)],
                        lambda codes: int(codes[0])))  # fmt: skip

    def kpis(handler: Handler, seen: Seen) -> None:
        found = {"id": "N00001", "title": "Titel", "publication_date": "2026-01-01"}
        handler.json({"values": [found], "count": 1})

    def areas(handler: Handler, seen: Seen) -> None:
        handler.json({"values": [{"id": area, "title": area, "type": "K"} for area in AREAS], "count": 3})

    def figures(handler: Handler, seen: Seen) -> None:
        value = {"gender": "T", "value": 1.5}
        rows = [{"kpi": "N00001", "municipality": area, "period": year, "values": [value]}
                for area in AREAS for year in (2023, 2024)]  # fmt: skip
        at = int(seen.query.get("page", "1"))
        further = f"http://127.0.0.1:{publisher.port}{seen.path}?page=2" if at == 1 else None
        handler.json({"values": rows[4 * at - 4 : 4 * at], "count": 6, "next_url": further})

    def shapes(handler: Handler, seen: Seen) -> None:
        at, size = int(seen.query.get("startIndex", "0")), int(seen.query["count"])
        shown = [feature(number) for number in range(at, min(5, at + size))]
        handler.json(
            {"type": "FeatureCollection", "features": shown, "numberMatched": 5, "timeStamp": seen.at}
        )

    publisher.pages |= {
        "/v3/kpi/N00001": kpis,
        "/v3/municipality": areas,
        f"/v3/data/kpi/N00001/municipality/{','.join(AREAS)}/year/2023,2024": figures,
        "/wfs": shapes,
        "/gtfs/x.zip": lambda handler, seen: handler.reply(
            200, "application/zip", archive(), {"ETag": '"1"'}
        ),
    }


@pytest.fixture
def fetch(tmp_path: Path, publisher: Publisher) -> Callable[[str], str]:
    """Fetches one target anew and gives what went wrong."""
    folder = Path(shutil.copytree(SMALL, tmp_path / "group"))
    (folder / "fetch").mkdir()
    serve(publisher)
    (folder / "fetch" / "publishers.toml").write_text("".join(
        f'[{name}]\nkind = "{kind}"\nname = "{name}"\nbase = "http://127.0.0.1:{publisher.port}{path}"\n'
        "licence = 'CC0 1.0'\ncalls = 100000\nseconds = 0.01\nprivate = true\nplain = true\npause = 0.01\n"
        "attempts = 1\nsilence = 60\ndeadline = 120\nlargest = 100000\nunpacked = 200000\n"
        f"page = {3 if kind == 'wfs' else 100}\n"
        for name, (kind, path) in KINDS.items()
    ))  # fmt: skip
    for name, target in TARGETS.items():
        titles = 'title_sv = "T"\ntitle_en = "T"\n'
        (folder / "fetch" / f"{name}.toml").write_text(
            titles + "\n".join(map(str.strip, target.splitlines()))
        )
    work = Workspace(folder, tmp_path / "store")

    def once(name: str) -> str:
        outcome = Fetch(work, lambda line: None).run([name], Wishes(again=True))[0]
        return outcome.fault

    return once


# ---- how a true answer is spoilt


def head(handler: Handler, kind: str, length: int, **more: str) -> None:
    handler.head(200, {"Content-Type": kind, "Content-Length": str(length), **more})


def send(handler: Handler, kind: str, body: bytes, **more: str) -> None:
    head(handler, kind, len(body), **more)
    handler.wfile.write(body)
    handler.wfile.flush()


def cut_short(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    head(handler, kind, len(body))
    handler.wfile.write(body[: chance.randrange(len(body))])
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def reset(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    head(handler, kind, len(body))
    handler.wfile.write(body[: chance.randrange(len(body))])
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.close_connection = True
    handler.connection.close()


def truncated(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    send(handler, kind, body[: chance.randrange(len(body) - 1)])


def chunks_cut(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    handler.head(200, {"Content-Type": kind, "Transfer-Encoding": "chunked"})
    part = body[: chance.randrange(1, len(body))]
    handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def gzip_flipped(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    packed = bytearray(gzip.compress(body))
    packed[chance.randrange(12, len(packed))] ^= 1 << chance.randrange(8)
    send(handler, kind, bytes(packed), **{"Content-Encoding": "gzip"})


def gzip_cut(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    packed = gzip.compress(body)
    send(handler, kind, packed[: chance.randrange(len(packed))], **{"Content-Encoding": "gzip"})


def gzip_bomb(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    send(handler, kind, packer.compress(b" " * 1_000_000) + packer.flush(), **{"Content-Encoding": "gzip"})


def not_gzip(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    send(handler, kind, body, **{"Content-Encoding": chance.choice(["gzip", "br", "zstd"])})


def too_large(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    send(handler, kind, chance.randbytes(150_000))


def html(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    send(handler, chance.choice(["text/html", "text/plain; charset=utf-8", ""]), b"<h1>Underh\xc3\xa5ll</h1>")


def html_in_disguise(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    send(handler, kind, b"<html>" + b"x" * chance.randrange(1, 500) + b"</html>")


def redirect(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    to = chance.choice(["http://169.254.169.254/", "https://example.org/", "file:///etc/passwd", "http://[x",
                        "/a b", "/å", "http://user@127.0.0.1/", "//example.org/", ""])  # fmt: skip
    handler.head(chance.choice([301, 302, 303, 307, 308]), {"Location": to, "Content-Length": "0"})


def refusal(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    handler.reply(chance.choice([204, 206, 400, 401, 403, 404, 410, 429, 500, 502, 503, 504]), kind, b"")


def silent(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    handler.wfile.write(chance.choice([b"", b"\0" * 40, b"HTTP/1.1 huh\r\n\r\n"]))
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def empty(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
    send(handler, kind, b"")


ANY: list[Spoil] = [
    cut_short, reset, truncated, chunks_cut, gzip_flipped, gzip_cut, gzip_bomb, not_gzip, too_large, html,
    html_in_disguise, redirect, refusal, silent, empty,
]  # fmt: skip


def changed(change: Callable[[Document], object]) -> Spoil:
    """An answer that is whole JSON, but not what was asked for."""

    def spoil(handler: Handler, chance: random.Random, body: bytes, kind: str) -> None:
        content = json.loads(body)
        change(content)
        send(handler, kind, json.dumps(content).encode())

    return spoil


def raw(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda handler, chance, body, kind: send(handler, kind, change(body))


JSON: list[Spoil] = [
    raw(lambda body: body + b"x"),
    raw(lambda body: body.replace(b'"', b'"\xff', 1)),
    raw(lambda body: b"[" * 50_000 + b"]" * 50_000),
    raw(lambda body: body.replace(b": ", b": NaN", 1)),
    lambda handler, chance, body, kind: send(handler, "application/json; charset=utf-16", body),
]
# By a part of the path, and whether it is a POST: what makes that answer wrong.
OWN: dict[str, list[Spoil]] = {
    "/metadata": [
        changed(lambda d: d.pop("dimension")),
        changed(lambda d: d["dimension"].pop("Tid")),
        changed(lambda d: d.update({"class": "collection"})),
        changed(lambda d: d["dimension"]["Region"]["category"]["index"].pop("1080")),
        changed(lambda d: (d["id"].append("Kon"), d["dimension"].update(Kon=d["dimension"]["Tid"]))),
        changed(lambda d: d.update(id=7)),
    ],
    "TAB638/data": [
        changed(lambda d: d["value"].pop()),
        changed(lambda d: d["value"].append(1)),
        changed(lambda d: d["value"].__setitem__(0, "many")),
        changed(lambda d: d["value"].__setitem__(0, -5)),
        changed(lambda d: d["size"].__setitem__(0, 9)),
        changed(lambda d: d.update(updated="2027-01-01T00:00:00Z")),
        changed(lambda d: d["dimension"]["Region"]["category"].update(index={"9999": 0})),
        changed(lambda d: d.pop("value")),
    ],
    "/v3/kpi": [
        changed(lambda d: d.update(values=[])),
        changed(lambda d: d["values"][0].update(id="N99999")),
        changed(lambda d: d.update(values=5)),
        changed(lambda d: d.pop("values")),
    ],
    "/v3/municipality": [
        changed(lambda d: d.update(values=[])),
        changed(lambda d: [area.update(type="L") for area in d["values"]]),
        changed(lambda d: d.update(next_url="http://127.0.0.1:1/")),
        changed(lambda d: d.update(values={})),
    ],
    "/v3/data": [
        changed(lambda d: d["values"].pop()),
        changed(lambda d: d["values"].append(d["values"][0])),
        changed(lambda d: d["values"][0].update(municipality="0180")),
        changed(lambda d: d["values"][0].update(period="x")),
        changed(lambda d: d["values"][0]["values"].append({"gender": "T", "value": 2})),
        changed(lambda d: d["values"][0]["values"][0].update(value=None, status="Odd")),
        changed(lambda d: d.update(count=99, next_url=None)),
        changed(lambda d: d.update(next_url=7)),
    ],
    "/wfs": [
        changed(lambda d: d["features"].pop()),
        changed(lambda d: d.update(type="Feature")),
        changed(lambda d: d.update(numberMatched=50, features=[*d["features"], feature(9)])),
        changed(lambda d: d["features"][0].pop("geometry")),
        changed(lambda d: d["features"][0]["properties"].clear()),
        changed(lambda d: d.update(features=None)),
    ],
    "/gtfs": [
        lambda handler, chance, body, kind: send(handler, kind, archive(stops="")),
        lambda handler, chance, body, kind: send(handler, kind, archive(stops="a,b\n1,2\n")),
        lambda handler, chance, body, kind: send(
            handler, kind, archive(trips="route_id,service_id,trip_id\n")
        ),
        lambda handler, chance, body, kind: send(handler, kind, archive(agency="agency_id\nA\n")),
        # A byte of the packed content of the first file, past its name.
        raw(lambda body: body[:45] + bytes([body[45] ^ 255]) + body[46:]),
        raw(lambda body: b"PK\5\6" + bytes(18)),
    ],
}


def ways(path: str) -> list[Spoil]:
    """Everything that makes an answer to this path wrong."""
    own = next((spoils for part, spoils in OWN.items() if part in path), [])
    return [*ANY, *own, *(JSON if "/gtfs" not in path else [])]


@dataclass
class Once:
    """Spoils the answer to one call, the first of its kind, and leaves all others true."""

    method: str
    path: str
    spoil: Spoil
    chance: random.Random
    done: bool = False

    def __call__(self, handler: Handler, seen: Seen) -> bool:
        if self.done or (seen.method, seen.path) != (self.method, self.path):
            return False
        self.done = True
        true: list[tuple[str, bytes]] = []

        def caught(status: int, kind: str, body: bytes, *_: object, **__: object) -> None:
            true.append((kind, body))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(handler, "reply", caught)
            handler.route(seen)
        self.spoil(handler, self.chance, true[0][1], true[0][0])
        return True


def state(folder: Path) -> dict[str, bytes]:
    """What a user has: everything but raw files, what publishers said, and the gate."""
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "raw" not in path.parts and path.name not in (".fetching", "checked.json")
    }


@pytest.mark.long
def test_of_six_hundred_spoilt_transfers_none_lands(
    fetch: Callable[[str], str], publisher: Publisher, tmp_path: Path
) -> None:
    """In turn every way to spoil every answer of every target: the answer to one call is spoilt, all others
    are true. Nothing lands, and the files, their lock and their lines are to the byte what they were."""
    calls: dict[str, list[tuple[str, str]]] = {}
    for name in TARGETS:
        at = len(publisher.log)
        assert fetch(name) == ""
        calls[name] = list(dict.fromkeys((seen.method, seen.path) for seen in publisher.log[at:]))
    before = state(tmp_path / "group")
    assert len([path for path in before if "/fetched/" in path]) == len(TARGETS) + 1
    plan = [(name, call, spoil) for name, made in calls.items() for call in made for spoil in ways(call[1])]
    assert len(plan) > 150
    spoilt: list[int] = []
    for number in range(FAULTS):
        name, (method, path), spoil = plan[number % len(plan)]
        once = Once(method, path, spoil, random.Random(number))
        publisher.fault = once
        reported = fetch(name)
        where = (number, name, path, ways(path).index(spoil))
        assert once.done, where
        assert reported, where
        assert "Traceback" not in reported
        assert state(tmp_path / "group") == before, where
        drafts = {p.name for p in (tmp_path / "group" / "fetched" / "raw").iterdir() if len(p.name) != 64}
        assert drafts <= {"journal.jsonl"}, where
        spoilt.append(number)
    assert len(spoilt) == FAULTS
    publisher.fault = None
    assert [fetch(name) for name in TARGETS] == [""] * len(TARGETS)
    assert state(tmp_path / "group") == before


def test_a_corrected_shape_is_fetched_and_told_though_nothing_dates_it(
    fetch: Callable[[str], str], publisher: Publisher, tmp_path: Path
) -> None:
    place = tmp_path / "group" / "fetched" / "small_areas_deso.jsonl"
    assert fetch("areas") == ""
    before = place.read_bytes()

    def corrected(handler: Handler, seen: Seen) -> bool:
        at, size = int(seen.query.get("startIndex", "0")), int(seen.query["count"])
        shown = [feature(number + (number == 4)) for number in range(at, min(5, at + size))]
        for shape in shown:
            shape["properties"]["desokod"] = shape["properties"]["desokod"].replace("0005", "0004")
        handler.json({"type": "FeatureCollection", "features": shown, "numberMatched": 5})
        return True

    work = Workspace(tmp_path / "group", tmp_path / "store")
    check, plain = Wishes(check=True), Wishes()
    assert Fetch(work, lambda line: None).run(["areas"], check)[0].word == "the same"
    assert Fetch(work, lambda line: None).run(["areas"], plain)[0].word == "up to date"
    assert place.read_bytes() == before
    publisher.fault = corrected
    assert Fetch(work, lambda line: None).run(["areas"], check)[0].changes == [
        "stat:DeSO_2025 has other content than was fetched"
    ]
    assert place.read_bytes() == before
    assert Fetch(work, lambda line: None).run(["areas"], plain)[0].word == "fetched"
    assert len(set(place.read_bytes().splitlines()) & set(before.splitlines())) == 4
