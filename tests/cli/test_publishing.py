"""The portal: `storregion bake` and `serve`."""

import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.cli.calls import Run, process


def test_a_portal_is_not_written_over_something_else(run: Run, oms: tuple[str, str], tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    code, _, err = run(*oms, "bake", "--to", foreign)
    assert code == 2
    assert "choose an empty folder" in err
    code, _, err = run(*oms, "bake", "--to", foreign / "thesis.txt")
    assert code == 2
    assert "is a file; --to takes a folder" in err
    code, _, err = run(*oms, "bake", "--to", foreign / "thesis.txt" / "portal")
    assert code == 1
    assert "cannot write" in err
    assert "--to" in err
    assert {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {
        "thesis.txt": "mine"
    }


def test_a_port_in_use_is_said_plainly_and_before_anything_is_claimed(run: Run, oms: tuple[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = run(*oms, "serve", "--port", port)
    assert (code, out) == (2, "")
    assert f"port {port} on 127.0.0.1 is in use; choose another with --port" in err


def test_the_portal_is_served_until_it_is_stopped(small: Path, store: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("--group", small, "--store", store, "serve", "--port", port)
    server = process(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert server.stdout is not None
    said = server.stdout.readline().decode()
    assert said == f"The portal is at http://127.0.0.1:{port}/ (stop with Ctrl-C)\n"
    try:
        status = 202
        while status == 202:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=600) as answer:
                status = answer.status
                assert answer.url == f"http://127.0.0.1:{port}/sv/"
                # Its name stands there also while its tables are built.
                assert "Blekinge på prov" in answer.read().decode()
        assert status == 200
        with pytest.raises(urllib.error.HTTPError, match="404") as error:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/en/nothing/", timeout=600)
        error.value.close()
    finally:
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=600)
    assert server.returncode == 130
    assert err.decode().strip() == "storregion: stopped"
