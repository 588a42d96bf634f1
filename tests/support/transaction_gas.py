"""What a call uses as a transaction, out of revm; there all accounts and words are warm, on a node some are cold."""

from typing import Any

from evm import DEPLOYER

LIMIT = 2**24
"""Of one transaction since Osaka (EIP-7825)."""


def gas_of(machine: Any, to: str, data: bytes, sender: str = DEPLOYER) -> int:
    """The gas of a call, which is made."""
    machine.send(to, data, sender)
    return int(machine.evm.result.gas_used)
