"""Small faults: every place of a source where one slip of the hand would change what the program says.

A fault replaces a few bytes and leaves the rest of the file as it is. What only words an error, annotates a
type or decorates is passed over: it makes no figure.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

SWAPPED: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
"""Operators as they are written, and what is written for them."""
BORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
RENAMED = {
    one: other
    for pair in (
        ("min", "max"),
        ("minimum", "maximum"),
        ("min_horizontal", "max_horizontal"),
        ("argmin", "argmax"),
        ("cum_sum", "cum_max"),
        ("any", "all"),
        ("any_horizontal", "all_horizontal"),
        ("first", "last"),
        ("floor", "ceil"),
        ("is_null", "is_not_null"),
        ("semi", "anti"),
    )
    for one, other in (pair, pair[::-1])
} | {"sum": "max", "mean": "max", "median": "max", "sum_horizontal": "max_horizontal"}
"""Functions and methods, and those taken for them."""
DROPPED = {"filter", "fill_null", "drop_nulls", "unique", "abs", "clip", "round"}
"""Methods that are left out."""
WORDS = {
    "how": {"left": "inner", "inner": "left", "full": "left", "semi": "anti", "anti": "semi"},
    "side": {"left": "right", "right": "left"},
    "closed": {"left": "right", "right": "left", "both": "none"},
    "strategy": {"backward": "forward", "forward": "backward"},
}
"""Words that arguments take, by argument, and those taken for them."""
MARKS = {"assumed": "estimated", "estimated": "observed", "observed": "estimated"}
"""Marks of how well a row is known, and those taken for them."""
SAME_EITHER_WAY = {"strict", "maintain_order", "frozen", "kw_only", "slots", "ensure_ascii"}
"""Arguments that change no value where the rest is right."""
LARGE = 60
"""A whole number from this on is doubled: one more would hardly be a slip that one could see."""
SMALLEST = 1e-5
"""A constant below this is a tolerance of the arithmetic."""


@dataclass(frozen=True)
class Fault:
    """One small fault: the bytes from `start` to `end` of a file become `after`."""

    file: str
    function: str
    line: int
    last: int
    kind: str
    start: int
    end: int
    before: str
    after: str
    source: str
    at: int = 0

    @property
    def change(self) -> str:
        """What is done, on one line."""
        one, other = (" ".join(text.split()) for text in (self.before, self.after))
        return f"{one} -> {other or '(nothing)'}"

    @property
    def id(self) -> str:
        """A name that stays as long as the line and its function do, wherever in the file they move."""
        parts = (self.file, self.function, self.kind, self.source, self.change, str(self.at))
        return sha256("\n".join(parts).encode()).hexdigest()[:12]

    def put_into(self, source: bytes) -> bytes:
        """The file with the fault."""
        return source[: self.start] + self.after.encode() + source[self.end :]


Edit = tuple[str, int, int, str]
"""The kind of a fault, where it begins and ends in bytes, and what is put there."""


def faults_in(file: str, source: bytes) -> list[Fault]:
    """Every fault that one file can have, in the order of the file.

    Parameters
    ----------
    file : the path by which faults name it.
    source : what it holds.
    """
    finder = _Finder(source)
    finder.visit(ast.parse(source))
    found: list[Fault] = []
    seen: dict[str, int] = {}
    for node, function, (kind, start, end, after) in finder.found:
        before = source[start:end].decode()
        line = source.count(b"\n", 0, start) + 1
        text = finder.lines[line - 1].decode().strip()
        fault = Fault(file, function, line, node.end_lineno or line, kind, start, end, before, after, text)
        at = seen[fault.id] = seen.get(fault.id, -1) + 1
        found.append(replace(fault, at=at))
    return sorted(found, key=lambda fault: (fault.start, fault.kind))


def is_code(source: bytes) -> bool:
    """Whether a file can be read as code at all; what cannot is no slip that anybody would keep."""
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


Placed = ast.expr | ast.stmt


class _Finder(ast.NodeVisitor):
    """Walks a file and collects the faults of each node, with the function it stands in."""

    def __init__(self, source: bytes) -> None:
        """Begin at the top of a file."""
        self.source = source
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.inside: list[str] = []
        self.depth = 0
        self.found: list[tuple[Placed, str, Edit]] = []

    def span(self, node: Placed) -> tuple[int, int]:
        """Where a node begins and ends, in bytes."""
        begin = self.starts[node.lineno - 1] + node.col_offset
        return begin, self.starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)

    def visit(self, node: ast.AST) -> None:
        """Visit what makes figures: no annotation, decorator, docstring or wording of an error."""
        if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom | ast.arg | ast.Assert):
            return
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            self.visit_block(node)
            return
        if isinstance(node, ast.Call) and _called(node).endswith("Error"):
            return
        if isinstance(node, ast.expr | ast.stmt):
            self.found += [(node, ".".join(self.inside), edit) for edit in self.edits(node)]
        for name, value in ast.iter_fields(node):
            if name != "annotation":
                for inner in value if isinstance(value, list) else [value]:
                    if isinstance(inner, ast.AST):
                        self.visit(inner)

    def visit_block(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        """Visit the defaults and the body of a function or class, under its name."""
        if node.name in {"__repr__", "__str__"}:
            return
        self.inside.append(node.name)
        self.depth += isinstance(node, ast.FunctionDef)
        if isinstance(node, ast.FunctionDef):
            for value in [*node.args.defaults, *node.args.kw_defaults]:
                if value is not None:
                    self.visit(value)
        for statement in node.body:
            self.visit(statement)
        self.depth -= isinstance(node, ast.FunctionDef)
        self.inside.pop()

    def edits(self, node: ast.AST) -> Iterator[Edit]:
        """The faults of one node itself."""
        if isinstance(node, ast.Compare | ast.BinOp | ast.BoolOp | ast.AugAssign):
            yield from self.operators(node)
        elif isinstance(node, ast.UnaryOp):
            yield from self.signs(node)
        elif isinstance(node, ast.Call):
            yield from self.calls(node)
        elif isinstance(node, ast.Constant):
            yield from self.constants(node)
        elif isinstance(node, ast.If | ast.IfExp):
            yield from self.conditions(node)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            for inner in node.generators:
                for test in inner.ifs:
                    yield ("filter", *self.span(test), "True")
        elif isinstance(node, ast.Continue | ast.Break):
            yield ("loop", *self.span(node), "break" if isinstance(node, ast.Continue) else "continue")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and self.depth:
            yield ("statement", *self.span(node), "pass")

    def operators(self, node: ast.Compare | ast.BinOp | ast.BoolOp | ast.AugAssign) -> Iterator[Edit]:
        """Another operator between two values."""
        if isinstance(node, ast.Compare):
            sides, operators = [node.left, *node.comparators], list[ast.AST](node.ops)
        elif isinstance(node, ast.BoolOp):
            sides, operators = node.values, [node.op] * (len(node.values) - 1)
        elif isinstance(node, ast.BinOp):
            sides, operators = [node.left, node.right], [node.op]
        else:
            sides, operators = [node.target, node.value], [node.op]
        if any(_is_text_or_set(side) for side in sides) and not isinstance(node, ast.Compare):
            return
        for one, other, operator in zip(sides, sides[1:], operators, strict=False):
            if type(operator) not in SWAPPED or (isinstance(operator, ast.BitOr) and not self.depth):
                continue
            written, instead = SWAPPED[type(operator)]
            begin, end = self.span(one)[1], self.span(other)[0]
            gap = self.source[begin:end].decode()
            where = re.search(re.escape(written).replace(r"\ ", r"\s+"), re.sub(r"#.*", _blank, gap))
            if where is not None:
                at = begin + len(gap[: where.start()].encode())
                yield (_kind(operator), at, at + len(where.group().encode()), instead)

    def signs(self, node: ast.UnaryOp) -> Iterator[Edit]:
        """A negation or a minus left out."""
        written = {ast.Not: "not", ast.Invert: "~", ast.USub: "-"}.get(type(node.op))
        if written is not None:
            begin = self.span(node)[0]
            yield ("negation", begin, begin + len(written), "")

    def calls(self, node: ast.Call) -> Iterator[Edit]:
        """Another function, a step of a chain left out, or another word for an argument."""
        name, end = _called(node), self.span(node.func)[1]
        if name in RENAMED:
            yield ("function", end - len(name), end, RENAMED[name])
        if name in DROPPED and isinstance(node.func, ast.Attribute):
            dot = self.source.rindex(b".", 0, end - len(name))
            yield ("filter" if name == "filter" else "step", dot, self.span(node)[1], "")
        if name == "shift" and node.args:
            begin, end = self.span(node.args[0])
            yield ("function", begin, end, f"-({self.source[begin:end].decode()})")
        for word in node.keywords:
            if isinstance(word.value, ast.Constant):
                instead = WORDS.get(word.arg or "", {}).get(str(word.value.value))
                if instead is not None:
                    yield ("join" if word.arg == "how" else "border", *self.span(word.value), f'"{instead}"')
                if isinstance(word.value.value, bool) and word.arg not in SAME_EITHER_WAY:
                    yield ("constant", *self.span(word.value), str(not word.value.value))

    def constants(self, node: ast.Constant) -> Iterator[Edit]:
        """A number one too large, a share or a large number doubled, a better mark."""
        value = node.value
        if isinstance(value, str) and value in MARKS and self.depth:
            yield ("mark", *self.span(node), f'"{MARKS[value]}"')
        if isinstance(value, int) and not isinstance(value, bool):
            yield ("constant", *self.span(node), str(value + 1 if value < LARGE else 2 * value))
        elif isinstance(value, float) and (value == 0.0 or value >= SMALLEST):
            yield ("constant", *self.span(node), repr(2 * value if 0 < value < 1 else value + 1.0))

    def conditions(self, node: ast.If | ast.IfExp) -> Iterator[Edit]:
        """A check left out, or the other of two ways taken."""
        if any(isinstance(inner, ast.NamedExpr) for inner in ast.walk(node.test)):
            return
        begin, end = self.span(node.test)
        if isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise):
            yield ("check", begin, end, "False")
        else:
            yield ("condition", begin, end, f"not ({self.source[begin:end].decode()})")


def _called(node: ast.Call) -> str:
    """The last word of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _is_text_or_set(node: ast.AST) -> bool:
    """Whether operators on a value join texts or collections: another operator would not run at all."""
    if isinstance(node, ast.BinOp):
        return _is_text_or_set(node.left) or _is_text_or_set(node.right)
    shown = (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.JoinedStr, ast.ListComp, ast.DictComp)
    return isinstance(node, shown) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


def _kind(operator: ast.AST) -> str:
    if isinstance(operator, BORDERS):
        return "border"
    if isinstance(operator, ast.cmpop):
        return "comparison"
    if isinstance(operator, ast.And | ast.Or | ast.BitAnd | ast.BitOr):
        return "logic"
    return "arithmetic"


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())
