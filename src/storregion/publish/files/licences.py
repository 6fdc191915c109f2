"""Under which licence files that rest on several raw files can be used."""

from collections.abc import Iterable

CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
CC_BY = "http://creativecommons.org/licenses/by/4.0/"
KNOWN = {"CC0 1.0": CC0, "CC BY 4.0": CC_BY}
"""The licences that stand for themselves, as `sources.csv` writes them, and their addresses."""


def licence(names: Iterable[str]) -> str | None:
    """The address of the one licence that files of these licences can be used by together.

    Parameters
    ----------
    names : the licences of the raw files, as `sources.csv` writes them.

    Returns
    -------
    CC0 where all are, CC BY 4.0 where some are that and the others CC0, None where one is neither: a licence
    with further terms beside it is another one, and words alone can tell it.
    """
    kinds = {KNOWN.get(name) for name in names}
    return None if None in kinds or not kinds else CC_BY if CC_BY in kinds else CC0
