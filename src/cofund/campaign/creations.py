"""Campaigns that factories created, found by their logs, without web3; what each was created with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address

from cofund.chain.abi import called_with, decoded, events
from cofund.chain.artifacts import is_code_of
from cofund.chain.logs import log_of, logs_between
from cofund.chain.patience import looked_again
from cofund.errors import CheckFailed, NodeError

if TYPE_CHECKING:
    from cofund.chain.provider import Provider


@dataclass(frozen=True, slots=True)
class Created:
    """Where a campaign came from: the factory that logged it, the transaction, and the store that was announced."""

    campaign: str
    factory: str
    block: int
    hash: str
    store: str = ""


def creations(provider: "Provider", first: int, last: int, campaign: str | None = None) -> list[Created]:
    """Every campaign that some factory logged, or one; whether all of the factory is ours, ``cofund verify`` says."""
    return looked_again(lambda: _creations(provider, first, last, campaign), lambda found: found or campaign is None)


def creation_arguments(provider: "Provider", created: Created) -> dict[str, Any] | None:
    """What the factory's ``create`` was called with; None if another contract called it, or nobody knows."""
    found = provider.ask("eth_getTransactionByHash", created.hash) if created.hash else None
    if not found or not found["to"] or to_checksum_address(found["to"]) != created.factory:
        return None
    try:
        function, arguments = called_with("CampaignFactory", bytes.fromhex(found["input"][2:]))
    except CheckFailed:
        return None
    return arguments if function == "create" else None


def _creations(provider: "Provider", first: int, last: int, campaign: str | None) -> list[Created]:
    (topic,) = (topic for topic, entry in events("CampaignFactory").items() if entry["name"] == "CampaignCreated")
    topics = [topic] if campaign is None else [topic, "0x" + campaign[2:].lower().zfill(64)]
    found = [log for log in logs_between(provider, {"topics": topics}, first, last) if len(log["topics"]) > 1]
    factories = {address for address in {log["address"] for log in found} if _is_factory(provider, address)}
    return [_created(log) for log in found if log["address"] in factories]


def _created(raw: dict[str, Any]) -> Created:
    """Of a store only what is text; whoever creates a campaign chooses it."""
    log = log_of(raw)
    try:
        (event,) = decoded("CampaignFactory", [log])
        store = str(event.arguments["store"])
    except NodeError:
        store = ""
    campaign, factory = to_checksum_address(log.topics[1][-40:]), to_checksum_address(raw["address"])
    return Created(str(campaign), str(factory), log.block, log.hash, store)


def _is_factory(provider: "Provider", address: str) -> bool:
    """Whether logs of creations are more than something that anybody can write."""
    code: str = looked_again(lambda: provider.ask("eth_getCode", address, "latest"), lambda found: found != "0x")
    return is_code_of("CampaignFactory", bytes.fromhex(code[2:]))
