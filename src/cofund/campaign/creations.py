"""Campaigns that factories created, found by their logs; what each was created with."""

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
    return looked_again(
        lambda: _genuine(provider, logged(provider, first, last, campaign)), lambda found: found or campaign is None
    )


def creation_of(
    provider: "Provider", campaign: str, first: int, last: int, factory: str | None = None
) -> Created | None:
    """Where one campaign came from; None if nobody logged it.

    Anybody can write such a log, so one that has not a factory's code is passed over, unless there is no other: then
    ``verify`` says what it is.
    """
    found = looked_again(lambda: logged(provider, first, last, campaign, factory), bool)
    return next(iter((_genuine(provider, found) if len(found) > 1 else found) or found), None)


def creation_arguments(provider: "Provider", created: Created) -> tuple[str, dict[str, Any]] | None:
    """Who called the factory's ``create`` and with what; None if another contract called it, or nobody knows."""
    found = looked_again(lambda: provider.ask("eth_getTransactionByHash", created.hash), bool) if created.hash else None
    if not found or not found["to"] or to_checksum_address(found["to"]) != created.factory:
        return None
    try:
        function, arguments = called_with("CampaignFactory", bytes.fromhex(found["input"][2:]))
    except CheckFailed:
        return None
    return (str(to_checksum_address(found["from"])), arguments) if function == "create" else None


def logged(
    provider: "Provider", first: int, last: int, campaign: str | None = None, factory: str | None = None
) -> list[Created]:
    """What anybody logged as the creation of a campaign, in order."""
    (topic,) = (topic for topic, entry in events("CampaignFactory").items() if entry["name"] == "CampaignCreated")
    where: dict[str, Any] = {"address": factory} if factory else {}
    where |= {"topics": [topic] if campaign is None else [topic, "0x" + campaign[2:].lower().zfill(64)]}
    return [_created(log) for log in logs_between(provider, where, first, last) if len(log["topics"]) > 1]


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


def _genuine(provider: "Provider", found: list[Created]) -> list[Created]:
    """Those whose logs are more than something that anybody can write."""
    factories = {address for address in {each.factory for each in found} if is_factory(provider, address)}
    return [each for each in found if each.factory in factories]


def is_factory(provider: "Provider", address: str) -> bool:
    """Whether a factory's code is at an address."""
    code: str = looked_again(lambda: provider.ask("eth_getCode", address, "latest"), lambda found: found != "0x")
    return is_code_of("CampaignFactory", bytes.fromhex(code[2:]))
