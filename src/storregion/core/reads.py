"""What was read to make something: noted as it is read, also where it was made once and is used again."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, Generic, NamedTuple, Self, TypeVar, TypeVarTuple, Unpack, overload

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Read(NamedTuple):
    """A table that was read and the scenario it is of; or something else, which is of none."""

    scenario: str
    table: str


EVERYTHING = Read("", "everything")
"""Noted where what was read has no key that can be asked for later: the tables of a change that is tried."""
DAY = Read("", "day")
"""Noted where the day of today was asked for."""

YEAR = Read("", "year")
"""Noted where the year of today was asked for."""

_noting: ContextVar[set[Read] | None] = ContextVar("noting", default=None)


@contextmanager
def noted() -> Iterator[set[Read]]:
    """Collect what is read inside; whoever collects outside gets it too."""
    found: set[Read] = set()
    before = _noting.set(found)
    try:
        yield found
    finally:
        _noting.reset(before)
        note(found)


def note(found: Iterable[Read]) -> None:
    """Say that something is read, to whoever collects."""
    if (noting := _noting.get()) is not None:
        noting.update(found)


@contextmanager
def unnoted() -> Iterator[None]:
    """Keep from whoever collects what is read inside, where it does not show in what is made."""
    before = _noting.set(None)
    try:
        yield
    finally:
        _noting.reset(before)


def today() -> datetime.date:
    """The day of today in Greenwich; whoever asks rests on it."""
    note({DAY})
    return datetime.datetime.now(datetime.UTC).date()


def this_year() -> int:
    """The year of today in Greenwich; whoever asks rests on it."""
    note({YEAR})
    return datetime.datetime.now(datetime.UTC).year


class once(Generic[T]):  # noqa: N801  (used as the property of functools that it stands for)
    """A property that is made at its first use; every use notes what it was made of.

    With `functools.cached_property` only the first of those who use it would seem to rest on its tables.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        """Take the method that makes it."""
        self.make, self.name, self.__doc__ = make, make.__name__, make.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T:
        """Make it, or find it; note what it was made of."""
        if instance is None:
            return self
        kept: dict[str, Any] = instance.__dict__
        if self.name not in kept:
            with noted() as found:
                made = self.make(instance)
            kept[self.name] = made, frozenset(found)
        value, reads = kept[self.name]
        note(reads)
        return value  # type: ignore[no-any-return]

    def __set__(self, instance: object, value: T) -> None:
        """Put something else in its place, which rests on nothing."""
        instance.__dict__[self.name] = value, frozenset()


class Kept(Generic[T]):
    """Something made at its first use, which notes at every use what it was made of."""

    def __init__(self, make: Callable[[], T]) -> None:
        """Take what makes it."""
        self._make = make

    @once
    def made(self) -> T:
        """It."""
        return self._make()


def once_for_each(size: int) -> Callable[[Callable[[Unpack[Ts]], T]], Callable[[Unpack[Ts]], T]]:
    """Make a function keep what it returned last, as `functools.lru_cache`, and note what that was made of.

    Parameters
    ----------
    size : how many answers are kept.
    """

    def keeping(make: Callable[[Unpack[Ts]], T]) -> Callable[[Unpack[Ts]], T]:
        @lru_cache(maxsize=size)
        def kept(*given: *Ts) -> tuple[T, frozenset[Read]]:
            with noted() as found:
                value = make(*given)
            return value, frozenset(found)

        @wraps(make)
        def called(*given: *Ts) -> T:
            value, reads = kept(*given)
            note(reads)
            return value

        return called

    return keeping
