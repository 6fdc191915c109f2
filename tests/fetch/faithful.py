"""A publisher to fetch from, on a real socket of this machine, that behaves as the publishers do.

It speaks PxWebApi 2 as the publisher's OpenAPI file and its expected answers have it: the same paths, the
same limits (403 for too many cells, 429 for too many calls, 404 for a GET that is too long, 400 for a code
that is not there), ProblemDetails for what goes wrong. It keeps a log of every call with its time, and a
test may have it answer wrongly in any way.
"""

import gzip
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

LONGEST_ADDRESS = 2048


@dataclass
class Variable:
    """A variable as the publisher has it."""

    code: str
    codes: list[str]
    labels: list[str] = field(default_factory=list)
    eliminable: bool = False
    time: bool = False

    def label_of(self, code: str) -> str:
        return self.labels[self.codes.index(code)] if self.labels else code


@dataclass
class Table:
    """A table: `cell` gives a number, a sign for no value, or None, for codes, `named` for named ones."""

    id: str
    variables: list[Variable]
    cell: Callable[[tuple[str, ...]], float | str | None]
    updated: str = "2025-03-20T07:00:00Z"
    notes: list[str] = field(default_factory=list)
    named: Callable[[dict[str, str]], float | str | None] | None = None


@dataclass(frozen=True)
class Seen:
    """One call as the publisher saw it."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]
    refused: bool = False


Fault = Callable[["Handler", Seen], bool]
Page = Callable[["Handler", Seen], None]


class Publisher:
    """The server; `address` is its base."""

    def __init__(self, *, cells: int = 1000, calls: int = 30, seconds: float = 10.0) -> None:
        self.cells, self.calls, self.seconds = cells, calls, seconds
        self.tables: dict[str, Table] = {}
        self.codelists: dict[str, list[str]] = {}
        self.pages: dict[str, Page] = {}
        self.log: list[Seen] = []
        self.fault: Fault | None = None
        self.config_calls: int | None = None
        self._recent: deque[float] = deque()
        self._lock = threading.Lock()
        handler = type("Bound", (Handler,), {"publisher": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v2"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def add(self, table: Table) -> Table:
        self.tables[table.id] = table
        return table

    def admit(self, at: float) -> bool:
        """Whether a call that came now is within the rate."""
        with self._lock:
            while self._recent and self._recent[0] <= at - self.seconds:
                self._recent.popleft()
            if len(self._recent) >= self.calls:
                return False
            self._recent.append(at)
            return True

    def asked(self, part: str, method: str | None = None) -> list[Seen]:
        """The calls whose path holds something."""
        return [s for s in self.log if part in s.path and method in (None, s.method)]

    def most_in_a_window(self) -> int:
        """The most calls that any window of the published length held."""
        times = sorted(s.at for s in self.log)
        return max(
            (sum(1 for t in times[i:] if t < start + self.seconds) for i, start in enumerate(times)),
            default=0,
        )


class Handler(BaseHTTPRequestHandler):
    """Answers one call."""

    publisher: Publisher
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _answer(self, method: str) -> None:
        at = time.time()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        admitted = self.publisher.admit(at)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        seen = Seen(at, method, unquote(parts.path), query, body, dict(self.headers.items()), not admitted)
        self.publisher.log.append(seen)
        if not admitted:
            self.problem(429, "Too many requests", "You have reached the threshold for request limiting.")
        elif self.publisher.fault is None or not self.publisher.fault(self, seen):
            self.route(seen)

    def route(self, seen: Seen) -> None:
        """The true answer."""
        if seen.method == "GET" and len(self.path) > LONGEST_ADDRESS:
            self.problem(404, "Not Found", "")
            return
        if page := self.publisher.pages.get(seen.path):
            page(self, seen)
            return
        steps = seen.path.removeprefix("/api/v2/").split("/")
        table = self.publisher.tables.get(steps[1]) if len(steps) > 1 and steps[0] == "tables" else None
        if steps == ["config"]:
            self.json(self.config())
        elif steps[0] == "codelists" and len(steps) == 2 and steps[1] in self.publisher.codelists:
            codes = self.publisher.codelists[steps[1]]
            values = [{"code": code, "label": code, "valueMap": []} for code in codes]
            self.json({"id": steps[1], "label": steps[1], "language": "sv", "languages": ["sv"],
                       "type": "Aggregation", "values": values, "links": []})  # fmt: skip
        elif table is None:
            self.problem(404, "Not Found", "Node with id can not be found")
        elif steps[2:] == ["metadata"]:
            self.json(dataset(table, {v.code: v.codes for v in table.variables}, figures=False))
        elif steps[2:] == ["data"]:
            self.data(table, seen)
        else:
            self.problem(404, "Not Found", "")

    def config(self) -> dict[str, Any]:
        p = self.publisher
        return {
            "apiVersion": "2.0.0", "appVersion": "17.12.0", "defaultLanguage": "sv", "maxDataCells": p.cells,
            "languages": [{"id": "sv", "label": "Svenska"}], "defaultDataFormat": "json-stat2",
            "maxCallsPerTimeWindow": p.config_calls or p.calls, "timeWindow": max(1, int(p.seconds)),
            "license": "https://creativecommons.org/share-your-work/public-domain/cc0/",
            "dataFormats": ["json-stat2", "csv", "px", "xlsx"], "sourceReferences": [], "features": [],
        }  # fmt: skip

    def data(self, table: Table, seen: Seen) -> None:
        """The cells that a POST asks for."""
        chosen = {v.code: v.codes for v in table.variables}
        for variable in table.variables:
            if variable.eliminable:
                del chosen[variable.code]
        known = {v.code: v for v in table.variables}
        named = {wanted["variableCode"] for wanted in json.loads(seen.body or b"{}").get("selection", ())}
        if left := chosen.keys() - named:
            self.problem(400, "Bad Request", f"Missing selection for mandantory variable {min(left)}")
            return
        for wanted in json.loads(seen.body or b"{}").get("selection", ()):
            name, codes = wanted["variableCode"], wanted["valueCodes"]
            there = self.publisher.codelists.get(wanted.get("codelist", ""), []) or (
                known[name].codes if name in known else []
            )
            if bad := [code for code in codes if code not in there]:
                self.problem(400, "Bad Request", f"Value, {bad[0]} is not a valid value code for {name}")
                return
            chosen[name] = [code for code in there if code in set(codes)]
        cells = 1
        for codes in chosen.values():
            cells *= len(codes)
        if cells > self.publisher.cells:
            self.problem(403, "Forbidden", "The query resulted in cell that exceeds the number of allowed.")
            return
        self.json(dataset(table, chosen, figures=True))

    def json(self, content: object) -> None:
        self.reply(200, "application/json; charset=utf-8", json.dumps(content, ensure_ascii=False).encode())

    def problem(self, status: int, title: str, detail: str) -> None:
        body = json.dumps(
            {"type": "about:blank", "title": title, "status": status, "detail": detail}
        ).encode()
        self.reply(status, "application/problem+json", body)

    def reply(
        self, status: int, kind: str, body: bytes, extra: dict[str, str] | None = None, *, plain: bool = False
    ) -> None:
        """A whole answer, packed where that is asked for."""
        headers = dict(extra or {})
        if not plain and "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 200:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        self.head(status, {"Content-Type": kind, "Content-Length": str(len(body)), **headers})
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


def dataset(table: Table, chosen: dict[str, list[str]], *, figures: bool) -> dict[str, Any]:
    """A table, or a part of it, as JSON-stat 2."""
    shown = [v for v in table.variables if v.code in chosen]
    cells = product(*(chosen[v.code] for v in shown)) if figures else ()
    names = [v.code for v in shown]
    values = [
        table.named(dict(zip(names, codes, strict=True))) if table.named else table.cell(codes)
        for codes in cells
    ]
    signs = {str(at): value for at, value in enumerate(values) if isinstance(value, str)}
    return {
        "version": "2.0",
        "class": "dataset",
        "label": table.id,
        "source": "SCB",
        "updated": table.updated,
        **({"note": table.notes} if table.notes else {}),
        "role": {"time": [v.code for v in shown if v.time], "metric": ["ContentsCode"]},
        "id": [v.code for v in shown],
        "size": [len(chosen[v.code]) for v in shown],
        "dimension": {
            v.code: {
                "label": v.code.lower(),
                "category": {
                    "index": {code: at for at, code in enumerate(chosen[v.code])},
                    "label": {code: v.label_of(code) for code in chosen[v.code]},
                },
                "extension": {"elimination": v.eliminable, "show": "value", "codelists": []},
            }
            for v in shown
        },
        "extension": {"px": {"tableid": table.id, "decimals": 0}},
        "value": [None if isinstance(value, str) else value for value in values] if figures else None,
        **({"status": signs} if signs else {}),
    }
