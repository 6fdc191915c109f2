"""How long reading plans and suggesting focus areas take, on plans put together from known words.

Run with `make bench`. 88 plans of 300 statements, and a PDF of 300 pages.
"""

import io
import os
import platform
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from storregion.core import group
from storregion.strategy import editions, plan_text, statements, suggestions

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("STORREGION_SHARED") or ROOT.parent / "shared")
PLANS, STATEMENTS, WORDS, PAGES = 88, 300, 18, 300
HOSTILE = ("a-\n", "a\n", "bl.a. A ", ". ", '."', "• a\n", "x")
"""What a page repeats that would keep a careless reader of sentences busy without end."""


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The median time of some calls, by the wall clock."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def vocabulary() -> list[str]:
    """Words of planning: of excerpts beside the repository when they are there, else of the strategy."""
    excerpts = SHARED / "data" / "strategy" / "excerpts.jsonl"
    folder = group.bundled() / "strategy"
    text = excerpts.read_text("utf-8") if excerpts.is_file() else ""
    text += "".join(path.read_text("utf-8") for path in sorted(folder.glob("*.toml")))
    return re.findall(r"[^\W\d_]{2,}", text)


def invented(words: list[str], count: int, chance: random.Random) -> list[str]:
    """Statements of known words, and of compounds of two of them, which must be cut."""
    found = []
    for _ in range(count):
        chosen = [chance.choice(words) for _ in range(WORDS)]
        chosen[0] = (chance.choice(words) + chance.choice(words)).lower()
        found.append(" ".join(chosen).capitalize() + ".")
    return found


def pdf(texts: list[str]) -> bytes:
    """A PDF of one page per ten texts, put together by hand."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for start in range(0, len(texts), 10):
        lines = [text.encode("latin-1", "replace") for text in texts[start : start + 10]]
        lines = [re.sub(rb"[()\\]", b"", line) for line in lines]
        stream = b"BT /F 9 Tf 12 TL 40 800 Td " + b" ".join(b"(%s) Tj T*" % line for line in lines) + b" ET"
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>"
        objects.append(page + b"/Contents %d 0 R>>" % len(objects))
        kids.append(len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def hostile(pages: list[str]) -> None:
    """Cutting pages that mean harm, beside plain pages of as many characters."""
    plain = "\n".join(pages)
    plain *= 10**6 // len(plain) + 1
    for repeated in HOSTILE:
        page = repeated * (10**6 // len(repeated))
        for what, parts in (("one page", 1), ("500 pages", 500)):
            cut = len(page) // parts
            took, limit = (
                seconds(partial(statements.split, [text[:cut]] * parts), 1) for text in (page, plain)
            )
            print(f"{what} of {repeated!r:<12} {took:8.3f} s, plain {limit:8.3f} s, ×{took / limit:.1f}")


def main() -> None:
    """Print each measurement."""
    chance = random.Random(1)  # noqa: S311 (the same plans every time)
    words = vocabulary()
    plans = [invented(words, STATEMENTS, chance) for _ in range(PLANS)]
    folder = group.bundled()
    strategy = editions.read(folder)
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    print(f"words known: {len(set(words))}; statements: {PLANS * STATEMENTS}")
    print(f"index                        {seconds(lambda: suggestions.index(folder, strategy)):8.3f} s")

    def all_plans() -> None:
        ready = suggestions.index(folder, strategy)
        for plan in plans:
            ready.suggest(plan)

    print(f"suggestions for {PLANS} plans     {seconds(all_plans):8.3f} s")
    pages = ["\n".join(plan) for plan in plans]
    print(
        f"cutting them into statements {seconds(lambda: [statements.split([page]) for page in pages]):8.3f} s"
    )
    hostile(pages)
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "plan.pdf"
        path.write_bytes(pdf(invented(words, PAGES * 10, chance)))
        print(f"a PDF of {PAGES} pages           {seconds(lambda: plan_text.extract(path), 1):8.3f} s")


if __name__ == "__main__":
    main()
