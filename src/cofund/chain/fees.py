"""Fees of EIP-1559 transactions: from the node's own history, never above a ceiling that the caller sets."""

from dataclasses import dataclass
from statistics import median_low
from typing import TYPE_CHECKING, Final

from cofund.errors import CofundError, NodeError

if TYPE_CHECKING:
    from web3 import Web3

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


def suggested(web3: "Web3", ceiling: int) -> Fees:
    """Twice the next block's base fee, enough for six full blocks in a row, and the middle tip of the last blocks.

    Where the base fee is 0, as on chains of a consortium, gas may be free: then the node's own price is the tip.

    Args:
        web3: connected client.
        ceiling: most that may be offered, wei per gas.

    Raises:
        NodeError: if even the base fee is above the ceiling.
    """
    latest = int(web3.eth.get_block("latest").get("baseFeePerGas", 0))
    bases, tips = _history(web3)
    base = max([*bases[-1:], latest])  # some nodes answer an old history: the latest header is never older
    usual = min(GWEI, base) if base else _price(web3)
    if base > ceiling:
        raise NodeError(f"gas costs {base / GWEI:.2f} gwei now, above the ceiling of {ceiling / GWEI:.2f} gwei")
    paid = [tip for tip in tips if tip > 0]
    tip = median_low(paid) if paid else usual
    most = min(ceiling, 2 * base + tip)
    return Fees(most, min(tip, most))


def _history(web3: "Web3") -> tuple[list[int], list[int]]:
    """Base fees of the last blocks and of the next, and the middle tip of each; nothing from a node without history."""
    try:
        history = web3.eth.fee_history(BLOCKS, "latest", [MIDDLE])
    except CofundError:
        return [], []
    tips = history.get("reward") or []
    return [int(fee) for fee in history["baseFeePerGas"]], [int(each[0]) for each in tips if each]


def _price(web3: "Web3") -> int:
    """The node's own price; that of a node that has none is what others pay."""
    try:
        return int(web3.eth.gas_price)
    except CofundError:
        return GWEI


def raised(before: Fees, now: Fees, ceiling: int) -> Fees | None:
    """Fees of a replacement: an eighth more than before, which nodes ask for; None if that is above the ceiling.

    Where gas is free there is nothing to raise: whoever has no coins could not pay the least fee.
    """
    if not now.most:
        return None
    tip = max(now.tip, before.tip + -(-before.tip // 8) + 1)
    most = max(now.most, before.most + -(-before.most // 8) + 1)
    return Fees(most, min(tip, most)) if most <= ceiling else None
