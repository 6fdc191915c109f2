"""What is wanted of a table: patterns and times made into codes, and codes split into calls."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import permutations, product
from math import ceil, prod

from storregion.core.errors import DataError, nearest
from storregion.fetch.publishers import TableQuery

Codes = tuple[str, ...]
_MOST_TRIED = 7
_TIME = re.compile(r"(latest|from|to)\s*(?:\(\s*([\w-]+)\s*\))?")
LABEL = "label:"
"""What a word begins with that means a code by its label."""


@dataclass(frozen=True)
class Variable:
    """One variable of a table: codes with labels, whether it is time, and whether it may be summed away."""

    code: str
    codes: Codes
    time: bool = False
    eliminable: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    def but(self, codelist: Mapping[str, str]) -> "Variable":
        """The variable with the codes and labels of a code list.

        Parameters
        ----------
        codelist : its labels by code.
        """
        return replace(self, codes=tuple(codelist), labels=codelist)


def common_times(tables: Sequence[Sequence[Variable]]) -> set[str]:
    """The times that all tables have."""
    times = [set(v.codes) for variables in tables for v in variables if v.time]
    return set.intersection(*times) if times else set()


def choose(
    query: TableQuery,
    table: str,
    variables: Sequence[Variable],
    common: set[str],
) -> dict[str, Codes]:
    """The codes that a target wants of a table, by variable, each once and in the publisher's order.

    Parameters
    ----------
    query : what the target says of the table.
    table : its name, for messages.
    variables : the table's variables as they are now, those with a code list with its codes.
    common : the times that all tables of the target have.

    Raises
    ------
    DataError
        A variable or a code is missing from the table, or the target does not mention one of its variables;
        every fault is named.
    """
    known = {variable.code: variable for variable in variables}
    faults = [
        f"there is no variable {name!r}; {nearest(name, known)}"
        for name in (*query.select, *query.eliminate)
        if name not in known
    ]
    for variable in variables:
        if variable.code in query.eliminate and not variable.eliminable:
            faults.append(f"the variable {variable.code!r} cannot be summed away; select codes of it")
        alone = len(variable.codes) == 1
        if variable.code not in query.select and variable.code not in query.eliminate and not alone:
            faults.append(
                f"the table has a variable {variable.code!r} that the target says nothing of; name it under "
                "select or eliminate"
            )
    chosen = {}
    for variable in variables:
        if variable.code not in query.eliminate:
            # A variable with one code divides nothing; the target need not speak of it.
            wanted = query.select.get(variable.code, variable.codes)
            try:
                chosen[variable.code] = _chosen(wanted, variable, common)
            except DataError as error:
                faults.append(str(error))
    if faults:
        raise DataError(f"{table} is not as the target has it:\n  " + "\n  ".join(faults))
    return chosen


def _chosen(wanted: Sequence[str], variable: Variable, common: set[str]) -> Codes:
    codes = variable.codes
    taken: set[str] = set()
    left: set[str] = set()
    for word in wanted:
        leaves = word.startswith("!") and word not in codes
        found = _matching(word.removeprefix("!") if leaves else word, variable, common)
        if not found and LABEL in word:
            known = sorted(set(variable.labels.values()))
            raise DataError(f"no label of {variable.code!r} is {word!r}; {nearest(word, known)}")
        if not found:
            raise DataError(f"no code of {variable.code!r} is {word!r}; {nearest(word, codes)}")
        (left if leaves else taken).update(found)
    taken -= left
    if not taken:
        raise DataError(f"nothing is left of {variable.code!r}")
    return tuple(code for code in codes if code in taken)


def _matching(word: str, variable: Variable, common: set[str]) -> set[str]:
    """The codes that a word means."""
    codes = variable.codes
    # A code that is itself such a word means itself.
    if word in codes:
        return {word}
    if word.startswith(LABEL):
        return _labelled(word.removeprefix(LABEL), variable)
    if variable.time:
        if word == "latest common":
            return {max(common)} if common else set()
        if found := _TIME.fullmatch(word):
            return _times(found[1], found[2] or "", sorted(codes))
    if "*" in word or "?" in word:
        return {code for code in codes if _fits(code, word)}
    return set()


def _fits(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _labelled(text: str, variable: Variable) -> set[str]:
    """The code with the first of several labels that the variable has."""
    for pattern in (part.strip().casefold() for part in text.split("|")):
        found = [code for code, label in variable.labels.items() if _fits(label.casefold(), pattern)]
        if len(found) > 1:
            labels = ", ".join(f"{code!r} ({variable.labels[code]})" for code in found[:8])
            raise DataError(f"{len(found)} codes of {variable.code!r} are labelled {pattern!r}: {labels}")
        if found:
            return set(found)
    return set()


def _times(verb: str, bound: str, codes: list[str]) -> set[str]:
    if verb == "latest":
        return set(codes[-int(bound or 1) :]) if not bound or (bound.isdigit() and int(bound)) else set()
    return {code for code in codes if (code >= bound if verb == "from" else code <= bound)}


def split(chosen: Mapping[str, Codes], limit: int) -> Iterator[dict[str, Codes]]:
    """Parts of a selection, each with at most so many cells, together every cell once, in few calls.

    Parameters
    ----------
    chosen : the codes wanted, by variable.
    limit : the most cells of a part.
    """
    sizes = _chunks({name: len(codes) for name, codes in chosen.items()}, limit)
    pieces = [
        [codes[at : at + sizes[name]] for at in range(0, len(codes), sizes[name])]
        for name, codes in chosen.items()
    ]
    for part in product(*pieces):
        yield dict(zip(chosen, part, strict=True))


def _chunks(lengths: Mapping[str, int], limit: int) -> dict[str, int]:
    """How many codes of each variable a part holds, so that the parts are as few as found."""
    best: dict[str, int] = {}
    fewest = 0
    # Beyond so many variables the orders are too many to try; few tables have more.
    orders = (
        permutations(lengths) if len(lengths) <= _MOST_TRIED else [sorted(lengths, key=lengths.__getitem__)]
    )
    for order in orders:
        room, sizes = limit, {}
        for name in order:
            sizes[name] = max(1, min(lengths[name], room))
            room //= sizes[name]
        parts = prod(ceil(lengths[name] / sizes[name]) for name in lengths)
        if not best or parts < fewest:
            best, fewest = sizes, parts
    # The same number of parts, but each of about the same size.
    return {name: ceil(lengths[name] / ceil(lengths[name] / size)) for name, size in best.items()}
