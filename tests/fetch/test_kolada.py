import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest
from tests.fetch.faithful import Handler, Publisher, Seen

from storregion.core.errors import DataError, FetchError
from storregion.facts.key_figures import KEY_FIGURES
from storregion.fetch import kolada
from storregion.fetch.gather import Gathering
from storregion.fetch.kolada import Kolada
from storregion.fetch.lock import Kept, Shelf, TableLock, question
from storregion.fetch.publishers import Publisher as Settings
from storregion.fetch.publishers import Target
from storregion.fetch.transport import BrokenError, Transport
from storregion.fetch.turnstile import Turnstile

SHARED = Path(os.environ.get("STORREGION_SHARED") or Path(__file__).parents[3] / "shared")
RECORDED = SHARED / "data" / "kolada"
KPIS = [f"N{number:05}" for number in range(1, 41)]
AREAS = [f"{number:04}" for number in range(101, 391)]
TARGET = Target(
    publisher="kolada",
    file="key_figures.csv",
    title_sv="Nyckeltal",
    title_en="Key figures",
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


def test_years_go_on_to_the_next(source: Kolada) -> None:
    """What is published tomorrow, and what is planned for next year, comes without a change of the target."""
    seen = source.look(msgspec.structs.replace(TARGET, years=("2019", "from(2023)")))[0]
    years = seen.chosen["year"]
    assert years[:3] == ("2019", "2023", "2024")
    assert int(years[-1]) == datetime.now(UTC).year + 1
    with pytest.raises(DataError, match=r"hold 'since 2015'; write a year, or from\(YEAR\)"):
        source.look(msgspec.structs.replace(TARGET, years=("since 2015",)))


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


def test_a_status_without_a_meaning_is_reported(source: Kolada) -> None:
    with pytest.raises(
        DataError, match="'Private' is not a number; if it is a sign for no value, say under signs"
    ):
        fetched(source, msgspec.structs.replace(TARGET, signs={"Missing": "missing", "": "missing"}))


def test_a_key_figure_or_area_that_is_gone_is_reported(source: Kolada) -> None:
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


def test_an_answer_that_describes_fewer_key_figures_is_taken_and_one_of_others_is_not(tmp_path: Path) -> None:
    check = kolada._Named(frozenset({"N00001", "N00002"}))

    def described(*kpis: str) -> Path:
        path = tmp_path / "answer.json"
        path.write_bytes(msgspec.json.encode({"values": [{"id": kpi, "title": kpi} for kpi in kpis]}))
        return path

    check(described("N00001", "N00002"))
    check(described("N00001"))
    with pytest.raises(BrokenError, match="were not asked for"):
        check(described("N00001", "N00002", "N00003"))


def test_pages_that_never_end_and_counts_that_do_not_fit_are_refused(
    source: Kolada, publisher: Publisher, tmp_path: Path
) -> None:
    seen = source.look(TARGET)[0]
    asks = [(seen, call) for call in source.calls(TARGET, seen)]
    rows = [row("N00001", "0101", "2024")]

    def answered(**content: object) -> None:
        def fault(handler: Handler, seen: Seen) -> bool:
            if "/data/" not in seen.path:
                return False
            body = json.dumps({"values": rows, "next_url": None, **content}).encode()
            # The form of PxWeb's first interface, and of others: a byte order mark before the JSON.
            handler.reply(200, "application/json", b"\xef\xbb\xbf" + body)
            return True

        publisher.fault = fault

    def gathered() -> None:
        shelf = Shelf(tmp_path / "group")
        Gathering("x", source.transport, shelf, None, lambda done, total, what: None).tables(
            [seen], asks, source
        )

    answered(next_url=source.transport.publisher.base + "/data/x")
    before = len(publisher.log)
    with pytest.raises(FetchError, match="lead back to themselves"):
        gathered()
    # The titles, the first page, and the page that leads to itself, once.
    assert len(publisher.log) - before == 3
    for count, reported in ((2, "says that it has 2 rows, not 1"), (0, "has 0 rows, not 1")):
        answered(count=count)
        with pytest.raises(FetchError, match=reported):
            source.transport.receive(asks[1][1], source.folder)
    # Where pages follow, a count of all of them is more than what has come so far.
    check = kolada._Asked(frozenset(KPIS), frozenset(AREAS), frozenset(TARGET.years), before=1)
    second = replace(asks[1][1], check=check)
    answered(count=2, next_url="x")
    with pytest.raises(FetchError, match="has 2 rows, not more than 2"):
        source.transport.receive(second, source.folder)
    answered(count=3, next_url="x")
    assert source.transport.receive(second, source.folder).path
    for fitting in (1, None):
        answered(count=fitting)
        assert source.transport.receive(asks[1][1], source.folder).path


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded answers; STORREGION_SHARED names their folder")
def test_recorded_areas_and_values_are_read_as_published(
    source: Kolada, publisher: Publisher, tmp_path: Path
) -> None:
    """Kolada's own list of areas, and a key figure's values as others have recorded them."""
    areas = pl.read_csv(RECORDED / "kolada_municipality.csv", infer_schema=False)
    recorded = pl.read_csv(RECORDED / "kolada_values_n00945.csv", infer_schema=False)
    years = tuple(sorted(recorded["year"].unique()))
    rows = [
        {"kpi": r["kpi"], "municipality": r["municipality_id"], "period": int(r["year"]),
         "values": [{"gender": r["gender"], "status": r["status"] or "", "value": float(r["value"])}]}
        for r in recorded.iter_rows(named=True)
    ]  # fmt: skip

    def fault(handler: Handler, seen: Seen) -> bool:
        parts = seen.path.split("/")
        if "/data/" in seen.path:
            found = [
                r for r in rows if r["municipality"] in parts[6].split(",") and str(r["period"]) in parts[8]
            ]
            handler.json({"values": found, "count": len(found)})
        elif parts[2] == "municipality":
            handler.json({"values": areas.to_dicts(), "count": areas.height})
        else:
            handler.json({"values": [{"id": "N00945", "title": "Andel"}], "count": 1})
        return True

    publisher.fault = fault
    target = msgspec.structs.replace(
        TARGET, kpis=("N00945",), areas=("municipalities", "regions"), years=years
    )
    chosen = source.look(target)[0].chosen["municipality"]
    assert len(chosen) == areas.filter(pl.col("type").is_in(["K", "L"])).height
    frame = fetched(source, target)
    made = {(r["area"], r["year"]): float(r["value"]) for r in frame.iter_rows(named=True)}
    assert made == {
        (r["municipality_id"], r["year"]): float(r["value"]) for r in recorded.iter_rows(named=True)
    }


def test_an_answer_that_is_kept_but_is_none_is_asked_for_again(
    source: Kolada, publisher: Publisher, tmp_path: Path
) -> None:
    """A journal may hold what an earlier version took; it is held to what is taken today."""
    seen = source.look(TARGET)[0]
    call = source.calls(TARGET, seen)[0]
    shelf = Shelf(tmp_path / "group")
    shelf.folder.mkdir(parents=True)
    sha256 = hashlib.sha256(b"{}").hexdigest()
    (shelf.folder / sha256).write_bytes(b"{}")
    address = call.place(source.transport.publisher.base)
    kept = Kept("GET", address, sha256, 2, "2026-01-01T00:00:00Z")
    shelf.remember("x", question("GET", address, "", seen.updated), kept)
    gathering = Gathering("x", source.transport, shelf, None, lambda done, total, what: None)
    (table,) = gathering.tables([seen], [(seen, call)], source)
    assert table.kept[0].sha256 != sha256
    assert json.loads((shelf.folder / table.kept[0].sha256).read_bytes())["values"]
