"""Compilation, kept on disk where there is a place for it, and begun by the first use."""

from collections.abc import Callable
from functools import cache, cached_property, update_wrapper
from threading import Timer, local
from typing import Any, Generic, ParamSpec, TypeVar, cast

LATE = 2.0
"""Seconds from which on it is said what is being compiled."""
_SAYING: list[Callable[[str], None]] = []

P = ParamSpec("P")
R = TypeVar("R")


class Kernel(Generic[P, R]):
    """A function that Numba compiles when it is first called, here or in another such function.

    Numba takes long to load: what only names kernels does without it.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        """Take the function; nothing is compiled."""
        self.function = function
        update_wrapper(self, function)

    @cached_property
    def dispatcher(self) -> Any:
        """What Numba makes of the function."""
        from numba import njit

        _listen()
        try:
            made = njit(cache=True, nogil=True)(self.function)
        except RuntimeError:  # Numba found no folder to keep the code in
            made = njit(nogil=True)(self.function)
        return _for_any_number(made)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the machine code."""
        return cast(R, self.dispatcher(*args, **kwargs))

    @property
    def signatures(self) -> list[Any]:
        """The types of arguments that it is compiled for."""
        return list(self.dispatcher.signatures)

    @property
    def _numba_type_(self) -> Any:
        """What Numba takes the function for where another one calls it."""
        from numba import types

        return types.Dispatcher(self.dispatcher)


def announce(say: Callable[[str], None]) -> None:
    """Have it said which kernel is being compiled, where that takes long.

    Parameters
    ----------
    say : called with the kernel's name, from another thread.
    """
    _SAYING[:] = [say]


def _for_any_number(dispatcher: Any) -> Any:
    """Have a number that stands in the code of a caller count as any other of its type.

    Numba would compile a function for -1 and for whole numbers apart.
    """
    from numba import types

    unliteral: Callable[[Any], Any] = types.unliteral
    compile_for = dispatcher.get_call_template

    def plainly(args: Any, kws: Any) -> Any:
        return compile_for([unliteral(one) for one in args], {name: unliteral(kws[name]) for name in kws})

    dispatcher.get_call_template = plainly
    return dispatcher


@cache
def _listen() -> None:
    """Hear from Numba what it compiles; one kernel may have another compiled meanwhile."""
    from numba.core import event as events

    class Compiling(events.Listener):
        """Says what a thread compiles if it has not ended in time."""

        def __init__(self) -> None:
            self.running = local()

        def on_start(self, event: Any) -> None:
            function = event.data["dispatcher"].py_func
            timer = Timer(LATE, _late, [f"{function.__module__}.{function.__qualname__}"])
            timer.daemon = True
            timer.start()
            vars(self.running).setdefault("timers", []).append(timer)

        def on_end(self, event: Any) -> None:
            self.running.timers.pop().cancel()

    register: Callable[[str, events.Listener], None] = events.register
    register("numba:compile", Compiling())


def _late(name: str) -> None:
    for say in _SAYING:
        say(name.removeprefix(f"{__name__.partition('.')[0]}."))


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """A function of numbers and arrays as machine code, during which other threads run.

    The code is kept beside the source, else in the user's cache folder; where neither can be written to (a
    read-only container), it is compiled anew in each process.

    Parameters
    ----------
    function : what Numba can compile; it is compiled when first called.
    """
    return Kernel(function)
