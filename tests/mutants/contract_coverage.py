"""Line and branch coverage of the contracts: what is noticed when a call aborts there.

``make coverage`` prints it. A statement counts as covered if some check of ``contract_checks``, or else a random
sequence of calls beside the integer model, comes out differently once the statement aborts: so it was run, and somebody
looked. A branch is a condition of ``if`` or of a check, once for each way that it can turn out.

All aborts of a contract are compiled at once, each in the block of its number, which no contract reads otherwise.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from multiprocessing import Pool
from typing import Any

import vyper.ast as vy
from compiling import changeable, creation_code
from generated import FILES, notices, span, starts_of_lines

from evm import Build
from hatch_build import CONTRACTS

STATEMENTS = ("Assign", "AnnAssign", "AugAssign", "Expr", "Log", "Return", "If", "For")


@dataclass(frozen=True)
class Abort:
    """Before a statement of a file: always, or if a condition turns out so."""

    deployable: str
    file: str
    line: int
    column: int
    condition: str | None = None
    holds: bool = True

    @property
    def kind(self) -> str:
        return "lines" if self.condition is None else "branches"

    def text(self, number: int) -> str:
        """The statement that aborts in the block of this number."""
        if self.condition is None:
            return f"assert block.number != {number}"
        return f"assert block.number != {number} or {'not ' if self.holds else ''}({self.condition})"

    def __str__(self) -> str:
        if self.condition is None:
            return f"{self.file}.vy:{self.line} is not run"
        return f"{self.file}.vy:{self.line} is never {str(self.holds).lower()}: {self.condition}"


def aborts(deployable: str, file: str) -> Iterator[Abort]:
    """All of one file."""
    text = (CONTRACTS / f"{file}.vy").read_text()
    starts = starts_of_lines(text)
    for function in vy.parse_to_ast(text).get_children(vy.FunctionDef):
        for node in function.get_descendants():
            if node.lineno <= function.lineno:  # the target of a loop has a text of its own
                continue
            begin = starts[node.lineno - 1]
            own_line = text[begin : begin + node.col_offset].strip() == ""
            if type(node).__name__ not in STATEMENTS or not own_line or text.startswith('"""', begin + node.col_offset):
                continue
            place = (deployable, file, node.lineno, node.col_offset)
            yield Abort(*place)
            test = condition_of(node)
            if test is not None:
                first, last = span(test, starts)
                condition = " ".join(text[first:last].split())
                if text[starts[node.lineno - 1] : first].strip() in {"if", "refusing.unless("}:
                    yield from (Abort(*place, condition, holds) for holds in (True, False))


def condition_of(node: Any) -> Any:
    """What an ``if`` or a check looks at."""
    if isinstance(node, vy.If):
        return node.test
    if isinstance(node, vy.Expr) and isinstance(node.value, vy.Call) and node.value.get("func.attr") == "unless":
        return node.value.args[0]
    return None


@cache
def code(deployable: str) -> tuple[tuple[Abort, ...], str]:
    """All aborts of a contract, and what is deployed."""
    listed: list[Abort] = []
    with changeable(by_block=True) as contracts:
        for file in FILES[deployable]:
            lines = (contracts / f"{file}.vy").read_text().splitlines()
            added: dict[int, list[str]] = {}
            for abort in aborts(deployable, file):
                listed.append(abort)
                added.setdefault(abort.line, []).append(" " * abort.column + abort.text(len(listed)))
            whole = (text for number, line in enumerate(lines, start=1) for text in (*added.get(number, ()), line))
            (contracts / f"{file}.vy").write_text("\n".join(whole) + "\n")
        return tuple(listed), creation_code(contracts, deployable)


def covered(task: tuple[str, int]) -> bool:
    """Whether anything notices the abort of this number."""
    deployable, number = task
    build = Build({deployable: code(deployable)[1]}, block=number, code_limit=2**16)
    return notices(deployable, build, patience=0.2) is not None


def main(*deployables: str) -> None:
    """A line for every file, and whatever is not covered; of all deployables, or those named."""
    tasks = [(name, number) for name in deployables or FILES for number in range(1, len(code(name)[0]) + 1)]
    found: Counter[tuple[str, str, bool]] = Counter()
    missed: list[Abort] = []
    with Pool(2) as pool:
        for (deployable, number), noticed in zip(tasks, pool.imap(covered, tasks, chunksize=4), strict=True):
            abort = code(deployable)[0][number - 1]
            found[abort.file, abort.kind, noticed] += 1
            missed += [] if noticed else [abort]
    say(found, missed)


def say(found: Counter[tuple[str, str, bool]], missed: list[Abort]) -> None:
    """A line for every file, the sums, and what is missing."""
    lines = []
    for file in dict.fromkeys(file for file, _, _ in found):
        cells = (share(found, kind, file) for kind in ("lines", "branches"))
        lines.append(" ".join((f"{file + '.vy':20}", *cells)))
    lines += ["", f"{'all':20} {share(found, 'lines')} {share(found, 'branches')}", "", *map(str, missed)]
    sys.stdout.write("\n".join(lines) + "\n")


def share(found: Counter[tuple[str, str, bool]], kind: str, file: str | None = None) -> str:
    """How many of a kind, in one file or in all, are covered."""
    counts = {
        noticed: sum(found[each] for each in found if each[1:] == (kind, noticed) and file in {None, each[0]})
        for noticed in (True, False)
    }
    return f"{counts[True]:5,} of {sum(counts.values()):5,} {kind}"


if __name__ == "__main__":
    main(*sys.argv[1:])
