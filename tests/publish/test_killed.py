"""A bake or a batch of reports that is killed leaves no process, and no folder or file after the next run."""

import signal
import subprocess
from pathlib import Path

import pytest
from tests.cli.calls import process
from tests.publish.serving.live import WAIT
from tests.publish.started import children, eventually, needs_proc, runs, working

from storregion.core.workspace import Workspace

pytestmark = [pytest.mark.long, needs_proc]


def killed(words: tuple[object, ...], how: signal.Signals) -> None:
    """Start a verb, kill it when its processes are at work, and see that none lives on."""
    with process(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as one:
        assert eventually(lambda: len(working(one.pid)) == 2)
        started = children(one.pid)
        one.send_signal(how)
        assert one.wait(WAIT) == -how
    assert eventually(lambda: not any(map(runs, started)))


def test_killed_bakes_leave_nothing_that_the_next_does_not_take_away(
    small: Path, store: Path, tmp_path: Path
) -> None:
    Workspace(small, store).build()
    web = tmp_path / "web"
    words = ("--group", small, "--store", store, "bake", "--to", web / "site")
    drafts = set()
    for how in (signal.SIGKILL, signal.SIGTERM):
        killed(words, how)
        (draft,) = web.iterdir()
        assert draft.suffix == ".tmp"
        drafts.add(draft)
    # The second took away what the first had left.
    assert len(drafts) == 2
    assert process(*words, stdout=subprocess.DEVNULL).wait(10 * WAIT) == 0
    assert [path.name for path in web.iterdir()] == ["site"]
    assert (web / "site" / "sv" / "index.html").is_file()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_batch_of_reports_leaves_only_whole_files(
    bundled: Workspace, tmp_path: Path, how: signal.Signals
) -> None:
    words = ("--group", bundled.folder, "--store", bundled.store.folder, "--as-built", "report")
    where = ("--docx", "--to", tmp_path)
    killed((*words, "all", *where), how)
    # As a process killed in the middle of a file leaves it; its number belongs to nobody now.
    gone = process("--version", stdout=subprocess.DEVNULL)
    gone.wait(WAIT)
    (tmp_path / f".a.docx.{gone.pid}.0.tmp").write_bytes(b"half")
    assert process(*words, "state", *where, stdout=subprocess.DEVNULL).wait(10 * WAIT) == 0
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".docx"] == []
