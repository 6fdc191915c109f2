"""Processes that end with the one that started them."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.publish.started import eventually, needs_proc, runs

STARTED = """
import os, sys, time
from storregion.publish import processes

def numbered(_):
    return os.getpid()

if __name__ == "__main__":
    with processes.pool(2) as pool:
        found = set()
        while len(found) < 2:
            found |= set(pool.map(numbered, range(20)))
        pool.submit(time.sleep, 600), pool.submit(time.sleep, 600)
        print(*found, flush=True)
        time.sleep(600)
"""


@needs_proc
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_a_killed_parent(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "started.py"
    script.write_text(STARTED)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        children = [int(word) for word in parent.stdout.readline().split()]
        assert len(children) == 2
        assert all(runs(child) for child in children)
        parent.send_signal(how)
    assert eventually(lambda: not any(map(runs, children)))
