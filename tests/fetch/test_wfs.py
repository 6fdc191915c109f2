import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import shapely
from tests.fetch.faithful import Handler, Publisher, Seen

from storregion.core.errors import DataError, FetchError
from storregion.facts.small_areas import SMALL_AREAS
from storregion.fetch import wfs
from storregion.fetch.lock import TableLock
from storregion.fetch.publishers import Publisher as Settings
from storregion.fetch.publishers import Target
from storregion.fetch.transport import Transport
from storregion.fetch.turnstile import Turnstile
from storregion.sources.geodata import small_areas

TARGET = Target(
    publisher="geodata",
    file="small_areas_deso.jsonl",
    title_sv="DeSO",
    title_en="DeSO",
    layer="stat:DeSO_2025",
    properties={"code": "desokod", "municipality": "kommunkod"},
)


def feature(number: int) -> dict[str, object]:
    """A square of 1 km; number 3 is a bow tie, whose lines cross, of two triangles of 0.25 km² each."""
    x, y = 600_000 + 1000 * number, 6_600_000
    corners = [[x, y], [x + 1000, y], [x + 1000, y + 1000], [x, y + 1000], [x, y]]
    if number == 3:
        corners = [corners[at] for at in (0, 1, 3, 2, 0)]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [corners]},
        "properties": {"desokod": f"0114A{number:04}", "kommunkod": "0114"},
    }


@pytest.fixture
def source(publisher: Publisher, asked: Settings, cache: Path, tmp_path: Path) -> Iterator[wfs.Features]:
    """A service with 25 features, in pages of at most 10."""

    def page(handler: Handler, seen: Seen) -> None:
        q = seen.query
        assert (q["service"], q["version"], q["request"]) == ("WFS", "2.0.0", "GetFeature")
        assert q["count"] == "1" or q["sortBy"] == "desokod"
        if q["typeNames"] != "stat:DeSO_2025":
            handler.reply(400, "application/xml", b"<ows:ExceptionReport/>")
            return
        start = int(q.get("startIndex", "0"))
        shown = [feature(number) for number in range(start, min(25, start + int(q["count"])))]
        handler.json({"type": "FeatureCollection", "features": shown, "numberMatched": 25,
                      "numberReturned": len(shown), "timeStamp": str(seen.at)})  # fmt: skip

    publisher.pages["/geoserver/stat/wfs"] = page
    base = f"http://127.0.0.1:{publisher.port}/geoserver/stat/wfs"
    settings = msgspec.structs.replace(asked, kind="wfs", base=base, page=10)
    with closing(Transport(settings, Turnstile(cache / "c.sqlite"))) as transport:
        yield wfs.Features(transport, tmp_path / "raw")


def fetched(source: wfs.Features) -> bytes:
    seen = source.look(TARGET)[0]
    answers = [source.transport.receive(call, source.folder) for call in source.calls(TARGET, seen)]
    paths = [answer.path for answer in answers if answer.path]
    made = wfs.read(TARGET, [(TableLock("x"), paths)], SMALL_AREAS, {}, source.folder / "made")
    assert made.checked_en == "25 areas; 1 shapes are made valid"
    assert isinstance(made.content, bytes)
    return made.content


def test_pages_are_put_together_and_shapes_made_valid(
    source: wfs.Features, publisher: Publisher, tmp_path: Path
) -> None:
    path = tmp_path / "small_areas_deso.jsonl"
    path.write_bytes(fetched(source))
    frame = SMALL_AREAS.check(small_areas(path, None, None, None), maker="test")
    assert frame["code"].to_list() == [f"0114A{number:04}" for number in range(25)]
    assert set(frame["municipality"]) == {"0114"}
    assert shapely.is_valid(shapely.from_wkb(frame["geometry"].to_numpy())).all()
    # 24 squares of 1 km² and two triangles with base 1 km and height 0.5 km.
    assert frame["area_km2"].sum() == pytest.approx(24 + 2 * 0.25)
    # One question for the count, then pages of 10, 10 and 5.
    assert [seen.query["count"] for seen in publisher.log] == ["1", "10", "10", "5"]


def test_the_same_answers_make_the_same_bytes(source: wfs.Features) -> None:
    first, again = fetched(source), fetched(source)
    assert first == again


def test_a_page_with_too_few_features_is_not_taken(source: wfs.Features, publisher: Publisher) -> None:
    call = source.calls(TARGET, source.look(TARGET)[0])[0]

    def fault(handler: Handler, seen: Seen) -> bool:
        page = {"type": "FeatureCollection", "features": [feature(1)], "numberMatched": 25}
        handler.reply(200, "application/json", json.dumps(page).encode())
        return True

    publisher.fault = fault
    with pytest.raises(FetchError, match="1 features where 10 were asked for"):
        source.transport.receive(call, source.folder)


def test_a_layer_or_property_that_is_gone_is_reported(source: wfs.Features) -> None:
    with pytest.raises(FetchError, match="400"):
        source.look(msgspec.structs.replace(TARGET, layer="stat:DeSO_2018"))
    with pytest.raises(DataError, match="no property deso; it has desokod, kommunkod"):
        source.look(msgspec.structs.replace(TARGET, properties={"code": "deso"}))


@pytest.mark.parametrize(
    "geometry",
    [{"type": "Point", "coordinates": [600000, 6600000]}, {"type": "Polygon", "coordinates": []},
     {"type": "Polygon", "coordinates": [[[0]]]}, {}, {"type": "Nonsense"}],
)  # fmt: skip
def test_a_shape_that_is_none_is_reported(tmp_path: Path, geometry: dict[str, object]) -> None:
    path = tmp_path / "page"
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": [{**feature(1), "geometry": geometry}]})
    )
    with pytest.raises(DataError, match="0114A0001"):
        wfs.read(TARGET, [(TableLock("x"), [path])], SMALL_AREAS, {}, tmp_path / "made")


def test_shapes_outside_sweden_and_damaged_files_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "small_areas_deso.jsonl"
    shape = shapely.to_wkb(shapely.box(18, 59, 19, 60), hex=True)
    line = {"code": "A", "name": None, "municipality": None, "population": None, "wkb": shape}
    path.write_text(json.dumps(line) + "\n")
    with pytest.raises(DataError, match=r"shapes of \['A'\] lie outside Sweden"):
        small_areas(path, None, None, None)
    path.write_text(json.dumps({**line, "wkb": "zz"}) + "\n")
    with pytest.raises(DataError, match="is damaged"):
        small_areas(path, None, None, None)


def test_a_service_that_passes_over_the_start_is_reported(source: wfs.Features, publisher: Publisher) -> None:
    def fault(handler: Handler, seen: Seen) -> bool:
        shown = [feature(number) for number in range(int(seen.query["count"]))]
        handler.json({"type": "FeatureCollection", "features": shown, "numberMatched": 25})
        return True

    publisher.fault = fault
    with pytest.raises(DataError, match="0114A0000' twice, for the same feature; does the service pass over"):
        fetched(source)


def test_a_layer_that_changes_while_it_is_fetched_is_reported(
    source: wfs.Features, publisher: Publisher
) -> None:
    seen = source.look(TARGET)[0]
    call = source.calls(TARGET, seen)[0]

    def fault(handler: Handler, seen: Seen) -> bool:
        shown = [feature(number) for number in range(10)]
        handler.json({"type": "FeatureCollection", "features": shown, "numberMatched": 26})
        return True

    publisher.fault = fault
    with pytest.raises(FetchError, match="had 25 features, now 26"):
        source.transport.receive(call, source.folder)
