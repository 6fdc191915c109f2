"""Readers are told what is being done, work is shared and bounded, and no fault is without words."""

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.publish.serving.live import WAIT, Got, live

from storregion.core.errors import StoreError
from storregion.core.language import LANGUAGES, Language
from storregion.publish.parts import Answer
from storregion.publish.portal import open_site
from storregion.publish.serving.application import application
from storregion.publish.serving.asked import PROGRESS
from storregion.publish.serving.limits import Limits
from storregion.publish.serving.pools import Job, Pool
from storregion.publish.site import POLICY, Site

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
FILE = "/sv/place/1080/population.csv"


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What slow answers wait for; opened at the end, whatever happens."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def own(small_site: Site) -> Site:
    """A site of the small group that a test may change."""
    return open_site(small_site.workspace)


def slowed(site: Site, gate: threading.Event, at: str) -> list[str]:
    """Hold an address's answer until the gate opens; the addresses that were made."""
    made: list[str] = []
    answer = site.answer

    def slow(path: str) -> Answer:
        made.append(path)
        if path == at:
            assert gate.wait(WAIT)
        return answer(path)

    site.answer = slow  # type: ignore[method-assign]
    return made


def until(ask: Callable[[], Got], status: int) -> Got:
    """The first answer of a status."""
    for _ in range(20 * WAIT):
        if (got := ask()).status == status:
            return got
        time.sleep(0.05)
    raise AssertionError(f"no answer {status}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_takes_long_says_so_at_once_and_is_made_once(
    own: Site, gate: threading.Event, language: Language
) -> None:
    path = f"/{language}/place/1080/"
    made = slowed(own, gate, path[1:])
    with live(application(own, Limits(patience=0.2))) as to:
        with ThreadPoolExecutor(6) as readers:
            first = [it.result(WAIT) for it in [readers.submit(to.get, path) for _ in range(6)]]
        for got in first:
            assert got.status == 202
            assert got.headers["retry-after"] == "2"
            assert got.headers["cache-control"] == "no-store"
            assert got.headers["content-security-policy"] == POLICY
            assert {"sv": "Beräknas", "en": "Being calculated"}[language] in got.text
            # Without script the page asks again by itself.
            assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in got.text
            assert re.search(r'<script type="module" src="/assets/waiting\.js\?v=\w+">', got.text)
        told = to.get(path, accept=PROGRESS)
        assert told.status == 202
        assert json.loads(told.text)["step"]
        # Other pages are not held up.
        until(lambda: to.get(f"/{language}/about/"), 200)
        gate.set()
        done = until(lambda: to.get(path), 200)
        assert f'<html lang="{language}">' in done.text
        assert to.get(path, accept=PROGRESS).status == 204
    assert made.count(path[1:]) == 1


def test_a_program_that_asks_for_a_file_never_gets_a_page_for_it(own: Site, gate: threading.Event) -> None:
    slowed(own, gate, FILE[1:])
    with live(application(own, Limits(patience=0.2, longest=0.4))) as to:
        program = to.get(FILE)
        assert (program.status, program.headers["content-type"]) == (503, "text/plain; charset=utf-8")
        assert program.headers["retry-after"] == "2"
        assert "<" not in program.text
        browser = to.get(FILE, accept=BROWSER)
        assert (browser.status, browser.headers["content-type"]) == (202, "text/html; charset=utf-8")
        gate.set()
        assert until(lambda: to.get(FILE), 200).body == own.answer(FILE[1:]).body


def test_a_tag_is_checked_before_anything_is_made(own: Site, gate: threading.Event) -> None:
    tag = ""
    with live(application(own)) as to:
        tag = to.get(FILE).headers["etag"]
    made = slowed(own, gate, FILE[1:])
    with live(application(own)) as to:
        until(lambda: to.get("/sv/"), 200)
        again = to.get(FILE, if_none_match=tag)
        assert (again.status, again.headers["etag"], again.body) == (304, tag, b"")
        # The headers of the answer that the reader has are those that it would get now.
        assert (again.headers["cache-control"], again.headers["vary"]) == ("no-cache", "Accept-Encoding")
    assert FILE[1:] not in made


def test_a_part_of_a_file_is_that_part_of_the_whole(small_site: Site) -> None:
    with live(application(small_site)) as to:
        whole = to.get(FILE)
        assert whole.headers["accept-ranges"] == "bytes"
        part = to.get(FILE, range="bytes=10-29")
        assert (part.status, part.body) == (206, whole.body[10:30])


@pytest.fixture
def tried(own: Site, gate: threading.Event) -> list[str]:
    """The search form, as one whose answers take long to calculate; what was asked, in order."""
    asked: list[str] = []

    def slow(language: Language, address: str, query: Any, file: str = "") -> Answer:
        asked.append(query["q"][0])
        assert gate.wait(WAIT)
        return Answer("text/html; charset=utf-8", query["q"][0].encode())

    own.calculated = frozenset({"search/"})
    own.filled_in = slow  # type: ignore[method-assign]
    return asked


def test_changes_tried_have_a_bounded_queue_and_hold_nothing_else_up(
    own: Site, tried: list[str], gate: threading.Event
) -> None:
    with live(application(own, Limits(patience=0.1))) as to:
        until(lambda: to.get("/sv/"), 200)
        got = [to.get(f"/sv/search/?q={n}") for n in range(4)]
        # One is under way and one waits; the third is more than one reader may have.
        assert [it.status for it in got] == [202, 202, 429, 429]
        assert got[2].headers["retry-after"] == "5"
        assert "Flera beräkningar som du har bett om" in got[2].text
        # Others, whom a proxy tells apart, fill the rest of the queue of eight.
        others = [to.get(f"/sv/search/?q=x{n}", x_forwarded_for=f"192.0.2.{n}") for n in range(9)]
        assert [it.status for it in others] == [202] * 7 + [503] * 2
        assert "Före i kön: 8" in others[6].text
        assert others[8].headers["retry-after"] == "10"
        assert "Många vill ha något beräknat" in others[8].text
        # Both may be tried again, and lead to the start page.
        for busy in (got[2], others[8]):
            assert '<a href="">Försök igen</a>' in busy.text
            assert '<a href="/sv/">Till startsidan</a>' in busy.text
        until(lambda: to.get("/en/about/"), 200)
        assert to.get(FILE).status == 200
        gate.set()
        assert until(lambda: to.get("/sv/search/?q=1"), 200).text == "1"
    assert tried[:2] == ["0", "1"]


def test_work_asked_for_by_a_reader_who_has_gone_is_not_begun(
    own: Site, tried: list[str], gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[Job[Any]] = []
    submit = Pool.submit

    def noted(pool: Pool, make: Callable[[], Any], reader: str) -> Job[Any]:
        jobs.append(submit(pool, make, reader))
        return jobs[-1]

    monkeypatch.setattr(Pool, "submit", noted)
    with live(application(own, Limits(patience=WAIT))) as to:
        assert to.get("/sv/").status == 200
        for n in (1, 2):
            with to.connect() as line:
                line.sendall(f"GET /sv/search/?q={n} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                while len(jobs) <= n or not tried:
                    time.sleep(0.01)
        # The first is under way and cannot be stopped; the second waited when its reader went.
        while not jobs[2].future.cancelled():
            time.sleep(0.01)
        gate.set()
        assert to.get("/sv/search/?q=last").text == "last"
    assert tried == ["1", "last"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fault", [StoreError("/secret/place is damaged"), ZeroDivisionError("division")])
def test_a_fault_is_a_page_with_words_and_a_number_that_the_log_has(
    own: Site, caplog: pytest.LogCaptureFixture, language: Language, fault: Exception
) -> None:
    tries: list[str] = []

    def fails(path: str) -> Answer:
        tries.append(path)
        raise fault

    own.answer = fails  # type: ignore[method-assign]
    with live(application(own)) as to, caplog.at_level(logging.ERROR, "storregion.portal"):
        got, again = to.get(f"/{language}/place/"), to.get(f"/{language}/place/")
        program = to.get(f"/{language}/place/x.csv")
    assert got.status == again.status == program.status == 500
    assert got.headers["content-security-policy"] == POLICY
    assert got.headers["cache-control"] == "no-store"
    assert f'<html lang="{language}">' in got.text
    assert {"sv": "Något gick fel", "en": "Something went wrong"}[language] in got.text
    assert {"sv": "Försök igen om en stund", "en": "Try again in a while"}[language] in got.text
    # What is wrong inside stands in the log, under the number that the page gives.
    number = re.findall(r"<code>(\w{8})</code>", got.text)
    assert len(number) == 1
    assert "secret" not in got.text + program.text
    assert f"fault {number[0]} at '{language}/place/'" in caplog.text
    assert str(fault) in caplog.text
    # It is not tried again at once.
    assert number[0] in again.text
    assert tries == [f"{language}/place/", f"{language}/place/x.csv"]
    assert program.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_outside_all_pages_is_a_page_with_words_too(
    own: Site, caplog: pytest.LogCaptureFixture, language: Language
) -> None:
    portal = application(own)
    # The part that looks whether the site is open fails: no page is made, and none can be.
    portal._opening.now = lambda changed: 1 // 0  # type: ignore[assignment,method-assign,return-value]
    with live(portal) as to, caplog.at_level(logging.ERROR, "storregion.portal"):
        got = to.get(f"/{language}/place/")
    assert got.status == 500
    assert got.headers["content-security-policy"] == POLICY
    assert got.headers["cache-control"] == "no-store"
    assert {"sv": "Försök igen om en stund", "en": "Try again in a while"}[language] in got.text
    (number,) = re.findall(r"<code>(\w{8})</code>", got.text)
    assert f"fault {number} at '{language}/place/'" in caplog.text


def test_no_more_is_answered_at_once_than_the_portal_takes_on(own: Site, gate: threading.Event) -> None:
    made = slowed(own, gate, "sv/place/1080/")
    with live(application(own, Limits(patience=WAIT, under_way=1))) as to, ThreadPoolExecutor(1) as reader:
        first = reader.submit(to.get, "/sv/place/1080/")
        while not made:
            time.sleep(0.01)
        busy = to.get("/en/about/")
        assert busy.status == 503
        assert "Busy right now" in busy.text
        assert busy.headers["content-security-policy"] == POLICY
        gate.set()
        assert first.result(WAIT).status == 200


def test_an_asset_named_with_its_version_is_kept_for_good(small_site: Site) -> None:
    with live(application(small_site)) as to:
        page = to.get("/sv/").text
        for name in ("portal.css", "portal.js", "icon.svg"):
            address = re.findall(rf'"\.\./(assets/{re.escape(name)}\?v=\w+)"', page)[0]
            assert to.get(f"/{address}").headers["cache-control"] == "public, max-age=31536000, immutable"
            # Another version, or none, may change.
            assert to.get(f"/assets/{name}?v=0").headers["cache-control"] == "no-cache"
            assert to.get(f"/assets/{name}").headers["cache-control"] == "no-cache"


def test_what_cannot_be_read_is_said_with_words(small_site: Site) -> None:
    with live(application(small_site)) as to:
        got = to.get("/en/", "POST")
    assert (got.status, got.headers["allow"]) == (405, "GET, HEAD")
    assert got.headers["content-security-policy"] == POLICY
    assert "The portal can only be read" in got.text
    # It would be answered alike again.
    assert "Try again" not in got.text
