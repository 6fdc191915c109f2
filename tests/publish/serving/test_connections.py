"""Connections that are held open: half a request, a body that never comes, an answer that nobody reads."""

import socket
import subprocess
import time
from pathlib import Path

import pytest
from tests.cli.calls import process
from tests.publish.serving.live import WAIT, live

from storregion.publish.parts import Answer
from storregion.publish.serving import connections
from storregion.publish.serving.application import application
from storregion.publish.serving.limits import Limits
from storregion.publish.site import POLICY, Site

HALF = [
    b"",
    b"G",
    b"GET /sv/ HTTP/1.1\r\nHost: x\r\n",
    b"POST /sv/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
]


def closed(line: socket.socket) -> bytes:
    """What is sent until the server closes a connection."""
    found = b""
    while True:
        try:
            got = line.recv(65536)
        except ConnectionResetError:
            return found
        if not got:
            return found
        found += got


@pytest.mark.parametrize("sent", HALF)
def test_half_a_request_is_not_waited_for(
    small_site: Site, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    with live(application(small_site)) as to, to.connect() as line:
        line.sendall(sent)
        got = closed(line)
        # A whole head is answered, whatever is to follow; the rest is not waited for.
        assert got.startswith(b"HTTP/1.1 405") if sent.startswith(b"POST") else got == b""


def test_dripping_bytes_win_no_time(small_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    with live(application(small_site)) as to, to.connect() as line:
        line.sendall(b"GET /sv/ HTTP/1.1\r\n")
        sent, shut = 0, False
        while not shut and sent < 10_000:
            try:
                line.sendall(b"x: y\r\n")
                line.setblocking(False)
                shut = line.recv(1) == b""
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:
                shut = True
            finally:
                line.setblocking(True)
            sent += 1
        assert shut


def test_a_second_request_has_time_of_its_own(small_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    with live(application(small_site, Limits(patience=WAIT))) as to, to.connect() as line:
        for path in ("/assets/icon.svg", "/sv/"):
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n".encode())
            assert line.recv(12) == b"HTTP/1.1 200"
            line.settimeout(0.05)
            try:
                while line.recv(65536):
                    pass
            except TimeoutError:
                line.settimeout(WAIT)
        line.sendall(b"GET /sv/ HTT")
        assert closed(line) == b""


def test_an_answer_that_nobody_reads_is_let_go(small_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READ_SECONDS", 0.3)
    body = b"x" * 50_000_000
    monkeypatch.setattr(small_site, "answer", lambda path: Answer("font/woff2", body))
    with live(application(small_site)) as to, to.connect() as line:
        line.sendall(b"GET /sv/ HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(1.5)
        # What lay ready was taken by the system; the rest was let go.
        assert len(closed(line)) < len(body)


@pytest.mark.parametrize("asks", [b"", b"GET /sv/ HTTP/1.1\r\nHost: x\r\n"])
def test_a_served_portal_ends_when_it_is_told_to(small: Path, store: Path, asks: bytes) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("--group", small, "--store", store, "serve", "--port", port)
    server = process(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert server.stdout is not None
    server.stdout.readline()
    # A connection that is never used further does not keep it.
    with socket.create_connection(("127.0.0.1", port), WAIT) as line:
        line.sendall(asks)
        server.terminate()
        server.communicate(timeout=WAIT)
    assert server.returncode == -15


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET /" + b"a" * 70_000, b"GET  /sv/ HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_request_gets_a_page_in_both_languages(small_site: Site, sent: bytes) -> None:
    with live(application(small_site)) as to, to.connect() as line:
        line.sendall(sent)
        head, _, body = closed(line).decode().partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 400 Bad Request")
    assert f"content-security-policy: {POLICY}" in head.lower().replace(POLICY.lower(), POLICY)
    for words in ("Förfrågan gick inte att läsa", "The request could not be read", '<section lang="en">'):
        assert words in body
    assert '<a href="/sv/">Till startsidan</a>' in body
    assert '<a href="/en/">To the start page</a>' in body


def test_rubbish_after_a_request_closes_the_connection_and_harms_no_other(small_site: Site) -> None:
    with live(application(small_site)) as to:
        with to.connect() as line:
            line.sendall(b"GET /sv/ HTTP/1.1\r\nHost: x\r\n\r\n\x00\x00\r\n\r\n")
            closed(line)
        assert to.get("/assets/icon.svg").status == 200
