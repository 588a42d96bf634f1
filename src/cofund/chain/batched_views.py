"""Views of a packaged contract at one block, many in one question, without web3."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cofund.chain.abi import answer, call_data
from cofund.chain.counts import is_possible
from cofund.chain.patience import LOOKS, looked_again
from cofund.chain.provider import Refused
from cofund.errors import NodeError

if TYPE_CHECKING:
    from cofund.chain.provider import Provider

View = tuple[Any, ...]
"""A function's name and what it is called with."""


class Views:
    """What a campaign says at a block; nothing is asked twice."""

    def __init__(self, provider: "Provider", address: str, block: int) -> None:
        self.provider, self.address, self.block = provider, address, block
        self._known: dict[View, Any] = {}

    def __call__(self, wanted: Sequence[View]) -> list[Any]:
        """Values in the order of the views; structures are dictionaries.

        Raises:
            NodeError: if no campaign answers so.
        """
        missing = [view for view in dict.fromkeys(wanted) if view not in self._known]
        questions = {view: self._question(view) for view in missing}

        def read() -> bool:
            left = [view for view in missing if view not in self._known]
            for view, told in zip(left, self.provider.ask_all([questions[view] for view in left]), strict=True):
                with suppress(NodeError):  # a backend that lags does not know the contract yet
                    found = answer("Campaign", view[0], len(view) - 1, bytes.fromhex(told[2:]))
                    if is_possible(view[0], found):
                        self._known[view] = found
            return len(left) == 0 or all(view in self._known for view in left)

        if not looked_again(read, bool, at_once=LOOKS):
            raise NodeError(f"{self.address}: no campaign is there")
        return [self._known[view] for view in wanted]

    def one(self, name: str, *arguments: Any) -> Any:
        """One value."""
        return self([(name, *arguments)])[0]

    def storage(self, slots: Sequence[int]) -> list[int]:
        """Words of the contract's storage, of which no view tells."""
        at = hex(self.block)
        found = self.provider.ask_all([("eth_getStorageAt", [self.address, hex(slot), at]) for slot in slots])
        return [int(word, 16) for word in found]

    def token(self, token: str, name: str, *arguments: Any) -> Any:
        """A view of the campaign's token at the same block; None if the token has none such.

        Raises:
            NodeError: if the node does not answer.
        """
        asked = {"to": token, "data": call_data("TestToken", name, *arguments)}
        try:
            told = self.provider.ask("eth_call", asked, hex(self.block))
        except Refused:
            return None
        with suppress(NodeError):
            return answer("TestToken", name, len(arguments), bytes.fromhex(told[2:]))
        return None

    def _question(self, view: View) -> tuple[str, list[Any]]:
        return "eth_call", [{"to": self.address, "data": call_data("Campaign", *view)}, hex(self.block)]
