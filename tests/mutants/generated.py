"""Faults generated from the syntax trees of the contracts, and which of them no check notices.

``make mutants`` draws some of them: one operator, constant, condition or statement changed at a time. Each is compiled
and tried on the checks of ``contract_checks``, and then on random sequences of calls beside the integer model. What is
noticed by neither is printed. ``survivors.toml`` says of each known one why, and the command ends with 1 if one is not
listed there.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from itertools import accumulate
from multiprocessing import Pool
from pathlib import Path
from random import Random
from typing import Any

import vyper.ast as vy
from compiling import changeable, creation_code
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test
from test_contract_equals_ledger import Serial, Underwritten
from test_sealed_contract_equals_ledger import SealedBooks

import any_campaign
import contract_checks
from evm import Build
from hatch_build import CONTRACTS
from profiles import times
from refusing import stubborn

EXPLAINED = Path(__file__).with_name("survivors.toml")
FILES = {
    "Campaign": (
        *("Campaign", "phases", "owners", "edges", "settlement", "closing", "claims", "training", "treasury", "sale"),
        "signatures",
    ),
    "Books": ("Books", "clearing", "paying", "trees", "bitmaps"),
    "SealedBooks": ("SealedBooks", "search_tree"),
    "SerialSharing": ("SerialSharing", "distribution", "quality"),
    "PivotSharing": ("PivotSharing",),
}
"""By deployable, the files whose faults are compiled into it; the factory has tests/mutants/test_factory_mutants.py."""
LIVES = {
    "Campaign": ((Serial, 0.25), (Underwritten, 0.1), (SealedBooks, 0.15)),
    "Books": ((Serial, 0.25), (Underwritten, 0.15)),
    "SealedBooks": ((SealedBooks, 0.3),),
    "SerialSharing": ((Serial, 0.3),),
    "PivotSharing": ((Underwritten, 0.3),),
}
"""Random sequences of calls, and how many times the profile's number of them."""
COMPARED = {"Lt": "<=", "LtE": "<", "Gt": ">=", "GtE": ">", "Eq": "!=", "NotEq": "=="}
COMPUTED = dict(
    zip(
        ("Add", "Sub", "Mult", "FloorDiv", "Mod", "BitAnd", "BitOr", "BitXor", "LShift", "RShift"),
        ("-", "+", "//", "*", "//", "|", "&", "|", ">>", "<<"),
        strict=True,
    )
)
CALLED = {"min": "max", "max": "min", "unsafe_add": "unsafe_sub", "unsafe_sub": "unsafe_add"}
TOKENS = ("<=", ">=", "==", "!=", "<<", ">>", "//", "<", ">", "+", "-", "*", "%", "&", "|", "^", " and ", " or ")


@dataclass(frozen=True)
class Mutant:
    """In a file, the text from ``start`` to ``end`` becomes ``wrong``."""

    deployable: str
    file: str
    start: int
    end: int
    wrong: str

    @property
    def source(self) -> str:
        return (CONTRACTS / f"{self.file}.vy").read_text()

    @property
    def line(self) -> int:
        return self.source.count("\n", 0, self.start) + 1

    @property
    def changed(self) -> str:
        """The whole source with the fault."""
        return self.source[: self.start] + self.wrong + self.source[self.end :]

    def __str__(self) -> str:
        """``file: line as it is -> line as it becomes``, white space as one blank."""
        first = self.source.rfind("\n", 0, self.start) + 1
        last = self.source.find("\n", self.end)
        before, after = self.source[first : self.start], self.source[self.end : last]
        right, wrong = (
            " ".join((before + text + after).split()) for text in (self.source[self.start : self.end], self.wrong)
        )
        return f"{self.file}: {right} -> {wrong}"


def mutants() -> list[Mutant]:
    """All faults of all files."""
    return [mutant for deployable, files in FILES.items() for file in files for mutant in of_file(deployable, file)]


def of_file(deployable: str, file: str) -> Iterator[Mutant]:
    """Those of one file; where the tree's positions are not those of the text nothing is changed."""
    text = (CONTRACTS / f"{file}.vy").read_text()
    starts = starts_of_lines(text)
    for function in vy.parse_to_ast(text).get_children(vy.FunctionDef):
        for node in function.get_descendants():
            for start, end, wrong in changes(node, text, starts):
                if text[start:end] != wrong:
                    yield Mutant(deployable, file, start, end, wrong)


def starts_of_lines(text: str) -> list[int]:
    """Where every line begins, and where the text ends."""
    return list(accumulate(map(len, text.splitlines(keepends=True)), initial=0))


def changes(node: Any, text: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """What may go wrong at a node."""
    kind = type(node).__name__
    if kind in {"Assign", "AugAssign", "Expr", "Log"}:
        yield from left_out(node, text, starts)
    elif kind in {"Compare", "BinOp", "BoolOp"}:
        yield from other_operators(node, text, starts)
    else:
        yield from other_words(node, text, starts)


def left_out(node: Any, text: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """A statement with lines of its own, but for a docstring."""
    start, end = span(node, starts)
    alone = text[starts[node.lineno - 1] : start].strip() == "" and text[end : end + 1] == "\n"
    if alone and not text.startswith('"""', start):
        yield start, end, "pass"


def other_operators(node: Any, text: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """A comparison, a sum or a condition of several parts."""
    operator = type(node.op).__name__
    if operator in {"And", "Or"}:
        pairs = zip(node.values, node.values[1:], strict=False)
        wrong = " or " if operator == "And" else " and "
    else:
        pairs = ((node.left, node.right),)
        wrong = (COMPARED | COMPUTED).get(operator, "")
    for left, right in pairs if wrong else ():
        yield from between(left, right, wrong, text, starts)


def other_words(node: Any, text: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """A constant one higher, another function of two numbers, ``not`` left out, a condition decided."""
    start, end = span(node, starts)
    kind, called = type(node).__name__, str(node.get("func.id"))
    if kind == "UnaryOp" and text[start:end].startswith("not "):
        yield start, start + 4, ""
    elif kind == "Int" and text[start:end].isdigit():
        yield start, end, str(int(text[start:end]) + 1)
    elif kind == "Call" and called in CALLED and text.startswith(called + "(", start):
        yield start, start + len(called), CALLED[called]
    elif kind == "If":
        first, last = span(node.test, starts)
        decided = ("True", "False") if text[:first].endswith("if ") else ()
        yield from ((first, last, value) for value in decided)


def between(left: Any, right: Any, wrong: str, text: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """Another operator between two operands."""
    first, last = span(left, starts)[1], span(right, starts)[0]
    gap = text[first:last]
    token = next((token for token in TOKENS if token in gap), None)
    if first < last and token and set(gap.replace(token, "", 1)) <= set(" ()\n"):
        at = first + gap.index(token)
        yield at, at + len(token), wrong


def span(node: Any, starts: list[int]) -> tuple[int, int]:
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


# ---------------------------------------------------------------- trying them


def code(mutant: Mutant) -> str | None:
    """What is deployed; ``None`` if the compiler refuses the fault."""
    with changeable() as contracts:
        (contracts / f"{mutant.file}.vy").write_text(mutant.changed)
        try:
            with redirect_stderr(StringIO()):
                return creation_code(contracts, mutant.deployable)
        except Exception:  # noqa: BLE001 - whatever a compiler may say
            return None


def outcome(mutant: Mutant) -> str:
    """``refused`` by the compiler, ``survives``, or the check that noticed it."""
    compiled = code(mutant)
    if compiled is None:
        return "refused"
    return notices(mutant.deployable, Build({mutant.deployable: compiled}, code_limit=2**16)) or "survives"


def notices(deployable: str, build: Build, patience: float = 1) -> str | None:
    """The check, or else the random sequences of calls, that come out differently on this build.

    Args:
        patience: how many times as many sequences as usual.
    """
    for check in sorted(contract_checks.CHECKS, key=lambda each: not each.__name__.endswith("_life")):
        try:
            check(build)
        except Exception:  # noqa: BLE001 - any surprise is one
            return check.__name__
    any_campaign.stubborn = lambda: replace(build, codes={**stubborn().codes, **build.codes})
    quiet = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}
    for machine, factor in LIVES[deployable]:
        random = times(patience * factor, phases=[Phase.generate], stateful_step_count=40, **quiet)
        try:
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                run_state_machine_as_test(machine, settings=random)
        except Exception:  # noqa: BLE001 - any surprise is one
            return machine.__name__
    return None


def main() -> None:
    """Draw, try, and say what survives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=200, help="how many; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", help="of one file only")
    chosen = parser.parse_args()
    every = [mutant for mutant in mutants() if chosen.file in (None, mutant.file)]
    size = min(chosen.sample or len(every), len(every))
    drawn = Random(chosen.seed).sample(every, size)
    explained = tomllib.loads(EXPLAINED.read_text())["why"]
    counts = {"refused by the compiler": 0, "noticed": 0, "explained": 0, "not explained": 0}
    with Pool(2) as pool:
        for mutant, result in zip(drawn, pool.imap(outcome, drawn), strict=True):
            kind = "refused by the compiler" if result == "refused" else "noticed"
            if result == "survives":
                kind = "explained" if str(mutant) in explained else "not explained"
                sys.stdout.write(f"line {mutant.line} of {mutant}\n    {explained.get(str(mutant), '?')}\n")
                sys.stdout.flush()
            counts[kind] += 1
    told = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    sys.stdout.write(f"{size:,} of {len(every):,} faults: {told}\n")
    sys.exit(1 if counts["not explained"] else 0)


if __name__ == "__main__":
    main()
