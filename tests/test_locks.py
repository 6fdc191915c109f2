"""The two locks: what serves is a part of what was tested, and brings no test tools."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]


def pinned(lock: str) -> set[str]:
    """Each pinned package of a lock, with its version, marker and hashes, on one line."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", "")
    return {re.sub(r"\s+", " ", line).strip() for line in text.splitlines() if line}


def named(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9_-]+", requirement)
    assert found, requirement
    return found[0].replace("_", "-").lower()


def test_what_serves_is_pinned_as_what_is_tested() -> None:
    assert pinned("requirements.lock") < pinned("requirements-test.lock")
    assert all("--hash=sha256:" in line for line in pinned("requirements-test.lock"))


def test_what_serves_holds_all_it_needs_and_no_test_tool() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (chosen,) = re.findall(r"^PORTAL = \$\(addprefix --extra ,([a-z ]+)\)$", makefile, re.MULTILINE)
    served = [*project["dependencies"], *(line for extra in chosen.split() for line in extras[extra])]
    needed = {named(line) for line in served}
    held = {named(line) for line in pinned("requirements.lock")}
    assert needed <= held
    assert {"msgspec", "starlette", "python-pptx"} <= needed
    assert not ({named(line) for line in extras["dev"]} - needed) & held


def test_nothing_that_serves_is_under_the_gpl() -> None:
    """One test tool is; a library of ours under it would bind what we publish."""

    def terms(package: str) -> str:
        fields = ("License-Expression", "License", "Classifier")
        found = [line for field in fields for line in metadata(package).get_all(field, [])]
        return " ".join(line for line in found if not line.startswith(("Topic", "Programming")))

    read = {}
    for line in pinned("requirements.lock"):
        try:
            read[named(line)] = terms(named(line))
        except PackageNotFoundError:
            assert ";" in line, line  # for another system or version of Python
    assert len(read) > 30
    assert [name for name, words in read.items() if re.search(r"\bA?GPL|General Public", words)] == []
    assert re.search("GPL", terms("reuse"))
