"""How much the portal takes on."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Room:
    """How much work of a kind there is room for.

    Attributes
    ----------
    threads : how many pieces of work are done at once.
    longest : how many may wait.
    per_reader : how many of one reader's may wait or be under way.
    """

    threads: int
    longest: int
    per_reader: int

    def shared_by(self, workers: int) -> "Room":
        """The room in each of several processes; what each does at once is not shared.

        Parameters
        ----------
        workers : how many processes.
        """
        longest, per_reader = (max(1, whole // workers) for whole in (self.longest, self.per_reader))
        return Room(self.threads, longest, per_reader)


@dataclass(frozen=True)
class Limits:
    """How much the portal takes on.

    Attributes
    ----------
    patience : seconds that a reader waits before it is said what is being done.
    longest : seconds that a program waits for a file.
    under_way : requests answered at once.
    memory, disk : bytes of answers kept.
    files : open files that hold them.
    pages, exports, tries : room for pages, for files, and for changes that are tried.
    """

    patience: float = 1.0
    longest: float = 120.0
    under_way: int = 500
    memory: int = 128 * 2**20
    disk: int = 2**30
    files: int = 300
    pages: Room = Room(threads=2, longest=100, per_reader=100)
    exports: Room = Room(threads=1, longest=40, per_reader=10)
    tries: Room = Room(threads=1, longest=8, per_reader=2)

    def shared_by(self, workers: int) -> "Limits":
        """The limits of each of several processes that take on as much together; each has room for one.

        Parameters
        ----------
        workers : how many processes.

        Examples
        --------
        >>> Limits().shared_by(4).tries
        Room(threads=1, longest=2, per_reader=1)
        """
        kinds = {name: getattr(self, name).shared_by(workers) for name in ("pages", "exports", "tries")}
        parts = {name: getattr(self, name) // workers for name in ("under_way", "memory", "disk", "files")}
        return replace(self, **kinds, **parts)
