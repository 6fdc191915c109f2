"""What the server itself says: that something is calculated, that it is busy, that something failed.

These pages rest on no table, so that they can be shown whatever has failed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storregion.core.group import RegionGroup
from storregion.core.language import LANGUAGES, Language
from storregion.publish.rendering import ANYWHERE, environment
from storregion.publish.serving.turns import Progress
from storregion.publish.site import IN_PAGE
from storregion.publish.words import WORDS

AGAIN = 2
"""Seconds after which a waiting page asks again."""
_LASTING = ("malformed_title", "not_allowed_title")
"""The titles of what is answered alike however often it is asked for."""


@dataclass(frozen=True)
class Notice:
    """What is said: as a page, and as data or plain text for programs."""

    page: str
    data: Mapping[str, str]

    def json(self) -> str:
        """For the waiting page's script."""
        return json.dumps(self.data, ensure_ascii=False)

    def text(self) -> str:
        """For a program that asked for a file."""
        # To a page it is said that it appears by itself; a program goes by Retry-After.
        names = ("title", "lead", "step") if self.data.get("again") else ("title", "lead", "step", "hint")
        said = [self.data[name] for name in names if self.data.get(name)]
        return " ".join(it if it.endswith(".") else f"{it}." for it in said) + "\n"


class Notices:
    """The server's own pages of one group."""

    def __init__(self, group: RegionGroup) -> None:
        """Read the template in both languages."""
        self._group = group
        self._templates = {it: environment(it).get_template("notice.html") for it in LANGUAGES}

    def waiting(self, language: Language, progress: Progress) -> Notice:
        """Tables are being built.

        Parameters
        ----------
        language : the reader's.
        progress : how far the build has come.
        """
        name = "waiting_begins" if progress.step is None else "waiting_step"
        step = WORDS[name][language].format(
            scenario=progress.scenario[language],
            number=min(progress.done + 1, progress.total),
            total=progress.total,
            step=progress.step[language] if progress.step else "",
        )
        return self._waiting(language, "waiting_built", step, progress.done, progress.total)

    def slow(self, language: Language, before: int, *, tried: bool) -> Notice:
        """One page or file takes long.

        Parameters
        ----------
        language : the reader's.
        before : how many are before it in the queue.
        tried : whether it is a change that the reader tries.
        """
        now, queue = WORDS["waiting_now"][language], WORDS["waiting_queue"][language]
        step = queue.format(number=before) if before else now
        return self._waiting(language, "waiting_tried" if tried else "waiting_made", step, 0, 0)

    def busy(self, language: Language, *, own: bool) -> Notice:
        """No more work is taken; `own` where it is this reader's own that fills the queue."""
        title, lead = ("busy_own_title", "busy_own") if own else ("busy_title", "busy_all")
        return self._said(language, (title, lead, "busy_hint"))

    def fault(self, language: Language, number: str) -> Notice:
        """Something failed that should not; the log has the same number."""
        parts = {"number": number, "step": f"{WORDS['fault_number'][language]}: {number}"}
        return self._said(language, ("fault_title", "fault_lead", "fault_hint"), parts)

    def not_allowed(self, language: Language) -> Notice:
        """A method other than GET and HEAD."""
        return self._said(language, ("not_allowed_title", "not_allowed", "not_allowed_hint"))

    def malformed(self) -> Notice:
        """What came cannot be read as a request, so that nobody knows in which language it asks."""
        first, *others = LANGUAGES
        names = ("malformed_title", "malformed", "malformed_hint")
        said = {it: [WORDS[name][it] for name in (*names, "to_start")] for it in others}
        return self._said(first, names, also=said)

    def _waiting(self, language: Language, lead: str, step: str, done: int, total: int) -> Notice:
        parts = {"again": str(AGAIN), "step": step, "done": str(done), "total": str(total) if total else ""}
        return self._said(language, ("waiting_title", lead, "waiting_again"), parts)

    def _said(
        self,
        language: Language,
        names: tuple[str, str, str],
        parts: Mapping[str, str] | None = None,
        also: Mapping[Language, Sequence[str]] | None = None,
    ) -> Notice:
        """A notice of a title, a lead and a hint by the names of their words."""
        words = {name: text[language] for name, text in WORDS.items()}
        said = dict(zip(("title", "lead", "hint"), (words[name] for name in names), strict=True))
        said |= parts or {}
        shown = dict.fromkeys(("again", "step", "done", "total", "number"), "") | said
        mends = names[0] not in _LASTING
        about = {"w": words, "group": self._group, "language": language, "path": ANYWHERE, "policy": IN_PAGE}
        return Notice(self._templates[language].render(**shown, **about, mends=mends, also=also or {}), said)
