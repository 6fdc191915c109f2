"""A real Chromium and a real server, for tests that look at the portal as a reader does."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus

import pytest
from playwright.sync_api import Browser, sync_playwright

from storregion.core.workspace import Workspace

# As root Chromium needs no-sandbox; the others keep it from calling home, which a closed network refuses.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


SERVED = """
import sys
from storregion.core.workspace import Workspace
from storregion.publish.serving.application import Limits
from storregion.publish.serving.server import listening, serve
with listening("127.0.0.1", int(sys.argv[3])) as door:
    print("listening", flush=True)
    serve(Workspace(sys.argv[1], sys.argv[2]), door, Limits(patience=600))
"""


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[[list[str]], Browser]]:
    """What opens a Chromium with some flags."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    path = os.environ.get("BROWSER") or next((found for name in names if (found := shutil.which(name))), None)
    if not path:
        says = (
            "no Chromium was found, so the browser tests CANNOT RUN; install one, or set BROWSER to its path"
        )
        if os.environ.get("CI"):
            pytest.fail(says)
        pytest.skip(says)
    with sync_playwright() as playwright:
        yield lambda flags: playwright.chromium.launch(executable_path=path, args=flags)


@pytest.fixture(scope="session")
def browser(launch: Callable[[list[str]], Browser]) -> Iterator[Browser]:
    chromium = launch(FLAGS)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def drawing(launch: Callable[[list[str]], Browser]) -> Iterator[Browser]:
    """A browser that draws maps, in software where there is no graphics card."""
    flags = [flag for flag in FLAGS if flag != "--disable-gpu"]
    chromium = launch([*flags, "--enable-unsafe-swiftshader"])
    yield chromium
    chromium.close()


def _status(address: str) -> int:
    with urllib.request.urlopen(address, timeout=600) as answer:
        return int(answer.status)


@pytest.fixture(scope="session")
def portal(built: Callable[[str], Workspace], bundled: Workspace) -> Iterator[str]:
    """The address of the bundled group's portal, served as the command line does, but with more patience.

    All that its pages show is built before, and no page is said to take long on a busy machine.
    """
    for path in sorted((bundled.folder / "scenarios").glob("*.toml")):
        built(path.stem)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = str(bundled.store.folder)
    words = [sys.executable, "-c", SERVED, str(bundled.folder), store, str(port)]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert server.stdout.readline(), server.communicate()[1]
        address = f"http://127.0.0.1:{port}"
        # A page says at once that it is being made, so it is asked for until it is there.
        while _status(f"{address}/sv/") == HTTPStatus.ACCEPTED:
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.communicate(timeout=600)
