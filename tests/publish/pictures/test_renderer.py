"""The renderer of charts: started once, whichever thread draws first."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
import vl_convert

from storregion.publish.pictures import renderer


@pytest.mark.parametrize("before", [None, "/etc/fonts/fonts.conf"])
def test_threads_that_draw_first_at_once_leave_the_environment_as_it_was(
    before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before is None:
        monkeypatch.delenv("FONTCONFIG_FILE", raising=False)
    else:
        monkeypatch.setenv("FONTCONFIG_FILE", before)
    # The first drawing of a process takes long enough for other threads to come in between.
    monkeypatch.setattr(vl_convert, "svg_to_png", lambda svg: sleep(0.05))
    renderer._started.cache_clear()
    together = Barrier(8)

    def drawn() -> str:
        together.wait()
        return renderer.renderer().__name__

    with ThreadPoolExecutor(8) as pool:
        names = [asked.result() for asked in [pool.submit(drawn) for _ in range(8)]]
    assert set(names) == {"vl_convert"}
    assert os.environ.get("FONTCONFIG_FILE") == before
