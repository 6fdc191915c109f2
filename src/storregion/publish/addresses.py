"""The addresses of the cells behind figures, as tables say them: each as it differs from the one before.

A whole address is `growth/persons?place=0380,year=1968#161eb26bf8ab4efaafc1`: table, column, key and version.
Whole beside every figure, addresses would be half of what a page weighs. The first figure of a table says
its address whole; `docs/reference/figures.md` has the rule for those that follow.
"""

import re
from typing import NamedTuple, Self

_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_FIGURE = re.compile(r'(?<= data-figure=")([^"]*)(?=")')
_WHOLE = re.compile(r"(\w+)/(\w+)\?(\w+=[^,=?#&/]*(?:,\w+=[^,=?#&/]*)*)#([\w.]+)")


class Address(NamedTuple):
    """The address of a cell in its parts."""

    table: str
    column: str
    where: tuple[str, ...]
    version: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """A whole address; None where a value holds a sign that parts are told apart by."""
        found = _WHOLE.fullmatch(text)
        return cls(found[1], found[2], tuple(found[3].split(",")), found[4]) if found else None

    def after(self, before: Self) -> str | None:
        """How it differs from the one before; None where it is to be said whole."""
        names, names_before = ([part.partition("=")[0] for part in it.where] for it in (self, before))
        if self.table != before.table or names != names_before:
            return None
        column = self.column if self.column != before.column else ""
        where = ",".join(part for part, was in zip(self.where, before.where, strict=True) if part != was)
        version = f"#{self.version}" if self.version != before.version else ""
        return f"{column}{'?' if where else ''}{where}{version}"


def shortened(html: str) -> str:
    """A page whose tables say each address as it differs from the one before it in the same table.

    Parameters
    ----------
    html : a page on which every address is whole.
    """
    return _TABLE.sub(lambda table: _in_table(table[0]), html)


def _in_table(table: str) -> str:
    before: Address | None = None

    def said(found: re.Match[str]) -> str:
        nonlocal before
        address, last = Address.read(found[0]), before
        before = address
        short = address.after(last) if address and last else None
        return found[0] if short is None else short

    return _FIGURE.sub(said, table)
