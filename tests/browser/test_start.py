"""The start page's map in a real browser: another layer, the card, by keyboard alone, and without scripts."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
# A busy machine takes its time; only what hangs is given up.
expect.set_options(timeout=300_000)


def fills(page: Page) -> dict[str, str]:
    """The colour of each municipality as it is drawn."""
    found: dict[str, str] = page.eval_on_selector_all(
        ".stage [data-code]",
        "all => Object.fromEntries(all.map(at => [at.dataset.code, at.firstChild.getAttribute(`fill`)]))",
    )
    return found


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_a_layer_is_chosen_and_read_by_keyboard(
    drawing: Browser, portal: str, width: int, scheme: str
) -> None:
    context = drawing.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"  # type: ignore[arg-type]
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(300_000)
    faults: list[str] = []
    libraries: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: libraries.append(asked.url) if "/vendor/" in asked.url else None)
    page.goto(f"{portal}/sv/", wait_until="networkidle")
    # The map begins within a phone's first two screens; its library waits until it is touched.
    assert page.locator(".stage").bounding_box()["y"] < 2 * 844  # type: ignore[index]
    assert libraries == []
    page.focus("[name=layer]")
    page.select_option("[name=layer]", "commuting")
    page.select_option("[name=commuting]", "0380")
    expect(page.locator(".title")).to_have_text("Pendling in till Uppsala, 2023")
    expect(page).to_have_url(re.compile("layer=commuting&commuting=0380"))
    by_script = fills(page)
    page.focus(".stage")
    page.wait_for_selector(".stage[data-ready]")
    assert len(libraries) >= 2
    assert page.evaluate("[...document.querySelectorAll('.stage *')].every(it => it.tabIndex < 0)")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".layers .card")).to_contain_text(": ")
    first = page.inner_text(".layers .card")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".layers .card")).not_to_have_text(first)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    serious = [
        it["id"] for it in Axe().run(page).response["violations"] if it["impact"] in ("serious", "critical")
    ]
    assert serious == []
    # The address gives the same map from the server.
    page.reload(wait_until="networkidle")
    assert fills(page) == by_script
    name = page.inner_text(".layers h2")
    page.focus(".stage")
    page.wait_for_selector(".stage[data-ready]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sv/place/*/")
    assert name == "Pendling in till Uppsala, 2023"
    assert faults == []
    context.close()


def test_without_scripts_a_layer_is_chosen_by_the_form(browser: Browser, portal: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{portal}/sv/")
    before = fills(page)
    page.select_option("[name=layer]", "travel")
    page.select_option("[name=travel]", "uppsala")
    page.click(".chosen button[type=submit]")
    assert page.inner_text("h2.title") == "Restid till Uppsala på morgonen"
    assert fills(page) != before
    context.close()
