"""A node with one block before revm, as far as a campaign's views are read over it."""

from collections.abc import Sequence

from cofund.chain.contract import Contract
from cofund.chain.node import Head
from cofund.errors import Reverted
from evm import Deployed


class EvmNode:
    """Answers views of a campaign at the time of its machine."""

    def __init__(self, deployed: Deployed) -> None:
        self.machine = deployed.machine

    def calls(self, to: str, data: Sequence[str], block: int) -> list[bytes | Reverted]:
        assert block == 1
        return [self.call(to, bytes.fromhex(each[2:])) for each in data]

    def call(self, to: str, data: bytes) -> bytes | Reverted:
        try:
            return bytes(self.machine.send(to, data))
        except Reverted as refusal:
            return refusal

    def storage(self, address: str, slots: Sequence[int], block: int) -> list[int]:
        assert block == 1
        return [self.machine.evm.storage(address, slot) for slot in slots]

    def head(self) -> Head:
        return Head(1, "0x01", self.machine.now - 1, self.machine.now)

    def is_on_chain(self, head: Head) -> bool:
        return head.number == 1


def campaign_on(deployed: Deployed) -> Contract:
    """The campaign as the program reads it."""
    return Contract(EvmNode(deployed), "Campaign", deployed.campaign)  # type: ignore[arg-type]
