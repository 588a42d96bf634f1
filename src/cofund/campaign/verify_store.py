"""What a campaign's store says of its training, held against the chain: terms, rounds, signed rows, sealed models.

A store that cannot be read proves nothing and is said to be so; one that says something else than the chain is a
failed check. The models themselves only their owners can open.
"""

from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from cofund.campaign.audit import Recomputed
from cofund.campaign.creations import Created
from cofund.campaign.in_store import signed_in
from cofund.campaign.party_ids import ids_by_account
from cofund.campaign.published import location, published_terms, read_releases, read_round
from cofund.campaign.sealed_files import published_winners
from cofund.campaign.signed_rounds import check_release
from cofund.campaign.store import RELEASES, Store, box_name
from cofund.campaign.verify_chain import require_same, unusual_lines
from cofund.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from cofund.chain.node import Node


def check_store(node: "Node", created: Created, made: Recomputed, given: str | None = None) -> list[str]:
    """Hold everything in a campaign's store against the chain; what was checked, in words.

    Args:
        node: the chain.
        created: where the campaign came from.
        made: what was made of its trail.
        given: URL of a store, None for the one that was announced.

    Raises:
        CheckFailed: naming the artifact that is not what the chain says.
        InputError: the store that is given cannot be read.
    """
    address = made.campaign.address
    url = location(node, created, address) if given is None else given
    if not url:
        return ["no store was announced: nothing is known of the training but digests"]
    try:
        found = published_terms(node, address, created, given)
        require_same(node, made.code, created, found.document)
        lines = [f"store {url}: the terms are those of the campaign", *unusual_lines(node, found.document)]
        return [*lines, *_training(found.store, found.document, made), *_models(found.store, made)]
    except InputError as error:
        if given is not None:
            raise
        return [f"store not read to its end: {error}"]


def _training(store: Store, document: dict[str, Any], made: Recomputed) -> list[str]:
    """Who delivered in every round, and that nobody was signed for who is not among them."""
    ledger, roots = made.books.ledger, {e["round"]: e["updates_root"] for e in made.logged("RoundRecorded")}
    recorded = {
        (number, delivery.client, delivery.edge)
        for number in range(1, ledger.rounds_done + 1)
        for delivery in read_round(store, number, roots[number])
        if delivery.accepted
    }
    ids, signed, unsigned = ids_by_account(document), 0, 0
    unpaid = {offer.edge for offer in ledger.offers if not offer.client}  # of sealed books, whom no payment names yet
    told_by = {edge: published_winners(store, ledger, edge) for edge in unpaid if ledger.edges[edge].up_to_round}
    for (at, place), bitmap in signed_in(store, ledger, document).items():
        if at in unpaid and at not in told_by:
            continue
        client = told_by[at][place] if at in told_by else ledger.offers_at(at)[place].client
        name, edge = ids[client], document["edges"][at]["id"]
        for number in range(1, ledger.edges[at].up_to_round + 1):
            was, told = (number, name, edge) in recorded, bitmap >> (number - 1) & 1
            if told and not was:
                raise CheckFailed(f"edge {edge} signed round {number} of {name}, which the coordinator did not record")
            signed, unsigned = signed + told, unsigned + (was and not told)
    lines = (
        [f"store: who delivered in {ledger.rounds_done} rounds, under the roots recorded on chain"]
        if ledger.rounds_done
        else []
    )
    both = f"store: {signed} client-rounds signed by edges, all of them recorded; {unsigned} recorded and not signed"
    return [*lines, both] if signed or unsigned else lines


def _models(store: Store, made: Recomputed) -> list[str]:
    ledger = made.books.ledger
    if not ledger.boxes:
        return []
    releases = read_releases(store, ledger.boxes)
    check_release(releases, ledger, store.where(RELEASES))
    for each in releases:
        if keccak(store.get(box_name(each.owner))) != each.digest:
            name = store.where(box_name(each.owner))
            raise CheckFailed(f"{name}: not the box that the coordinator committed to on chain")
    return [f"store: {len(releases)} sealed models, the boxes that the coordinator committed to on chain"]
