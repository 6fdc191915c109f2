"""A key kept to itself: taken out of whatever strangers say before it is shown, cut or written."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote, unquote_plus

HIDDEN = "…"


@dataclass(frozen=True)
class Secret:
    """The key that calls to one publisher carry; empty when it wants none."""

    key: str = ""

    def within(self, text: str) -> bool:
        """Whether a text holds the key, as it is or written with percent signs.

        Parameters
        ----------
        text : what a stranger has said.
        """
        return bool(self.key) and any(self.key in form for form in (text, unquote(text), unquote_plus(text)))

    def out_of(self, text: str) -> str:
        """A text without the key in any form.

        Parameters
        ----------
        text : what a stranger has said, not yet cut.
        """
        if not self.key:
            return text
        forms = {self.key, quote(self.key, safe=""), quote(self.key), quote_plus(self.key)}
        for form in sorted(forms, key=len, reverse=True):
            text = re.sub(re.escape(form), HIDDEN, text, flags=re.IGNORECASE)
        # A form that none of these is, such as one with every sign written so.
        return HIDDEN if self.within(text) else text

    def account(self, door: str) -> str:
        """Whose calls of the month these are: those of the key, which cannot be derived from this.

        Parameters
        ----------
        door : the publisher's door.
        """
        if not self.key:
            return door
        return f"{door} {hashlib.sha256(f'storregion {self.key}'.encode()).hexdigest()[:8]}"
