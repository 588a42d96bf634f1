"""Fees of EIP-1559 transactions: from the node's own history, never above a ceiling that the caller sets."""

from dataclasses import dataclass
from statistics import median_low
from typing import TYPE_CHECKING, Final

from cofund.chain.refusals import understood
from cofund.errors import NodeError

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
    try:
        history = web3.eth.fee_history(BLOCKS, "latest", [MIDDLE])
        latest = web3.eth.get_block("latest")
        # some nodes answer the history of an old block: the latest header is never older
        base = max(int(history["baseFeePerGas"][-1]), int(latest.get("baseFeePerGas", 0)))
        usual = min(GWEI, base) if base else int(web3.eth.gas_price)
    except Exception as error:
        raise understood(error) from error
    if base > ceiling:
        raise NodeError(f"gas costs {base / GWEI:.2f} gwei now, above the ceiling of {ceiling / GWEI:.2f} gwei")
    paid = [int(tips[0]) for tips in history.get("reward", []) if tips and int(tips[0]) > 0]
    tip = median_low(paid) if paid else usual
    most = min(ceiling, 2 * base + tip)
    return Fees(most, min(tip, most))


def raised(before: Fees, now: Fees, ceiling: int) -> Fees | None:
    """Fees of a replacement: an eighth more than before, which nodes ask for; None if that is above the ceiling.

    Where gas is free there is nothing to raise: whoever has no coins could not pay the least fee.
    """
    if not now.most:
        return None
    tip = max(now.tip, before.tip + -(-before.tip // 8) + 1)
    most = max(now.most, before.most + -(-before.most // 8) + 1)
    return Fees(most, min(tip, most)) if most <= ceiling else None
