"""The addresses of cells on a page, put together as `docs/reference/figures.md` says, apart from the code."""

import re
from html import escape, unescape


def after(said: str, before: str) -> str:
    """A whole address, from what is said of it and the whole address before it in the same table."""
    if "/" in said.partition("?")[0]:
        return said
    start, version = before.split("#")
    table_column, keys = start.split("?")
    rest, _, new_version = said.partition("#")
    column, _, changed = rest.partition("?")
    new = dict(part.split("=") for part in changed.split(",") if part)
    where = [
        f"{name}={new.get(name, value)}" for name, value in (part.split("=") for part in keys.split(","))
    ]
    table, old = table_column.split("/")
    return f"{table}/{column or old}?{','.join(where)}#{new_version or version}"


def addresses(html: str) -> list[str]:
    """The whole address of every figure of a page or a part of one that cuts no table, in their order."""
    found: list[str] = []
    for at, part in enumerate(re.split(r"(<table\b.*?</table>)", html, flags=re.DOTALL)):
        first = len(found)
        for said in map(unescape, re.findall(' data-figure="([^"]*)"', part)):
            found.append(after(said, found[-1]) if at % 2 and len(found) > first else said)
    return found


def whole(html: str) -> str:
    """The page with the whole address of every figure in place of what is said of it."""
    every = iter(addresses(html))
    return re.sub(' data-figure="[^"]*"', lambda _: f' data-figure="{escape(next(every))}"', html)
