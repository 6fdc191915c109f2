"""Every kind of page in a real browser: nothing breaks, nothing overflows, everyone can use it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

KINDS = (
    "",
    "place/",
    "place/00/",
    "place/oms/",
    "place/oms-nodes/",
    "place/01/",
    "place/0330/",
    "place/2101/",
    "place/uppsala/",
    "place/kista-sollentuna-haggvik/",
    "indicator/",
    "indicator/population_growth/",
    "indicator/old_divergence/",
    "study/",
    "study/growth/",
    "study/nodes/",
    "study/labour_markets/",
    "study/interaction/",
    "study/integration/",
    "market/",
    "market/?work=3&homes=1",
    "flows/200/",
    "access/",
    "access/?from=nykoping&to=stockholm&within=75&scenario=ostlanken",
    "access/evening/arrive-by/time/",
    "access/pair/eskilstuna/nykoping/",
    "access/station/",
    "access/station/uppsala-centralstation/",
    "access/try/",
    "access/try/?line=malartag-nykoping&headway=30",
    "scenario/",
    "scenario/ostlanken/",
    "scenario/bostadsprogram/",
    "scenario/ostlanken/?place=nykoping",
    "strategy/",
    "strategy/2010/",
    "strategy/2025/",
    "strategy/compare/2018-2025/",
    "strategy/lineage/",
    "strategy/forum/",
    "strategy/links/",
    "strategy/coherence/",
    "strategy/plans/",
    "strategy/projects/",
    "strategy/followup/",
    "trace/indicator_status/",
    "data/",
    "data/population/",
    "trace/growth/",
    "about/",
    "accessibility/",
    "search/",
    "search/?q=enkopng",
    "compare/",
    "ahead/?place=0330&frame=high&year=2035",
    "goal/?municipality=0330&goal=50000&year=2040",
    "commuting/",
    "commuting/?place=0381&way=net",
    "compare/?place=0381&place=0484&measure=growth.persons&measure=municipality_traits.hub_minutes",
    "study/similar/",
    "embed/place/0381/population/",
)
DESKTOP, PHONE, ZOOMED = 1280, 390, 320


class Watch:
    """What a page said and asked for while it was open."""

    def __init__(self, page: Page, portal: str) -> None:
        self.faults: list[str] = []
        self.portal = portal
        page.on("console", lambda said: self.faults.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url}"))
        page.on("response", lambda answer: self._answered(answer.url, answer.status))

    def _answered(self, url: str, status: int) -> None:
        if not url.startswith(self.portal + "/"):
            self.faults.append(f"left the host: {url}")
        if status >= 400:
            self.faults.append(f"{status}: {url}")


def opened(browser: Browser, width: int, scheme: Any = "light") -> Page:
    page = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme).new_page()
    page.set_default_timeout(300_000)
    return page


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_page_is_whole_and_accessible(
    browser: Browser, portal: str, kind: str, language: str, width: int
) -> None:
    page = opened(browser, width)
    watch = Watch(page, portal)
    page.goto(f"{portal}/{language}/{kind}", wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    found = [
        f"{fault['id']}: {fault['nodes'][0]['html'][:200]}"
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert found == []
    assert watch.faults == []
    page.context.close()


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "place/0330/",
        "strategy/2025/",
        "strategy/compare/2018-2025/",
        "strategy/coherence/",
        "trace/growth/",
        "access/",
        "scenario/ostlanken/",
    ],
)
def test_dark_mode_keeps_contrast(browser: Browser, portal: str, kind: str) -> None:
    page = opened(browser, DESKTOP, "dark")
    page.goto(f"{portal}/sv/{kind}", wait_until="networkidle")
    assert page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor") == "rgb(17, 25, 29)"
    faults = [fault["id"] for fault in Axe().run(page).response["violations"] if fault["impact"] == "serious"]
    assert faults == []
    page.context.close()


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "place/0330/",
        "indicator/population_growth/",
        "study/growth/",
        "access/",
        "access/try/?line=x&less=5",
        "strategy/2025/",
        "strategy/coherence/",
        "strategy/lineage/",
        "strategy/projects/",
        "strategy/followup/",
    ],
)
def test_nothing_overflows_at_four_hundred_per_cent(browser: Browser, portal: str, kind: str) -> None:
    page = opened(browser, ZOOMED)
    page.goto(f"{portal}/sv/{kind}", wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= ZOOMED
    page.context.close()


@pytest.mark.parametrize(
    "kind", ["", "place/0330/", "data/population/", "access/", "strategy/", "strategy/coherence/"]
)
def test_keyboard_reaches_everything_and_shows_where_it_is(browser: Browser, portal: str, kind: str) -> None:
    page = opened(browser, DESKTOP)
    page.goto(f"{portal}/sv/{kind}", wait_until="networkidle")
    # A map that follows the arrow keys is one stop, and its places are none.
    shown = """[...document.querySelectorAll('a[href], summary, button, select, input, [tabindex]')]
        .filter(found => found.tabIndex >= 0 && !found.matches(':disabled') && found.type !== 'hidden'
            && (found.type !== 'radio' || found.checked)
            && (found.checkVisibility() || found.closest('svg'))).length"""
    wanted = page.evaluate(shown)
    assert wanted > 10
    reached = 0
    for _ in range(wanted):
        page.keyboard.press("Tab")
        visible = page.evaluate(
            """() => { const at = document.activeElement; if (at === document.body) return null;
            const shape = at.closest('svg') && at.querySelector('.area');
            if (shape) return getComputedStyle(shape).strokeWidth === '6px';
            return getComputedStyle(at).outlineStyle !== 'none'; }"""
        )
        assert visible, f"stop {reached + 1} of {wanted} is not reached or does not show it"
        reached += 1
    assert reached == wanted
    page.context.close()


def test_skip_link_leads_to_the_content(browser: Browser, portal: str) -> None:
    page = opened(browser, PHONE)
    page.goto(f"{portal}/sv/place/0330/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()


def test_reader_goes_from_map_to_place_to_source_and_to_the_other_language(
    browser: Browser, portal: str
) -> None:
    page = opened(browser, DESKTOP)
    page.goto(f"{portal}/")
    assert page.url == f"{portal}/sv/"
    page.locator("svg.map a[href$='place/0380/']").dispatch_event("click")
    page.wait_for_url("**/sv/place/0380/")
    assert page.locator("h1").inner_text() == "Uppsala"
    # 248 016 residents on 31 December 2024, Statistics Sweden.
    assert "248\u00a0016\u00a0invånare" in page.locator(".lead").first.inner_text()
    page.get_by_role("link", name="248").first.click()
    page.wait_for_url("**/sv/trace/growth/#persons")
    assert "population_totals.csv" in page.locator("main").inner_text()
    page.get_by_role("link", name="In English").click()
    page.wait_for_url("**/en/trace/growth/")
    assert page.locator("html").get_attribute("lang") == "en"
    page.context.close()


def test_page_reads_without_style_and_prints_without_menu(browser: Browser, portal: str) -> None:
    page = opened(browser, DESKTOP)
    page.goto(f"{portal}/sv/place/0330/")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("h1").is_visible()
    assert page.locator("table").first.is_visible()
    page.context.close()


def test_a_change_is_tried_by_keyboard_alone(browser: Browser, portal: str) -> None:
    page = opened(browser, PHONE)
    page.goto(f"{portal}/sv/access/try/")
    page.get_by_label("Linje").select_option("malartag-nykoping")
    page.get_by_label("Minuter mellan avgångar").fill("30")
    page.keyboard.press("Enter")
    page.wait_for_url("**/access/try/?line=malartag-nykoping&headway=30&**")
    assert page.get_by_role("heading", name="Ändrad restid med väntan").is_visible()
    assert page.get_by_label("Minuter mellan avgångar").input_value() == "30"
    page.context.close()


def test_policy_stops_what_the_page_does_not_need(browser: Browser, portal: str) -> None:
    page = opened(browser, DESKTOP)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{portal}/sv/")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert page.evaluate("window.ran === undefined")
    assert any("Content Security Policy" in text for text in said)
    assert page.context.cookies() == []
    page.context.close()


@pytest.mark.parametrize(
    "query",
    [
        "enkopng",
        "ensk",
        "stockholm nyköp",
        "pendling",
        "xq",
        "Örebro–västeras",
        "pendling enköping",
        "prognos hyror",
    ],
)
def test_search_in_the_browser_finds_what_the_server_finds(browser: Browser, portal: str, query: str) -> None:
    page = opened(browser, DESKTOP)
    page.goto(f"{portal}/sv/search/?{urlencode({'q': query})}")
    served = page.locator(".hits a").all_text_contents()
    said = page.get_by_role("status").first.text_content() or ""
    page.goto(f"{portal}/sv/search/")
    page.locator("#q").press_sequentially(query)
    page.wait_for_timeout(400)
    assert page.locator(".hits a").all_text_contents() == served
    assert page.get_by_role("status").first.text_content() == said
    assert bool(served) != said.startswith("Inget hittades")
    page.context.close()


def test_a_picture_stands_in_a_frame_of_another_site_and_no_page_does(browser: Browser, portal: str) -> None:
    frames = [f"{portal}/sv/{it}" for it in ("embed/place/0381/population/", "place/0381/")]
    page = opened(browser, DESKTOP)
    with another_site("".join(f'<iframe src="{it}"></iframe>' for it in frames)) as address:
        page.goto(address, wait_until="networkidle")
        picture = page.frame_locator("iframe").first.locator("img")
        assert picture.evaluate("it => it.complete && it.naturalWidth > 0")
        # The browser shows its own page where one of the portal was to stand.
        assert page.frame_locator("iframe").last.locator("h1", has_text="Enköping").count() == 0
    page.context.close()


@contextmanager
def another_site(body: str) -> Iterator[str]:
    """A site of one page, with another origin than the portal's: the address of the page."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_code_for_a_frame_names_the_picture(browser: Browser, portal: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{portal}/sv/place/0381/")
    page.locator("details.use summary").first.click()
    page.locator("details.use").first.get_by_role("button", name="Kopiera kod för inbäddning").click()
    code = page.evaluate("navigator.clipboard.readText()")
    assert code.startswith(f'<iframe src="{portal}/sv/embed/place/0381/')
    context.close()


def test_a_table_is_sorted_by_a_click_on_its_header(browser: Browser, portal: str) -> None:
    page = opened(browser, DESKTOP)
    page.goto(f"{portal}/sv/data/municipalities/")
    table = page.locator("table").last
    head = table.locator("thead th").nth(1)
    head.locator("a.sort").click()
    assert head.get_attribute("aria-sort") == "ascending"
    once = table.locator("tbody tr td:nth-child(2)").all_text_contents()
    head.locator("a.sort").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert table.locator("tbody tr td:nth-child(2)").all_text_contents() == once[::-1]
    assert len(set(once)) > 5
    # The address says it too: the server sorts the same way without a script.
    assert page.url.endswith("&order=desc")
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(page.url)
    assert plain.locator("table").last.locator("tbody tr td:nth-child(2)").all_text_contents() == once[::-1]
    plain.context.close()
    page.context.close()
