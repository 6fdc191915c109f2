"""The renderer of charts: started once, whichever thread draws first, and never in two threads at once."""

import os
import subprocess
import sys
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
        with renderer.renderer() as started:
            return started.__name__

    with ThreadPoolExecutor(8) as pool:
        names = [asked.result() for asked in [pool.submit(drawn) for _ in range(8)]]
    assert set(names) == {"vl_convert"}
    assert os.environ.get("FONTCONFIG_FILE") == before


# What is made under the renderer's own lock collects garbage, and a callback of that lets another thread run.
TOGETHER = """
import gc, json, sys, time
from threading import Thread
from storregion.publish.pictures import framed, renderer

gc.callbacks.append(lambda phase, info: time.sleep(0))
gc.set_threshold(20)

def draw(thread):
    for at in range(25):
        layer = [{"mark": {"type": "bar", "size": 25 * thread + at + 1}}] * 20
        renderer.compiled(json.dumps({"data": {"values": [{"a": 1}]}, "layer": layer}))
        framed._pixels(f'<svg xmlns="http://www.w3.org/2000/svg" width="{25 * thread + at + 1}" height="9"/>')

threads = [Thread(target=draw, args=(thread,), daemon=True) for thread in range(4)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print("drawn")
"""


def test_threads_that_draw_while_garbage_is_collected_do_not_wait_for_each_other() -> None:
    ended = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (0, "drawn\n"), ended.stderr
