"""Take the README's pictures anew, from the portal as it is built now."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

PORT = 8473
PICTURES = {"overview": ("/sv/", 1280, 900), "place": ("/en/place/0330/", 1280, 900)}
HERE = Path(__file__).resolve().parents[1]


def take(address: str) -> None:
    """Take every picture from the portal at an address."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("BROWSER") or None, args=["--no-sandbox"]
        )
        for name, (path, width, height) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
            page.goto(address + path, wait_until="networkidle")
            # A page that is being made says so first, and then appears by itself.
            page.wait_for_selector(".waiting", state="detached", timeout=120_000)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / "docs" / "pictures" / f"{name}.png")
            print(f"Took docs/pictures/{name}.png")
        browser.close()


def main() -> None:
    """Serve the bundled group, take the pictures, stop."""
    server = subprocess.Popen([sys.executable, "-m", "storregion", "serve", "--port", str(PORT)])
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/sv/", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        take(f"http://127.0.0.1:{PORT}")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
