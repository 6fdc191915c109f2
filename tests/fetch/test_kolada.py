import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import polars as pl
import pytest
from tests.fetch.faithful import Handler, Publisher, Seen

from storregion.errors import DataError, FetchError
from storregion.facts.key_figures import KEY_FIGURES
from storregion.fetch import kolada
from storregion.fetch.kolada import Kolada
from storregion.fetch.lock import TableLock
from storregion.fetch.publishers import Publisher as Settings
from storregion.fetch.publishers import Target
from storregion.fetch.transport import Transport
from storregion.fetch.turnstile import Turnstile

KPIS = [f"N{number:05}" for number in range(1, 41)]
AREAS = [f"{number:04}" for number in range(101, 391)]
TARGET = Target(
    publisher="kolada",
    file="key_figures.csv",
    title_sv="Nyckeltal",
    title_en="Key figures",
    value="value",
    with_reasons=True,
    kpis=("N00001", "N00002"),
    areas=("municipalities", "0004", "0000"),
    years=("2023", "2024"),
    signs={"Missing": "missing", "Private": "suppressed", "": "missing"},
)


def row(kpi: str, area: str, year: str) -> dict[str, object]:
    """N00002 is by sex; area 0102 keeps women's value private, 0103 has none, 0104 no word why."""
    at = int(kpi[1:]) + int(area) / 10_000
    if kpi != "N00002":
        return {"kpi": kpi, "municipality": area, "period": int(year),
                "values": [{"gender": "T", "count": 1, "status": "", "value": at}]}  # fmt: skip
    women = {"0102": (None, "Private"), "0103": (None, "Missing"), "0104": (None, "")}.get(area, (at, ""))
    values = [("T", at, ""), ("M", 0, ""), ("K", *women)]
    return {"kpi": kpi, "municipality": area, "period": int(year),
            "values": [{"gender": g, "count": 1, "status": s, "value": v} for g, v, s in values]}  # fmt: skip


@pytest.fixture
def source(publisher: Publisher, asked: Settings, cache: Path, tmp_path: Path) -> Iterator[Kolada]:
    """Kolada on this machine: at most 25 identities in a part of an address, and pages of 40."""
    publisher.calls = 1000

    def page(handler: Handler, seen: Seen) -> None:
        parts = seen.path.split("/")[2:]
        if any(len(part.split(",")) > 25 for part in parts):
            handler.problem(400, "Too many ids", "at most 25")
            return
        if parts[0] == "municipality":
            found: list[object] = [{"id": a, "title": a, "type": "K"} for a in AREAS]
            found += [{"id": a, "title": a, "type": "L"} for a in ("0000", "0001", "0004")]
        elif parts[0] == "kpi":
            found = [{"id": k, "title": f"Titel {k}", "publication_date": "2026-03-01"}
                     for k in parts[1].split(",") if k in KPIS]  # fmt: skip
        else:
            _, _, kpis, _, areas, _, years = parts
            found = [
                row(k, a, y) for k in kpis.split(",") for a in areas.split(",") for y in years.split(",")
            ]
        at, size = int(seen.query.get("page", "1")), min(40, int(seen.query["per_page"]))
        further = f"http://127.0.0.1:{publisher.port}{seen.path}?per_page={size}&page={at + 1}"
        shown = found[(at - 1) * size : at * size]
        handler.json({"values": shown, "count": len(shown),
                      "next_url": further if at * size < len(found) else None})  # fmt: skip

    class Pages(dict):  # type: ignore[type-arg]
        def get(self, key: str, default: object = None) -> object:
            return page if key.startswith("/v3/") else default

    publisher.pages = Pages()
    settings = msgspec.structs.replace(asked, kind="kolada", base=f"http://127.0.0.1:{publisher.port}/v3",
                                       calls=1000, page=5000)  # fmt: skip
    with closing(Transport(settings, Turnstile(cache / "c.sqlite"))) as transport:
        yield Kolada(transport, tmp_path / "raw")


def fetched(source: Kolada, target: Target) -> pl.DataFrame:
    """All answers, page by page, as the figure file has them."""
    seen = source.look(target)[0]
    paths = []
    queue = source.calls(target, seen)
    while queue:
        call = queue.pop(0)
        answer = source.transport.receive(call, source.folder)
        assert answer.path is not None
        paths.append(answer.path)
        if further := source.follow(call, answer.path):
            queue.insert(0, further)
    made = kolada.read(target, [(TableLock("kolada"), paths)], KEY_FIGURES, {}, source.folder / "made")
    assert isinstance(made.content, Path)
    return pl.read_csv(made.content, infer_schema=False)


def test_batches_and_pages_are_put_together(source: Kolada, publisher: Publisher) -> None:
    """292 areas in batches of 25 are 12; 2 key figures · 25 areas · 2 years = 100 rows make 3 pages of 40."""
    frame = fetched(source, TARGET)
    # N00001 has one value, N00002 three: (1 + 3) · 292 areas · 2 years.
    assert frame.height == 4 * 292 * 2
    assert frame.select("kpi", "area", "year", "sex").is_duplicated().sum() == 0
    assert set(frame["area"]) == {*AREAS, "04", "00"}
    assert frame.row(0, named=True) == {
        "kpi": "N00001", "area": "00", "year": "2023", "sex": "total", "title": "Titel N00001",
        "value": "1", "value_absent": None,
    }  # fmt: skip
    assert not any(seen.refused for seen in publisher.log)
    # 12 batches: eleven of 100 rows in 3 pages, and one of 17 areas, 68 rows, in 2.
    assert len(publisher.asked("/data/")) == 11 * 3 + 2


def test_sexes_and_reasons_are_kept_apart(source: Kolada) -> None:
    frame = fetched(source, TARGET).filter(kpi="N00002", year="2024")
    found = {(r["area"], r["sex"]): (r["value"], r["value_absent"]) for r in frame.iter_rows(named=True)}
    assert found["0101", "total"] == ("2.0101", None)
    assert found["0101", "men"] == ("0", None)
    assert found["0101", "women"] == ("2.0101", None)
    assert found["0102", "women"] == (None, "suppressed")
    assert found["0103", "women"] == (None, "missing")
    assert found["0104", "women"] == (None, "missing")


def test_a_status_without_a_meaning_is_told(source: Kolada) -> None:
    with pytest.raises(DataError, match=r"cells have the sign 'Private'; say under signs what it means"):
        fetched(source, msgspec.structs.replace(TARGET, signs={"Missing": "missing", "": "missing"}))


def test_a_key_figure_or_area_that_is_gone_is_told(source: Kolada) -> None:
    with pytest.raises(DataError, match="no key figure N99999"):
        source.look(msgspec.structs.replace(TARGET, kpis=("N00001", "N99999")))
    with pytest.raises(DataError, match="no area '9999'"):
        source.look(msgspec.structs.replace(TARGET, areas=("9999",)))


def test_what_was_not_asked_for_is_not_taken(source: Kolada, publisher: Publisher) -> None:
    seen = source.look(TARGET)[0]
    call = source.calls(TARGET, seen)[1]
    twice = {**row("N00002", "0101", "2024"), "values": [{"gender": "T", "value": 1}] * 2}
    others = (("N00003", "0101", "2024"), ("N00001", "9999", "2024"), ("N00001", "0101", "1999"))
    for wrong in (*(row(*other) for other in others), twice):

        def fault(handler: Handler, seen: Seen, wrong: object = wrong) -> bool:
            handler.reply(200, "application/json", json.dumps({"values": [wrong], "next_url": None}).encode())
            return True

        publisher.fault = fault
        with pytest.raises(FetchError, match="not asked for, or a value twice"):
            source.transport.receive(call, source.folder)
