"""The commuting map in a real browser: by keyboard, by mouse, without scripts, and within the policy."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
# A busy machine takes its time; only what hangs is given up.
expect.set_options(timeout=300_000)


def watched(page: Page, portal: str) -> list[str]:
    """What went wrong on a page: faults, words of the policy, and requests to another host."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: (
            found.append(asked.url) if not asked.url.startswith((portal, "blob:", "data:")) else None
        ),
    )
    return found


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_place_is_chosen_by_keyboard(drawing: Browser, portal: str, width: int, scheme: str) -> None:
    context = drawing.new_context(
        viewport={"width": width, "height": 850}, color_scheme=scheme, reduced_motion="reduce"  # type: ignore[arg-type]
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(300_000)
    faults, libraries = watched(page, portal), []
    page.on("request", lambda asked: libraries.append(asked.url) if "/vendor/" in asked.url else None)
    page.goto(f"{portal}/sv/commuting/?place=0381", wait_until="networkidle")
    # The library loads when the map is touched, and not before.
    assert libraries == []
    page.focus(".stage")
    page.wait_for_selector(".stage[data-ready]")
    assert len(libraries) >= 2
    # One stop of tabs for the whole map.
    assert page.evaluate("[...document.querySelectorAll('.stage *')].every(it => it.tabIndex < 0)")
    # The card says how many go each way between the place moved to and the chosen one.
    page.keyboard.press("ArrowRight")
    expect(page.locator(".card")).to_contain_text("→ Enköping: cirka")
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("place=0381"))
    name = page.evaluate("document.querySelector('[name=place]').selectedOptions[0].textContent")
    expect(page.locator(".title")).to_contain_text(name)
    # Another year by the form: title and address follow. The list says the same as the server's own page.
    page.select_option("[name=year]", "2022")
    expect(page).to_have_url(re.compile("year=2022"))
    expect(page.locator(".title")).to_have_text(f"Pendling ut från {name}, 2022")
    by_script = page.inner_text(".flows tbody")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    serious = [
        it["id"] for it in Axe().run(page).response["violations"] if it["impact"] in ("serious", "critical")
    ]
    assert serious == []
    page.reload(wait_until="networkidle")
    assert re.sub(r"\s+", " ", page.inner_text(".flows tbody")) == re.sub(r"\s+", " ", by_script)
    assert faults == []
    context.close()


def test_without_scripts_the_form_and_the_drawing_are_there(browser: Browser, portal: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{portal}/sv/commuting/")
    page.select_option("[name=place]", "0381")
    page.click(".chosen button[type=submit]")
    assert "place=0381" in page.url
    assert page.locator(".drawn svg .flow").count() > 5
    assert page.locator(".flows tbody tr").count() > 5
    context.close()
