"""What a request asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from storregion.core.language import LANGUAGES, Language
from storregion.publish.serving.kept import PLAIN
from storregion.publish.serving.pools import reader_of

PROGRESS = "application/vnd.storregion.progress+json"
"""What the script of a waiting page accepts: how far the work has come."""
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_UNNAMED = 0.0001
"""Less than any weight that can be given."""


@dataclass(frozen=True)
class Asked:
    """A request, as far as the portal reads it.

    Attributes
    ----------
    method : in capitals.
    path : without its leading slash.
    query : as it was sent.
    headers : by name in lower case.
    reader : who asks, for limits.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    reader: str

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> "Asked":
        """The request of an ASGI scope."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        client = scope.get("client") or ("", 0)
        query = scope["query_string"].decode("latin-1")
        return cls(scope["method"], scope["path"].removeprefix("/"), query, headers, reader_of(client[0]))

    @property
    def language(self) -> Language:
        """The language of the address; of one that has none what the reader likes best, or the first."""
        start = self.path.partition("/")[0]
        if found := next((known for known in LANGUAGES if known == start), None):
            return found
        weights = _weights(self.headers.get("accept-language", ""))
        # English of any country is English.
        liked = {
            it: max((at for name, at in weights.items() if name.partition("-")[0] == it), default=0.0)
            for it in LANGUAGES
        }
        return max(LANGUAGES, key=lambda it: liked[it])

    @property
    def folder(self) -> str:
        """The address below the language up to its last slash."""
        rest = self.path.partition("/")[2]
        return rest[: rest.rfind("/") + 1]

    @property
    def file(self) -> str:
        """The name after the last slash; empty for a page."""
        return self.path.rpartition("/")[2]

    @property
    def progress(self) -> bool:
        """Whether only how far the work has come is asked for."""
        return PROGRESS in self._accepted

    @property
    def patient(self) -> bool:
        """Whether it waits in silence: a program that asks for a file and would take a page for it."""
        return bool(self.file) and "text/html" not in self._accepted and not self.progress

    @property
    def _accepted(self) -> str:
        return self.headers.get("accept", "")

    @cached_property
    def packings(self) -> tuple[str, ...]:
        """How the answer may be packed: what is preferred first, the smallest of what is liked alike."""
        weights = _weights(self.headers.get("accept-encoding", ""))
        other = weights.get("*", 0.0)
        liked = {name: weights.get(name, other) for name in ("br", "gzip")}
        # What is not named may be sent as it is, but is liked less than all that is.
        liked[PLAIN] = weights.get(PLAIN, other or _UNNAMED)
        accepted = sorted((name for name in liked if liked[name] > 0), key=lambda name: -liked[name])
        # An answer as it is comes before none.
        return (*accepted, PLAIN)

    def knows(self, tag: str) -> bool:
        """Whether the reader has what bears a tag, however it was packed.

        Parameters
        ----------
        tag : without quotation marks.
        """
        for part in self.headers.get("if-none-match", "").split(","):
            bare = part.strip().removeprefix("W/").strip('"')
            if tag and bare.partition("+")[0] == tag:
                return True
        return False

    @property
    def knows_any(self) -> bool:
        """Whether the reader asks for nothing if there is anything."""
        return self.headers.get("if-none-match", "").strip() == "*"


def _weights(accepted: str) -> dict[str, float]:
    """How much each of a list is liked, from 0 to 1; what has a weight that cannot be read is not.

    Examples
    --------
    >>> _weights("gzip;q=0.5, BR, *; q=0, zstd;q=high")
    {'gzip': 0.5, 'br': 1.0, '*': 0.0, 'zstd': 0.0}
    """
    found = {}
    for part in accepted.lower().split(","):
        name, _, weight = (word.strip() for word in part.partition(";"))
        if name:
            read = _WEIGHT.fullmatch(weight or "q=1")
            found[name] = float(read[1]) if read else 0.0
    return found
