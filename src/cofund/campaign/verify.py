"""Verify a record: execute its transactions again, compute it again, and name the first line that differs."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from cofund.campaign.evidence import SHARED, Evidence, evidence_of
from cofund.campaign.record import build_record
from cofund.campaign.rehearsed import executed
from cofund.campaign.text import checksum, render
from cofund.chain.journal import Journal
from cofund.chain.node import EmbeddedNode
from cofund.errors import CheckFailed, CofundError, InputError
from cofund.market.document import RECORD, parsed_document
from cofund.market.text_files import decoded, read_content
from cofund.training.tasks.named import campaign_task, is_own

Lines = list[str]
MOST_EMPTY_BLOCKS = 1000
MOST_BLOCKS_BEFORE = 20_000
"""Blocks that the chain may have had before the first transaction; each is mined again, some milliseconds."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked; counts for the reader, and whether the campaign shared its chain: then nothing is executed."""

    record: dict[str, Any]
    transactions: int
    deliveries: int
    rounds: int
    sites: int
    lines: int
    shared: bool


def verify(path: Path, task: str | None = None) -> Verified:
    """Recompute everything in a record.

    Args:
        path: the record.
        task: name of a task that is not packaged; a record's word alone never makes this program import code.

    Raises:
        InputError: if the file is not a record.
        CheckFailed: naming the line and what was expected there.
    """
    text, record = _read(path)
    _check_lines(path, text, record.pop("lines"))
    _check_task(path, record, task)
    try:
        again, transactions, shared = _computed_again(record)
    except CofundError as error:
        raise CheckFailed(f"{path}: {_located(text, str(error))}") from error
    except Exception as error:  # a record is from outside: whatever it makes of the computation, it is wrong
        raise CheckFailed(f"{path}: cannot be recomputed: {type(error).__name__} {error}") from error
    _compare(path, text.splitlines(), again.splitlines())
    return Verified(
        record,
        transactions,
        len(record["deliveries"]),
        len(record["rounds"]),
        len(record["gains"]),
        text.count("\n"),
        shared,
    )


def _computed_again(record: dict[str, Any]) -> tuple[str, int, bool]:
    """Text of the record that its evidence gives, number of transactions, and whether their chain was shared."""
    evidence = evidence_of(record)
    if evidence.shared:
        return render(build_record(evidence)), len(evidence.mined), True
    node = re_executed(evidence)
    again = executed(node, evidence.transactions, evidence.terms)
    found = replace(evidence, place=again.place, seen=again.seen)
    return render(build_record(found, node)), len(evidence.mined), False


def re_executed(evidence: Evidence) -> EmbeddedNode:
    """A fresh chain on which every transaction of the evidence had the same effect at the same time.

    Raises:
        CheckFailed: naming the first transaction with another block, status or gas.
    """
    senders = {Account.recover_transaction(raw) for raw, _ in evidence.transactions}
    chain_id = _chain_id(evidence)
    _, first = evidence.transactions[0]
    node, previous = EmbeddedNode(senders, Journal(), chain_id, start=first.timestamp - first.block), 0
    for index, (raw, mined) in enumerate(evidence.transactions):
        most = MOST_EMPTY_BLOCKS if index else MOST_BLOCKS_BEFORE
        if not 0 < mined.block - previous <= most:
            raise CheckFailed(f"transactions[{index}].block: expected a block soon after {previous}, got {mined.block}")
        previous = mined.block
        node.mine_up_to(mined.block - 1)
        try:
            again = node.execute(raw, mined.timestamp)
        except CofundError as error:
            said = str(error).partition("\n")[0]
            raise CheckFailed(f"transactions[{index}]: cannot be executed again: {said}") from error
        if again != mined:
            raise CheckFailed(f"transactions[{index}]: executed again it gives {again}, the record says {mined}")
    return node


def _chain_id(evidence: Evidence) -> int:
    first, _ = evidence.transactions[0]
    return int(TypedTransaction.from_bytes(HexBytes(first)).as_dict()["chainId"])


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    """Text and content of a record file."""
    content = read_content(str(path), path)
    document = parsed_document(str(path), content, RECORD)
    if not isinstance(document.value.get("lines"), list):
        raise InputError(str(path), "lines", "expected a list of checksums: the end of the record is missing")
    return decoded(str(path), content), document.plain()


def _check_lines(path: Path, text: str, checksums: list[Any]) -> None:
    """Every line but the last two has its checksum there."""
    lines = text.splitlines()[:-2]
    if len(lines) != len(checksums):
        raise CheckFailed(f"{path}: {len(lines)} lines have {len(checksums)} checksums: lines were added or removed")
    for number, (line, expected) in enumerate(zip(lines, checksums, strict=True), start=1):
        if checksum(line) != expected:
            raise CheckFailed(f"{path}: line {number}: changed since the record was written: {_shown(line)}")


def _check_task(path: Path, record: dict[str, Any], allowed: str | None) -> None:
    """The record's task is packaged, or it is the one that whoever verifies has named, and can be loaded."""
    try:
        if record["campaign"]["execution"] == SHARED:
            return  # whose models nobody evaluates again
        if record["terms"]["training"] is None:
            return  # nothing is known of what was trained
        name = str(record["terms"]["training"]["task"])
    except (KeyError, TypeError) as error:
        raise CheckFailed(f"{path}: cannot be recomputed: {type(error).__name__} {error}") from error
    if is_own(name) and name != allowed:
        raise InputError(str(path), "terms.training.task", f"{name} is code, run only if you ask: --task {name}")
    campaign_task(name)


def _compare(path: Path, lines: Lines, again: Lines) -> None:
    for number, (line, right) in enumerate(zip(lines, again, strict=False), start=1):
        if line != right:
            raise CheckFailed(f"{path}: line {number}: is {_shown(line)}, recomputed {_shown(right)}")
    if len(lines) != len(again):
        raise CheckFailed(f"{path}: line {min(len(lines), len(again)) + 1}: {len(again)} lines expected")


def _located(text: str, finding: str) -> str:
    """The finding with the line of the entry it names, if it names one like ``deliveries[7]``."""
    section, bracket, rest = finding.partition("[")
    index, closing, _ = rest.partition("]")
    lines, opening = text.splitlines(), f' "{section}": ['
    if bracket and closing and index.isdigit() and opening in lines:
        return f"line {lines.index(opening) + 2 + int(index)}: {finding}"
    return finding


def _shown(line: str) -> str:
    stripped, limit = line.strip(), 120
    return stripped if len(stripped) <= limit else stripped[:limit] + "…"
