"""Garbage collected rarely, in processes that make much and then end."""

import gc

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 100
"""How many new objects let a collection begin, and how many collections let an older one follow."""


def collect_rarely() -> None:
    """Look for garbage in this process less often than Python does by itself.

    Nearly all that tables, pages and pictures are made of is free as soon as nothing names it. To look
    through it again and again for circles that nothing names took a twentieth of the time of a build.
    """
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
