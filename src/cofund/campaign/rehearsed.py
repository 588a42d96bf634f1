"""A campaign that had its chain to itself, found among the transactions that were executed there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address

from cofund.campaign.campaign import Campaign, Location
from cofund.campaign.evidence import Evidence
from cofund.campaign.in_store import with_store
from cofund.campaign.notes import created_contract
from cofund.campaign.publication import stays_sealed
from cofund.campaign.record import campaign_of
from cofund.campaign.store import Store
from cofund.chain.abi import campaign_events
from cofund.chain.contract import contracts_of, decode_calls
from cofund.chain.journal import Mined
from cofund.chain.trail import CampaignTransaction
from cofund.errors import CheckFailed

if TYPE_CHECKING:
    from cofund.chain.logs import Event
    from cofund.chain.node import Node

Transactions = Sequence[tuple[str, Mined]]
"""As they were signed, hex, and what became of each, in the order they were mined."""


def rehearsal(node: "Node", document: dict[str, Any], store: Store | None = None) -> Campaign:
    """The campaign that a node's journal created, at its last block.

    Args:
        node: which has sent everything that was ever sent to its chain.
        document: the published terms.
        store: has the rounds that were recorded and signed; None if they are not to be read.

    Raises:
        CheckFailed: if it is another campaign's document, or another's store.
    """
    campaign = campaign_of(executed(node, [(intent.raw, mined) for intent, mined in node.sent()], document))
    head = node.head()
    here = replace(campaign, now=head.timestamp, place=replace(campaign.place, block=head.number))
    return here if store is None else with_store(here, store)


def executed(node: "Node", transactions: Transactions, document: dict[str, Any]) -> Evidence:
    """What the transactions did to the one campaign that they create.

    Args:
        node: on which they were executed.
        transactions: see ``located``.
        document: the published terms.
    """
    place = located(node, transactions)
    seen = seen_on(node, transactions, place.address, sealed=stays_sealed(document))
    return Evidence(place, shared=False, terms=document, seen=seen, mined=tuple(mined for _, mined in transactions))


def located(node: "Node", transactions: Transactions) -> Location:
    """Where the one campaign is that they create.

    Args:
        node: on which the transactions were executed.
        transactions: all that were ever sent to the chain, each in a block of its own.

    Raises:
        CheckFailed: they create no factory of this version, or not one campaign.
    """
    created = {}
    for index, (raw, mined) in enumerate(transactions):
        try:
            created[created_contract(raw)] = mined
        except CheckFailed as error:
            raise CheckFailed(f"transactions[{index}].raw: {error}") from error
    if "CampaignFactory" not in created:
        raise CheckFailed("transactions: none creates a factory")
    factory = node.created(created["CampaignFactory"])
    logs = [log for _, mined in transactions for log in node.logs(mined.hash, factory)]
    calls = decode_calls([raw for raw, _ in transactions], {factory: "CampaignFactory"})
    stores = [str(call.arguments["store"]) for call in calls if call is not None and call.function == "create"]
    if len(logs) != 1 or len(stores) != 1:
        raise CheckFailed("transactions: not exactly one creates a campaign")
    address = str(to_checksum_address(logs[0].topics[1][-40:]))
    return Location(node.chain_id, address, factory, stores[0], transactions[-1][1].block)


def seen_on(
    node: "Node", transactions: Transactions, campaign: str, *, sealed: bool = False
) -> tuple[CampaignTransaction, ...]:
    """Every transaction with what the campaign and its books logged in it.

    Args:
        node: on which they were executed.
        transactions: see ``located``.
        campaign: its address.
        sealed: whether its books stay sealed.
    """
    both = tuple(contracts_of(campaign))
    logs = [log for _, mined in transactions for log in node.logs(mined.hash, *both)]
    events: dict[str, list[Event]] = {mined.hash: [] for _, mined in transactions}
    for event in campaign_events(logs, sealed=sealed):
        events[event.hash].append(event)
    return tuple(
        CampaignTransaction(raw, m.hash, m.block, m.timestamp, tuple(events[m.hash])) for raw, m in transactions
    )
