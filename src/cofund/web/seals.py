"""What a campaign keeps of sealed bids and offers, so that a browser can tell early which opening fits."""

from typing import Any, Final

from cofund.errors import NodeError
from cofund.web.chain import Block, Event, Reader

OWNER_SEALS_SLOT: Final = 360
"""Where Campaign.vy keeps the bids' commitments until settlement, in the order of the bids. No view tells them."""


def read_bid_seals(reader: Reader, owners: list[Any], events: list[Event], known: dict[str, str], block: Block) -> None:
    """Add to ``known`` the commitment of every bid, hex, by the hash of its transaction; asked for once.

    A node that tells no storage leaves them unknown: then only a reveal shows whether an opening fits.
    """
    hashes = {event.arguments["owner"]: event.hash for event in events if event.name == "BidCommitted"}
    missing = [at for at, (state, _) in enumerate(owners) if hashes.get(state["account"], "") not in known]
    slots = [hex(OWNER_SEALS_SLOT + at) for at in missing]
    try:
        found = reader.rpc.ask_all([("eth_getStorageAt", [reader.address, slot, hex(block.number)]) for slot in slots])
    except NodeError:
        return
    for at, word in zip(missing, found, strict=True):
        account = owners[at][0]["account"]
        if account in hashes and isinstance(word, str) and int(word, 16):
            known[hashes[account]] = f"0x{int(word, 16):064x}"


def seals_of(
    owners: list[Any], offers: dict[str, dict[str, Any]], events: list[Event], bids: dict[str, str]
) -> dict[tuple[str, str], str]:
    """By role and account: the commitment of a bid, 32 bytes, or of an offer, the first 28; hex."""
    hashes = {event.arguments["owner"]: event.hash for event in events if event.name == "BidCommitted"}
    accounts = [state["account"] for state, _ in owners]
    sealed = {("owner", account): bids[hashes[account]] for account in accounts if hashes.get(account) in bids}
    return sealed | {("client", client): f"0x{offer['seal']:056x}" for client, offer in offers.items()}
