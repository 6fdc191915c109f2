"""Text from a PDF, page by page, in a process of its own: run as a script, it imports nothing of ours.

The PDF comes in on standard input; a JSON object goes out: `pages` and the numbers of those read `in_part`,
or the `fault` that stopped the reading and the `page` it was on. Memory, processor time and output are
limited by the system where it can.
"""

import json
import logging
import sys
from contextlib import suppress
from typing import Any

FAULT_WITHOUT_PAGE = 0


def limit(memory: int, seconds: int, most: int) -> None:
    """Bind this process to limits, where the system knows them (not on Windows).

    Parameters
    ----------
    memory : bytes of address space.
    seconds : of processor time.
    most : bytes that may be written to any one file.
    """
    try:
        import resource
    except ImportError:
        return
    wanted = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, most),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in wanted:
        # Some systems refuse a limit on address space; the others still hold.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value))


class _Passed(logging.Handler):
    """Remembers what pypdf passed over inside a page: it then tells its log and reads on.

    `limit` is a limit of its own; `drawing` a drawing that it could not read, or that draws itself.
    """

    limit = drawing = False

    def emit(self, record: logging.LogRecord) -> None:
        from pypdf.errors import LimitReachedError

        self.drawing |= "XObject" in str(record.msg) or "XForm" in str(record.msg)
        reported = record.args.values() if isinstance(record.args, dict) else record.args or ()
        self.limit |= any(isinstance(value, LimitReachedError) for value in reported)


def read(raw: bytes, most_pages: int, most_characters: int) -> dict[str, Any]:
    """The text of every page, or the fault that stopped it.

    Parameters
    ----------
    raw : the PDF.
    most_pages : pages it may have.
    most_characters : characters that all pages together may hold.
    """
    import io

    import pypdf
    from pypdf.errors import DependencyError, LimitReachedError

    page = FAULT_WITHOUT_PAGE
    logger, passed = logging.getLogger("pypdf"), _Passed()
    logger.handlers, logger.propagate = [passed], False
    try:
        reader = pypdf.PdfReader(io.BytesIO(raw), strict=False)
        # An empty password opens what is only locked against printing or editing.
        if reader.is_encrypted and not reader.decrypt(""):
            return {"fault": "encrypted", "page": page}
        if len(reader.pages) > most_pages:
            return {"fault": "pages", "page": page}
        pages: list[str] = []
        in_part: list[int] = []
        left = most_characters
        for page, one in enumerate(reader.pages, 1):
            passed.drawing = False
            pages.append(one.extract_text())
            in_part += [page] if passed.drawing else []
            if passed.limit:
                return {"fault": "unpacks", "page": page}
            left -= len(pages[-1])
            if left < 0:
                return {"fault": "text", "page": page}
    except DependencyError:
        return {"fault": "encrypted", "page": page}
    except LimitReachedError:
        return {"fault": "unpacks", "page": page}
    except MemoryError:
        return {"fault": "memory", "page": page}
    except RecursionError:
        return {"fault": "nesting", "page": page}
    except Exception:  # a damaged file can stop the reader anywhere; no other fault can, here
        return {"fault": "broken", "page": page}
    return {"pages": pages, "in_part": in_part}


def main(words: list[str]) -> None:
    """Read standard input under the limits given as words: memory, seconds, bytes out, pages, characters."""
    memory, seconds, most, pages, characters = map(int, words)
    limit(memory, seconds, most)
    try:
        answer = read(sys.stdin.buffer.read(), pages, characters)
        out = json.dumps(answer)
    except MemoryError:
        out = json.dumps({"fault": "memory", "page": FAULT_WITHOUT_PAGE})
    sys.stdout.write(out)


if __name__ == "__main__":
    main(sys.argv[1:])
