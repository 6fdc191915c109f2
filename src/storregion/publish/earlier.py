"""The portal that lies where a new one is to be: what of it the new one takes over."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from storregion.core.reads import Read
from storregion.publish.drafts import MARK
from storregion.publish.manifest import Contents, File, Made


class Earlier:
    """An earlier portal, held open so that another in its place is never taken for it."""

    def __init__(self, folder: Path, inode: int | None = None) -> None:
        """Open a portal; a folder that is not there, or says nothing of what it was made of, has no pages.

        Parameters
        ----------
        folder : where it lies.
        inode : of the folder, where another process opened it first.
        """
        self.contents, self._door = Contents("", [], []), -1
        try:
            self._door = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            if inode in (None, self.inode):
                self.contents = msgspec.json.decode(self._read(MARK), type=Contents)
        except (OSError, msgspec.DecodeError):
            pass
        self._made = {
            name: (files, [self.contents.versions[at] for at in reads])
            for name, files, reads in self.contents.made
        }
        self._homes: set[str] = set()
        self._files = {file.path: file for files, _ in self._made.values() for file in files}

    def close(self) -> None:
        """Let go of the folder."""
        if self._door >= 0:
            os.close(self._door)

    @property
    def inode(self) -> int | None:
        """What tells the folder from any other; None where there is none."""
        return os.fstat(self._door).st_ino if self._door >= 0 else None

    def kept(self, name: str, version: Callable[[Read], str], draft: Path) -> Made | None:
        """Take over a page and its files, if all that it was made of is as it was and so are its files.

        Parameters
        ----------
        name : of the page, or of an open file.
        version : of what is read, as it is now.
        draft : the folder of the new portal.
        """
        files, reads = self._made.get(name, ([], []))
        if not files or any(version(read) != then for read, then in reads):
            return None
        if not all(map(self._whole, files)):
            return None
        if not all(self._linked(file, draft) for file in files):
            for file in files:
                (draft / file.path).unlink(missing_ok=True)
            return None
        return Made(name, files, [read for read, _ in reads])

    def same(self, path: str, sha256: str, draft: Path) -> File | None:
        """Take over a file whose content was made anew and is what it was.

        Parameters
        ----------
        path, sha256 : of the file as it is now.
        draft : the folder of the new portal.
        """
        file = self._files.get(path)
        if file is None or file.sha256 != sha256 or not self._whole(file):
            return None
        return file if self._linked(file, draft) else None

    def _whole(self, file: File) -> bool:
        """Whether a file is still what was written; it is read where its size and time do not say so."""
        try:
            about = os.stat(file.path, dir_fd=self._door, follow_symlinks=False)
            if about.st_size != file.size:
                return False
            return about.st_mtime_ns == file.changed or _hash(self._read(file.path)) == file.sha256
        except OSError:
            return False

    def _linked(self, file: File, draft: Path) -> bool:
        """Put a file into the draft without writing it: one file under two names, or else a copy."""
        target = f"{draft}/{file.path}"
        if (home := target.rpartition("/")[0]) not in self._homes:
            Path(home).mkdir(parents=True, exist_ok=True)
            self._homes.add(home)
        try:
            os.link(file.path, target, src_dir_fd=self._door, follow_symlinks=False)
        except FileNotFoundError:
            return False
        except OSError:  # a file system without links
            Path(target).write_bytes(self._read(file.path))
            os.utime(target, ns=(file.changed, file.changed))
        return True

    def _read(self, path: str) -> bytes:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags, dir_fd=self._door)) as file:
            return file.read()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
