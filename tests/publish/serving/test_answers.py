"""The live portal, asked as a browser and as somebody who means harm would ask."""

import asyncio
import gzip
import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx
import pytest

from storregion.core.errors import CallError
from storregion.core.language import LANGUAGES, Language
from storregion.publish.serving.application import Portal, application
from storregion.publish.serving.limits import Limits
from storregion.publish.serving.making import LONGEST_PATH
from storregion.publish.serving.server import listening
from storregion.publish.site import EMBED_POLICY, POLICY, Site


@dataclass
class Got:
    """An answer of the server."""

    status: int
    headers: dict[str, str]
    body: bytes


_SERVED: dict[int, tuple[Site, Portal]] = {}


def served(site: Site) -> Portal:
    """The portal of a site, one for all requests; it waits with every reader until the answer is made."""
    if id(site) not in _SERVED:
        _SERVED[id(site)] = (site, application(site, Limits(patience=600, longest=600)))
    return _SERVED[id(site)][1]


def ask(site: Site, path: str | bytes, method: str = "GET", **headers: str) -> Got:
    """What the portal answers. A path given as bytes goes out as it is, untidied by any client."""

    async def answered() -> Got:
        transport = httpx.ASGITransport(served(site))
        async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            got = await client.request(method, str(path), headers={"Accept-Encoding": "identity"} | sent)
            return Got(got.status_code, dict(got.headers), got.content)

    return asyncio.run(answered() if isinstance(path, str) else raw(site, path, method))


async def raw(site: Site, path: bytes, method: str) -> Got:
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"portal")],
        "server": ("portal", 80),
        "client": ("1.2.3.4", 5),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await served(site)(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Got(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


PATHS = [
    "/sv/",
    "/en/place/1080/",
    "/assets/portal.css",
    "/sv/place/1080/population.csv",
    "/nothing",
    "/",
    "/sv",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_forbids_what_the_portal_does_not_use(small_site: Site, path: str) -> None:
    headers = ask(small_site, path).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]
    assert "set-cookie" not in headers


def test_the_policy_lets_only_files_of_the_portal_run_and_load() -> None:
    rules = dict(rule.strip().partition(" ")[::2] for rule in POLICY.split(";"))
    assert rules.pop("default-src") == "'none'"
    assert {"script-src", "connect-src", "worker-src", "form-action"} <= rules.keys()
    assert set(rules.values()) == {"'self'", "'none'"}
    assert rules["frame-ancestors"] == "'none'"


def test_a_picture_may_carry_its_own_style_and_nothing_more(small_site: Site) -> None:
    got = ask(small_site, "/sv/place/1080/population.svg")
    assert got.headers["content-type"] == "image/svg+xml"
    assert got.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/sv/", "text/html; charset=utf-8"),
        ("/assets/portal.css", "text/css; charset=utf-8"),
        ("/assets/icon.svg", "image/svg+xml"),
        ("/assets/source-sans-3.woff2", "font/woff2"),
        ("/sv/place/1080/population.csv", "text/csv; charset=utf-8"),
        ("/sv/place/1080/population.excel.csv", "text/csv; charset=utf-8"),
        ("/sv/place/1080/population.json", "application/json"),
        ("/sv/place/1080/population.vl.json", "application/json"),
        (
            "/sv/place/1080/population.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("/data/growth/growth.parquet", "application/vnd.apache.parquet"),
        ("/data/growth/growth.zip", "application/zip"),
        ("/data/growth/growth.csv-metadata.json", "application/csvm+json"),
    ],
)
def test_a_file_is_what_it_is_said_to_be(small_site: Site, path: str, kind: str) -> None:
    got = ask(small_site, path)
    assert (got.status, got.headers["content-type"]) == (200, kind)
    assert got.body == small_site.answer(path[1:]).body


def test_what_has_not_changed_is_not_sent_again(small_site: Site) -> None:
    first = ask(small_site, "/sv/place/1080/")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    for asked in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = ask(small_site, "/sv/place/1080/", if_none_match=asked)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["content-security-policy"] == POLICY
    other = ask(small_site, "/en/place/1080/", if_none_match=tag)
    assert other.status == 200
    assert other.headers["etag"] != tag


def test_the_door_leads_to_swedish_and_a_missing_slash_is_put_back(small_site: Site) -> None:
    for path, target in (
        ("/", "sv/"),
        ("/sv", "/sv/"),
        ("/en", "/en/"),
        ("/en/place", "/en/place/"),
        ("/sv/place/1080", "/sv/place/1080/"),
    ):
        got = ask(small_site, path)
        assert got.status in (307, 308)
        assert got.headers["location"] == target
        assert ask(small_site, "/" + target.lstrip("/")).status == 200


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/nothing", "sv"),
        ("/sv/nothing", "sv"),
        ("/sv/nothing/at/all/", "sv"),
        ("/en/nothing/", "en"),
        ("/en/place/9999/population.csv", "en"),
        ("/de/place/", "sv"),
        ("/en%2Fnothing", "en"),
    ],
)
def test_what_is_not_there_says_so_in_the_language_asked_for_with_links_that_lead_on(
    small_site: Site, path: str, language: Language
) -> None:
    got = ask(small_site, path)
    html = got.body.decode()
    assert got.status == 404
    assert f'<html lang="{language}">' in html
    assert {"sv": "Sidan finns inte", "en": "The page does not exist"}[language] in html
    links = re.findall('(?:href|src)="([^"]*)"', html)
    assert len(links) > 8
    for link in links:
        # Whatever the depth of the address, the link starts at the root.
        assert link.startswith("/") or link == "#main"
        if link != "#main":
            assert ask(small_site, link).status == 200, link


HARM = [
    b"/assets/../site.py",
    b"/assets/%2e%2e/site.py",
    b"/assets/..%2fsite.py",
    b"/assets/%2e%2e%2fsite.py",
    b"/../../../../etc/passwd",
    b"/%2e%2e/%2e%2e/etc/passwd",
    b"/assets//etc/passwd",
    b"/assets/%2fetc%2fpasswd",
    b"/assets/..%5csite.py",
    b"/assets/portal.css%00.html",
    b"/assets/%00",
    b"/sv/%00/",
    b"/sv/place/1080%00/",
    b"//",
    b"///sv/",
    b"//evil.example/",
    b"//evil.example/sv",
    b"/sv//evil.example",
    b"/\\evil.example/",
    b"/sv/place/../place/1080/",
    b"/./sv/",
    b"/sv/place/1080/population.svg/",
    b"/%ff%fe",
    b"/sv/%c3%28/",
    b"/assets/" + b"a" * 280 + b".css",
    b"/assets/" + b"%C3%A5" * 140 + b".css",
    b"/" + b"a" * 70_000,
    b"/" + b"x/" * 30_000,
    b"/sv/place/%3Cscript%3Ealert(1)%3C/script%3E/",
]


@pytest.mark.parametrize("path", HARM, ids=[str(path[:40]) for path in HARM])
def test_no_address_leads_out_or_breaks_the_server(small_site: Site, path: bytes) -> None:
    got = ask(small_site, path)
    assert got.status == 404
    assert got.headers["content-security-policy"] == POLICY
    assert b"root:" not in got.body
    assert b"import" not in got.body
    assert b"<script>" not in got.body
    assert len(got.body) < 10_000
    assert len(path) <= LONGEST_PATH or b"Sidan finns inte" in got.body


@pytest.mark.parametrize("path", PATHS)
def test_head_tells_what_get_would(small_site: Site, path: str) -> None:
    head, get = ask(small_site, path, "HEAD"), ask(small_site, path)
    assert head.status == get.status
    assert head.headers == get.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_written(small_site: Site, method: str) -> None:
    got = ask(small_site, "/sv/", method)
    assert got.status == 405
    assert set(got.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_long_answers_are_packed_for_those_who_can_unpack_them(small_site: Site) -> None:
    plain = ask(small_site, b"/sv/place/1080/")
    packed = ask_packed(small_site, "/sv/place/1080/")
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert packed.headers["content-security-policy"] == POLICY
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 3


def ask_packed(site: Site, path: str) -> Got:
    """The answer as it goes over the line, before a client unpacks it."""

    async def answered() -> Got:
        transport = httpx.ASGITransport(served(site))
        async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:  # noqa: SIM117
            async with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as got:
                body = b"".join([part async for part in got.aiter_raw()])
                return Got(got.status_code, dict(got.headers), body)

    return asyncio.run(answered())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_small_group_is_served(small_site: Site, language: Language) -> None:
    for address in small_site.makers:
        got = ask(small_site, f"/{language}/{address}")
        assert got.status == 200
        assert f'<html lang="{language}">' in got.body.decode()


def test_a_query_sorts_a_page_and_is_no_address_of_its_own(small_site: Site) -> None:
    plain = ask(small_site, "/sv/place/1080/")
    sorted_ = ask(small_site, "/sv/place/1080/?sort=population.year&order=desc")
    assert (plain.status, sorted_.status) == (200, 200)
    assert plain.body != sorted_.body
    # Other queries and the files of a page are as they are without.
    assert ask(small_site, "/sv/place/1080/?utm=x").body == plain.body
    file = "/sv/place/1080/population.csv"
    assert ask(small_site, f"{file}?sort=population.year").body == ask(small_site, file).body
    assert ask(small_site, f"/sv/place/1080/?sort={'x' * 3000}").status == 404


def test_a_picture_alone_may_stand_in_a_frame_and_no_page_may(small_site: Site) -> None:
    alone = ask(small_site, "/sv/embed/place/1080/population/")
    assert alone.status == 200
    assert alone.headers["content-security-policy"] == EMBED_POLICY
    assert ask(small_site, "/sv/place/1080/").headers["content-security-policy"] == POLICY
    assert ask(small_site, "/sv/embed/place/1080/nothing/").headers["content-security-policy"] == POLICY


def test_a_port_is_taken_once() -> None:
    with listening("127.0.0.1", 0) as door:
        port = door.getsockname()[1]
        with pytest.raises(CallError, match=f"port {port} on 127.0.0.1 is in use"):
            listening("127.0.0.1", port)
    # As soon as it is let go, another may take it.
    with listening("127.0.0.1", port) as door, socket.create_connection(("127.0.0.1", port), 5):
        assert door.getsockname()[1] == port


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "203.0.113.1"])
def test_a_host_that_is_not_ours_is_said_to_be_so(host: str) -> None:
    with pytest.raises(CallError, match="cannot be used"):
        listening(host, 8000)


def test_the_door_is_tcp_by_name_so_that_answers_do_not_wait() -> None:
    # asyncio turns Nagle's wait off only for sockets whose protocol is given as TCP.
    with listening("127.0.0.1", 0) as door:
        assert door.proto == socket.IPPROTO_TCP
