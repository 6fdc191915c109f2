"""The docs say what the program says: the reference is fresh and complete, links lead somewhere."""

import importlib.util
import re
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest

from storregion.core import units
from storregion.core.pipeline import every_step
from storregion.core.step import Step

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
STEPS = every_step()
APART = {"node_modules", "build", "dist"}
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part in APART or part.startswith(".") for part in path.relative_to(ROOT).parts)
)
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
OUTSIDE = ("https://", "http://", "mailto:")


def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """A page without its code, where brackets are not links and # is not a heading."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def anchors(path: Path) -> set[str]:
    """The anchors that a page's headings get where Markdown is shown."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", prose(path), flags=re.MULTILINE):
        word = unicodedata.normalize("NFC", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", word).strip().replace(" ", "-"))
    return found


def section(table: str) -> str:
    text = (DOCS / "reference" / "tables.md").read_text("utf-8")
    return text.partition(f"\n### {table}\n")[2].partition("\n### ")[0]


def test_the_reference_is_fresh() -> None:
    tool = reference()
    assert tool.stale(tool.pages()) == [], "run: make reference"


@pytest.mark.parametrize("step", STEPS.values(), ids=list(STEPS))
def test_every_table_and_column_is_in_the_reference(step: Step) -> None:
    text = section(step.schema.name)
    assert step.schema.title.sv in text
    assert step.schema.title.en in text
    assert f"`{step.name}`" in text
    missing = [column.name for column in step.schema.columns if f"\n| `{column.name}` |" not in text]
    missing += [name for name in step.assumptions if f"\n| `{name}` |" not in text]
    assert missing == []


@pytest.mark.parametrize("step", STEPS.values(), ids=list(STEPS))
def test_every_column_says_what_it_means_in_both_languages(step: Step) -> None:
    texts = [step.schema.title, step.schema.about]
    texts += [text for column in step.schema.columns for text in (column.label, column.about)]
    assert all(text.sv.strip() and text.en.strip() for text in texts)


def test_every_unit_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "units.md").read_text("utf-8")
    assert {name for name in units.known() if f"\n| `{name}` |" not in text} == set()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_internal_link_resolves(page: Path) -> None:
    broken = []
    for link in (first or second for first, second in LINK.findall(prose(page))):
        if link.startswith(OUTSIDE):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_of_the_docs_is_linked_from_another() -> None:
    linked = {
        (page.parent / (first or second).partition("#")[0]).resolve()
        for page in PAGES
        for first, second in LINK.findall(prose(page))
        if not (first or second).startswith(OUTSIDE)
    }
    pages = [page for page in sorted(DOCS.rglob("*.md")) if page != DOCS / "index.md"]
    assert [named(page) for page in pages if page.resolve() not in linked] == []


@pytest.mark.parametrize("record", DECISIONS, ids=named)
def test_every_decision_record_has_its_parts(record: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", record.name)
    headings = re.findall(r"^## (.+)$", prose(record), flags=re.MULTILINE)
    assert headings == ["Status", "Context", "Decision", "Consequences"]


def test_decision_records_are_numbered_in_a_row() -> None:
    assert [int(record.name[:4]) for record in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_every_command_is_in_the_reference() -> None:
    cli = pytest.importorskip("storregion.cli")
    text = (DOCS / "reference" / "commands.md").read_text("utf-8")
    tool = reference()
    parser = cli.parser()
    verbs = tool.verbs(parser)
    assert verbs
    assert [name for name in verbs if f"\n## {name}\n" not in text] == []
    options = [
        option
        for one in (parser, *verbs.values())
        for action in one._actions
        for option in action.option_strings
    ]
    assert [option for option in options if option not in ("-h", "--help") and f"`{option}" not in text] == []


def test_the_hosting_guide_has_the_policy_of_the_portal() -> None:
    site = pytest.importorskip("storregion.publish.site")
    assert f"`{site.POLICY}`" in (DOCS / "how-to" / "host-the-portal.md").read_text("utf-8")


# ---- plain words

OLD = re.compile(
    r"reckon|\bhang(s|ing)? (together|on)\b|for want of|\bwhence\b|\bthereof\b|\bbe it\b|\bsave for\b"
    r"|\bnought\b|\b(is|was|are|were) told\b(?! apart)|\btold (by|of|wherever)\b|for (who|whoever) times\b"
    r"|(?<!there )\b(is|are) no (?!long|more|less|later|earlier|slower|faster|lower|higher|need)[a-z]+"
    r"|(?<![\".`])\black(s|ed|ing)?\b(?![\":\]`])"
    r"|nedteckna|mellanhand|\bfigur(er|erna|en)?\b|\bnavets?\b|\bdömer\b|\bvilar på\b"
    r"|\bdragning(ar)?\b|\bgranskning, typer\b",
    re.IGNORECASE,
)
EXAMPLES = DOCS / "explanation" / "plain-words.md"
"""The page that names the old words, to say what to write instead."""
READ = [
    path
    for folder in ("src", "docs", "groups")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".md", ".toml", ".html") and path.is_file() and path != EXAMPLES
]
READ += [ROOT / name for name in ("README.md", "README.sv.md", "CONTRIBUTING.md", "CHANGELOG.md")]


def old_words(text: str) -> list[str]:
    """Words that nobody writes today, or that this project has better ones for."""
    return [
        f"line {number}: {hit[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for hit in OLD.finditer(line)
    ]


def test_no_old_word_is_written() -> None:
    found = {named(path): old for path in READ if (old := old_words(path.read_text("utf-8")))}
    assert found == {}


def test_an_old_word_is_reported() -> None:
    assert old_words("all is well\nTimes are reckoned anew.") == ["line 2: reckon"]


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("'dawn' is no period; write hours", "is no period"),
        ("which is no longer a key", None),
        ("there is no stop 'x'", None),
        ("a file is lacking", "lacking"),
        ("the feed lacks a day", "lacks"),
        ('columns.code("lacks", optional=True)', None),
        ("a fault is told with its line", "is told"),
        ("areas are told apart by borders", None),
        ("for who times the departure", "for who times"),
        ("vilar på uppskattningen", "vilar på"),
        ("Figurer och antaganden", "Figurer"),
        ("figures and assumptions", None),
    ],
)
def test_words_are_banned_by_their_form(text: str, old: str | None) -> None:
    assert old_words(text) == ([f"line 1: {old}"] if old else [])
