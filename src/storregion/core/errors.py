"""What can go wrong, and whose turn it is to act.

StorregionError
├── DataError (ValueError)      the data is wrong; exit code 1
│   ├── TableError              a table or figure file breaks its schema
│   ├── SettingError            a TOML file holds something it may not
│   │   └── ItemError           one of the items of an assumption that is a list
│   └── PipelineError           the steps do not fit together
├── StoreError (OSError)        the store cannot be read or written; exit code 1
├── FetchError (OSError)        a publisher cannot be reached, or answers otherwise; exit code 1
└── CallError (LookupError)     the call is wrong: no such table, place, scenario; exit code 2
"""

import difflib
from collections.abc import Iterable


class StorregionError(Exception):
    """Any error this package raises on purpose; its text says what, where and what to do."""


class DataError(StorregionError, ValueError):
    """The data is wrong."""


class TableError(DataError):
    """A frame or a figure file does not fit its schema; the message lists every fault."""


class SettingError(DataError):
    """A settings file holds something it may not; the message names file, key and remedy."""


class ItemError(SettingError):
    """An item of an assumption that is a list cannot be used; says where it stands in the list.

    Attributes
    ----------
    assumption : the table and the assumption, such as `timetable_operations.made`.
    number : the item's place in the list, from 1.
    """

    def __init__(self, assumption: str, number: int, message: str) -> None:
        """The message names the item, what is wrong and the remedy."""
        super().__init__(message)
        self.assumption, self.number = assumption, number


class PipelineError(DataError):
    """The steps do not fit together."""


class StoreError(StorregionError, OSError):
    """The store cannot be read or written."""


class FetchError(StorregionError, OSError):
    """A publisher cannot be reached, or does not answer as it should; what was there before stays."""


class CallError(StorregionError, LookupError):
    """What was asked for does not exist."""


def some(items: Iterable[object], most: int = 12, between: str = ", ") -> str:
    """The first of some codes or places for a message, and how many more there are.

    Parameters
    ----------
    items : in the order they are to be read; a row is written with spaces between its values.
    most : how many are written.
    between : what stands between two.
    """
    words = [" ".join(map(str, item)) if isinstance(item, tuple) else str(item) for item in items]
    rest = len(words) - most
    return between.join(words[:most]) + (f" and {rest} more" if rest > 0 else "")


def nearest(word: str, right: Iterable[str]) -> str:
    """A hint for a misspelt word: the nearest right one, or all that there are.

    Parameters
    ----------
    word : what was written.
    right : what could have been meant.
    """
    known = sorted(set(right))
    if close := difflib.get_close_matches(word, known, n=1, cutoff=0.6):
        return f"did you mean {close[0]!r}?"
    return f"there is {', '.join(map(repr, known[:12]))}{' …' if len(known) > 12 else ''}"
