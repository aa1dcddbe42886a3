"""Mutations of what the checks of the paper state, and whether a check fails when one is made.

A mutation changes one coefficient, exponent, sign or condition in the code of a check that decides its finding. What a
finding only prints, and points and grids at which it looks, are left alone. Of each kind a check has one, drawn by lot.
"""

import ast
import copy
import random
import signal
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from duality.derivations import sections
from duality.verdicts import Finding

_SECONDS = 60  # of processor time: a check that takes longer than this on a mutation does not pass it
_LIMITS = ("limit", "tends_to", "asymptotic")
# Where numbers are points, grids, labels or names, not what is stated.
_LOOKS = (
    "linspace",
    "arange",
    "range",
    "array",
    "geomspace",
    "logspace",
    "symbols",
    "Symbol",
    "Frozen",
    "literal_function",
)
# Points, accuracies and sizes of an error that is told: a finding must not depend on them.
_ASIDE = {
    "_largest_error", "_largest_dropped", "_Y_AT_M", "_stratified", "_accuracy", "_mean_kick", "_optimum", "_STRATA",
    "START",
}  # fmt: skip
_SHOWN = ("value", "error", "evidence", "right_form", "domain", "width", "step")


@dataclass(frozen=True)
class Mutation:
    """One change of the source of a module of derivations.

    Attributes
    ----------
    module, place : str
        The module, and the check in it.
    kind : str
        coefficient, exponent, sign or condition.
    before, after : str
        The expression.
    index : int
        Of the changed node among all of the module's, in the order of `ast.walk`.
    """

    module: str
    place: str
    kind: str
    before: str
    after: str
    index: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        """By which a survivor is known: no line number, which other changes would move."""
        return (self.module, self.place, self.before, self.after)


def modules() -> dict[str, types.ModuleType]:
    """By short name, all modules that check the paper."""
    return {made.__name__.rsplit(".", 1)[1]: made for group in sections.SECTIONS.values() for made in group}


@cache
def _tree(name: str) -> ast.Module:
    return ast.parse(Path(modules()[name].__file__).read_text(encoding="utf-8"))


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def _deciding(function: ast.FunctionDef) -> list[ast.AST]:
    """The expressions of a check that decide whether the statement, or its right form, holds."""
    wanted: set[str] = set()
    chosen: list[ast.AST] = []

    def want(node: ast.AST) -> None:
        chosen.append(node)
        wanted.update(_names(node))

    for node in ast.walk(function):
        if not isinstance(node, ast.Return) or node.value is None:
            continue
        if _called(node.value) in ("Finding", "definition"):
            assert isinstance(node.value, ast.Call)
            # Where the printed form is false it is so after a change too: what is stated then is the right form.
            right = [keyword.value for keyword in node.value.keywords if keyword.arg == "mended"]
            want((node.value.args[3:4] or right or node.value.args[:1])[0])
        else:
            want(node.value)
    found = -1
    while found != len(chosen):
        found = len(chosen)
        for node in ast.walk(function):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            value = getattr(node, "iter", None) if isinstance(node, ast.For) else getattr(node, "value", None)
            if value is None or value in chosen or not isinstance(node, ast.Assign | ast.AugAssign | ast.For):
                continue
            stored = {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            if stored & wanted:
                want(value)
        for node in function.body:
            if isinstance(node, ast.FunctionDef) and node.name in wanted and node not in chosen:
                want(node)
    return chosen


def _skipped(node: ast.AST) -> bool:
    """What says nothing of the paper."""
    return (
        isinstance(node, ast.JoinedStr | ast.Subscript | ast.Dict)
        or _called(node) in _LOOKS
        or (
            isinstance(node, ast.BinOp)
            and (_names(node) & _ASIDE or any(_called(part) in _LOOKS for part in ast.walk(node)))
        )
        or (isinstance(node, ast.keyword) and node.arg in _SHOWN)
        or (
            isinstance(node, ast.Compare)
            and any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops)
        )
    )


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _changes(node: ast.AST, parents: list[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Kind and replacement of every mutation of a node."""
    parent = parents[-1] if parents else None
    in_limit = any(_called(above) in _LIMITS for above in parents)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield "sign", ast.BinOp(node.left, other, node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not _is_number(node.operand):
        if getattr(node.operand, "attr", "") == "oo":
            return  # a limit is taken at either end: the other one would be taken twice
        yield "sign", node.operand
    elif _is_number(node):
        kind = "exponent" if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow) else "coefficient"
        called = _called(parent) if parent else ""
        stated = isinstance(parent, ast.BinOp | ast.Compare) or called in ("Integer", "Rational")
        if stated and in_limit and called == "Integer" and isinstance(parents[-2], ast.Tuple):
            kind = "condition"
        if stated:
            yield kind, ast.Constant(node.value + 1)
    elif isinstance(node, ast.Attribute) and node.attr == "oo" and in_limit and isinstance(parent, ast.Tuple):
        yield "condition", ast.Call(ast.Attribute(node.value, "Integer", ast.Load()), [ast.Constant(1)], [])
    elif (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and ("<<" in node.value) != (">>" in node.value)
    ):
        yield "condition", ast.Constant(node.value.translate(str.maketrans("<>", "><")))


def _sites(node: ast.AST, parents: list[ast.AST]) -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    if not _skipped(node):
        yield node, parents
        for child in ast.iter_child_nodes(node):
            yield from _sites(child, [*parents, node])


def mutations(name: str) -> list[Mutation]:
    """One of each kind for every check of a module, in the order of its text."""
    by_statement: dict[tuple[str, str], list[Mutation]] = {}
    for mutation in _candidates(name):
        by_statement.setdefault((mutation.place, mutation.kind), []).append(mutation)
    return [random.Random(f"{name} {key}").choice(found) for key, found in by_statement.items()]


def _candidates(name: str) -> list[Mutation]:
    """All mutations of the checks of a module."""
    tree = _tree(name)
    positions = {id(node): index for index, node in enumerate(ast.walk(tree))}
    checks = sections.checks_of(modules()[name])
    made = []
    for top in tree.body:
        if not isinstance(top, ast.FunctionDef) or top.name not in checks:
            continue
        roots, place = _deciding(top), top.name
        seen = set()
        for node, parents in (site for root in roots for site in _sites(root, [])):
            if id(node) in seen:
                continue
            seen.add(id(node))
            around = parents[-1] if parents and _is_number(node) else node
            for kind, changed in _changes(node, parents):
                before = ast.unparse(around)
                after = ast.unparse(_replaced(around, node, changed))
                made.append(Mutation(name, place, kind, before, after, positions[id(node)]))
    return made


def _replaced(root: ast.AST, node: ast.AST, changed: ast.AST) -> ast.AST:
    """A copy of a tree with one node replaced."""
    position = next(index for index, one in enumerate(ast.walk(root)) if one is node)
    if position == 0:
        return changed
    root = copy.deepcopy(root)
    node = list(ast.walk(root))[position]
    for parent in ast.walk(root):
        for field, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, field, changed)
            elif isinstance(value, list) and any(one is node for one in value):
                value[next(index for index, one in enumerate(value) if one is node)] = changed
    return root


def fails(mutation: Mutation) -> bool:
    """Whether a check fails on a mutation: another verdict, an error, or no end.

    A check fails if it finds anything but what it did. Where it was "reproduced" or "corrected", that means that the
    statement, or its right form, was not shown to hold.
    """
    tree = _tree(mutation.module)
    node = list(ast.walk(tree))[mutation.index]
    parents = {id(child): parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    chain: list[ast.AST] = []
    above = node
    while (above := parents.get(id(above))) is not None:
        chain.insert(0, above)
    (changed,) = (one for kind, one in _changes(node, chain) if kind == mutation.kind)
    made = types.ModuleType(f"mutated_{mutation.module}")
    code = compile(ast.fix_missing_locations(_replaced(tree, node, changed)), mutation.module, "exec")

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS)
    try:
        exec(code, vars(made))
        found: Finding = getattr(made, mutation.place)()
        return found.verdict != _verdict(mutation.module, mutation.place)
    except Exception:
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@cache
def _verdict(name: str, check: str) -> str:
    """The verdict of a check as it is."""
    return getattr(modules()[name], check)().verdict
