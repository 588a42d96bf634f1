"""A launched campaign, the script that everybody follows, and the means to take the next step."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cofund.campaign.books import keep_books
from cofund.campaign.engines import Opening, in_process
from cofund.campaign.launch import Cast, Launched
from cofund.campaign.script import Script
from cofund.campaign.store import Store
from cofund.campaign.watch import Watch
from cofund.chain.contract import decode_calls
from cofund.settlement.ledger import Ledger

if TYPE_CHECKING:
    from cofund.campaign.workspace import Workspace
    from cofund.chain.node import Node


@dataclass(frozen=True, slots=True)
class Stage:
    """A launched campaign and everything its steps need."""

    script: Script
    cast: Cast
    node: "Node"
    workspace: "Workspace"
    launched: Launched
    watch: Watch
    engine: Opening = in_process

    def store(self) -> Store:
        """Where public artifacts go: as announced, or into the campaign's folder."""
        return Store(self.script.store or str(self.workspace.store))

    def books(self) -> Ledger:
        """The books after the transactions that this run has sent or found in its journal."""
        campaign, sent = self.launched.campaign, self.node.sent()
        calls = decode_calls([intent.raw for intent, _ in sent], {campaign.address: "Campaign"})
        own = [(mined.timestamp, call) for (_, mined), call in zip(sent, calls, strict=True) if call is not None]
        ledger = Ledger(self.launched.terms, self.cast.initiator.address, self.node.chain_id, campaign.address)
        return keep_books(ledger, own)

    def send(self, account: Any, note: str, function: str, *arguments: Any) -> None:
        """Call the campaign; ``note`` is ``what`` or ``what: whose``."""
        self.launched.campaign.send(account, note, function, *arguments)
        self.watch.step(note)
