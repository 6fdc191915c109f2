"""Several regions that plan together: their common geography, strategy and follow-up as software.

Examples
--------
>>> import storregion
>>> work = storregion.open()                                  # the bundled group
>>> whole = work.group.code
>>> work.figure("growth", "persons", place=whole, year=2024).value  # doctest: +SKIP
4529298
"""

import os
from typing import TYPE_CHECKING, Any

from storregion.core.errors import CallError, DataError, StorregionError

# Polars sums the groups of a large frame in parts whose limits change from run to run, and the last digits
# with them; in one part, a table is the same to the byte.
os.environ["POLARS_NO_PARTITION"] = "1"

if TYPE_CHECKING:
    from storregion.core.workspace import Workspace
    from storregion.core.workspace import Workspace as open  # noqa: A004, N813 - read as storregion.open()

__all__ = ["CallError", "DataError", "StorregionError", "Workspace", "open"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The workspace when it is first asked for: `storregion --help` need not load polars."""
    if name in ("Workspace", "open"):
        from storregion.core.workspace import Workspace

        return Workspace
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
