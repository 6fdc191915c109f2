"""Travel times in a real browser: form, slider and map by keyboard, as the server answers without scripts."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
# A busy machine takes its time; only what hangs is given up.
expect.set_options(timeout=300_000)

ASKED = "from=nykoping&to=stockholm&within=90&scenario=ostlanken&show=difference"


def shown(page: Page) -> list[str]:
    """The large figures, the sentence back and what the dots say."""
    slots = [it.inner_text() for it in page.locator("[data-slot]").all()]
    dots = page.evaluate("[...document.querySelectorAll('.dot[data-code]')].map((it) => it.textContent)")
    return [re.sub(r"\s+", " ", it).strip() for it in [*slots, *dots]]


def opened(browser: Browser, address: str, **more: bool) -> Page:
    page = browser.new_context(
        viewport={"width": 390, "height": 850}, java_script_enabled=more.get("script", True)
    ).new_page()
    page.set_default_timeout(300_000)
    page.goto(address, wait_until="networkidle")
    return page


def test_form_and_slider_answer_at_once_and_as_the_server_does(browser: Browser, portal: str) -> None:
    page = opened(browser, f"{portal}/sv/access/")
    asked: list[str] = []
    page.on("request", lambda it: asked.append(it.url))
    page.select_option("[name=from]", "nykoping")
    page.select_option("[name=to]", "stockholm")
    page.select_option("[name=scenario]", "ostlanken")
    page.focus("[name=within]")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    # Six steps of five minutes from an hour.
    expect(page).to_have_url(re.compile(re.escape(ASKED)))
    expect(page.locator("[data-slot=typical]")).to_have_text(re.compile("62 → 44"))
    # Each timetable is read once, and no page anew.
    files = sorted(it.rpartition("/")[2] for it in asked if "/access/" in it)
    assert files == ["times-ostlanken.json", "times.json"]
    plain = opened(browser, f"{portal}/sv/access/?{ASKED}", script=False)
    assert shown(page) == shown(plain)
    page.focus(".stage")
    page.keyboard.press("ArrowRight")
    # The nearest locality is that of the node itself.
    expect(page.locator(".card")).to_contain_text("Nyköping:")
    assert page.evaluate("[...document.querySelectorAll('.stage *')].every((it) => it.tabIndex < 0)")
    page.context.close()
    plain.context.close()


def test_without_scripts_the_form_is_sent_as_it_is(browser: Browser, portal: str) -> None:
    page = opened(browser, f"{portal}/sv/access/", script=False)
    page.select_option("[name=from]", "gavle")
    page.locator("#trip button").click()
    expect(page).to_have_url(re.compile("from=gavle&to=stockholm"))
    expect(page.locator(".way")).to_contain_text("Gävle → Stockholm")
    page.context.close()
