"""Put the files of other projects that the portal carries in their place, each with the hash it must have.

`python tools/vendor.py` takes the versions of `vendored.toml` that npm has and refuses a file with another
hash; with `--update` it writes the hashes it found into `vendored.toml` instead.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LIST = ROOT / "tools" / "vendored.toml"
FOLDER = ROOT / "src" / "storregion" / "publish"


def packed(name: str, version: str, folder: Path) -> Path:
    """The archive of a package's version, taken by npm."""
    command = ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (found,) = folder.glob("*.tgz")
    return found


def content(archive: Path, path: str) -> bytes:
    """One file of an archive."""
    with tarfile.open(archive) as files:
        member = files.extractfile(path)
        if member is None:
            raise SystemExit(f"{path} in {archive.name} is not a file; name another in {LIST.name}")
        return member.read()


def vendored(name: str, package: dict[str, Any], *, update: bool) -> dict[str, str]:
    """Write a package's files; the old and the new hash of those that changed."""
    changed = {}
    with tempfile.TemporaryDirectory() as folder:
        archive = packed(name, package["version"], Path(folder))
        for file, wanted in package["files"].items():
            body = content(archive, wanted["path"])
            found = hashlib.sha256(body).hexdigest()
            if found != wanted["sha256"]:
                if not update:
                    raise SystemExit(f"{file} of {name} has the hash {found}, not the one in {LIST.name}")
                changed[f'path = "{wanted["path"]}"\nsha256 = "{wanted["sha256"]}"'] = (
                    f'path = "{wanted["path"]}"\nsha256 = "{found}"'
                )
            (FOLDER / file).parent.mkdir(exist_ok=True)
            (FOLDER / file).write_bytes(body)
            print(f"{file}: {name} {package['version']}, {len(body)} bytes")
    return changed


def main() -> None:
    """Write all files of the list."""
    text = LIST.read_text("utf-8")
    of_npm = {name: it for name, it in tomllib.loads(text).items() if it["purl"].startswith("pkg:npm/")}
    for name, package in of_npm.items():
        for old, new in vendored(name, package, update="--update" in sys.argv).items():
            text = text.replace(old, new)
    LIST.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
