"""Fees of EIP-1559 transactions: from the node's own history, never above a ceiling that the caller sets."""

from dataclasses import dataclass
from statistics import median_low
from typing import TYPE_CHECKING, Any, Final

from cofund.errors import NodeError

if TYPE_CHECKING:
    from cofund.chain.provider import Provider, Question

GWEI: Final = 10**9
CEILING_WEI: Final = 100 * GWEI
BLOCKS: Final = 10
MIDDLE: Final = 50.0  # percentile of the tips in a block


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers per gas.

    Args:
        most: base fee and tip together, at most, wei.
        tip: to whoever builds the block, wei.
    """

    most: int
    tip: int


def suggested(provider: "Provider", ceiling: int) -> Fees:
    """Twice the next block's base fee, enough for six full blocks in a row, and the middle tip of the last blocks.

    Where the base fee is 0, as on chains of a consortium, gas may be free: then the node's own price is the tip.

    Args:
        provider: the node.
        ceiling: most that may be offered, wei per gas.

    Raises:
        NodeError: if even the base fee is above the ceiling.
    """
    last: Question = ("eth_getBlockByNumber", ["latest", False])
    try:
        block, history = provider.ask_all([last, ("eth_feeHistory", [hex(BLOCKS), "latest", [MIDDLE]])])
    except NodeError:  # a node without a history, or with one that nobody can read
        block, history = provider.ask_all([last])[0], None
    latest = int(block.get("baseFeePerGas", "0x0"), 16)
    bases, tips = _read(history) if history else ([], [])
    base = max([*bases[-1:], latest])  # some nodes answer an old history: the latest header is never older
    usual = min(GWEI, base) if base else _price(provider)
    if base > ceiling:
        raise NodeError(f"gas costs {base / GWEI:.2f} gwei now, above the ceiling of {ceiling / GWEI:.2f} gwei")
    paid = [tip for tip in tips if tip > 0]
    tip = median_low(paid) if paid else usual
    most = min(ceiling, 2 * base + tip)
    return Fees(most, min(tip, most))


def _read(history: dict[str, Any]) -> tuple[list[int], list[int]]:
    """Base fees of the last blocks and of the next, and the middle tip of each."""
    tips = history.get("reward") or []
    return [int(fee, 16) for fee in history["baseFeePerGas"]], [int(each[0], 16) for each in tips if each]


def _price(provider: "Provider") -> int:
    """The node's own price; that of a node that has none is what others pay."""
    price = provider.optional("eth_gasPrice")
    return GWEI if price is None else int(price, 16)


def raised(before: Fees, now: Fees, ceiling: int) -> Fees | None:
    """Fees of a replacement: an eighth more than before, which nodes ask for; None if that is above the ceiling.

    Where gas is free there is nothing to raise: whoever has no coins could not pay the least fee.
    """
    if not now.most:
        return None
    tip = max(now.tip, before.tip + -(-before.tip // 8) + 1)
    most = max(now.most, before.most + -(-before.most // 8) + 1)
    return Fees(most, min(tip, most)) if most <= ceiling else None
