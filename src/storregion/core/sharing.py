"""What is made of some tables, made once and shared by all steps that need it."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

import polars as pl

P = ParamSpec("P")
T = TypeVar("T")


def shared(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep what a function makes of tables for whoever asks for the same; one asking meanwhile waits for it.

    The function takes tables and bundles of tables only, in order, and what it returns is left as it is by
    all who get it. Tables are the same when their names, types, values and order are. An error is not kept.

    Parameters
    ----------
    most : how many results are kept, the latest asked for.
    """

    def wrapped(make: Callable[P, T]) -> Callable[P, T]:
        kept: OrderedDict[bytes, Future[T]] = OrderedDict()
        turn = Lock()

        @wraps(make)
        def once(*args: P.args, **kwargs: P.kwargs) -> T:
            key = _content((*args, *kwargs.values()))
            with turn:
                found = kept.get(key)
                if mine := found is None:
                    found = kept[key] = Future()
                kept.move_to_end(key)
                while len(kept) > most:
                    kept.popitem(last=False)
            if mine:
                try:
                    found.set_result(make(*args, **kwargs))
                except BaseException as error:
                    with turn:
                        kept.pop(key, None)
                    found.set_exception(error)
            return found.result()

        return once

    return wrapped


def _content(given: tuple[object, ...]) -> bytes:
    """A digest of tables and bundles of tables."""
    digest = hashlib.sha256()
    for one in given:
        if isinstance(one, tuple):
            digest.update(_content(one))
        elif isinstance(one, pl.DataFrame):
            digest.update(repr((one.schema, one.height)).encode())
            if one.width:
                digest.update(one.hash_rows().to_numpy().tobytes())
        else:
            raise TypeError(f"only tables can be shared, not {type(one).__name__}")
    return digest.digest()
