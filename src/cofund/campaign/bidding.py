"""Before training: sealed bids and offers, their openings, and the settlement by certificate."""

from cofund.campaign.sections import ids_by_account
from cofund.campaign.stage import Stage
from cofund.chain.contract import cutoff_key, opening_arguments
from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.market.terms import MAX_BATCH


def commit(stage: Stage) -> dict[bytes, list[Opening]]:
    """Everybody seals: owners lock their escrow, clients a bond, the coordinator its bond.

    Returns:
        The openings of those who will reveal, by role.
    """
    script, address, chain_id = stage.script, stage.launched.campaign.address, stage.node.chain_id
    stage.watch.phase("Sealed bids and offers", 1 + len(script.owners) + len(script.clients))
    salts = stage.workspace.salts([*(owner.id for owner in script.owners), *(client.id for client in script.clients)])
    edges = [edge.id for edge in script.edges]
    stage.send(stage.cast.coordinator, "post coordinator bond", "post_coordinator_bond")
    bids, offers = [], []
    for owner in script.owners:
        account = stage.cast.owners[owner.id]
        opening = Opening(account.address, owner.bid, 0, salts[owner.id])
        stage.send(
            account, f"commit bid: {owner.id}", "commit_bid", seal(BID, chain_id, address, opening), owner.escrow
        )
        bids += [] if owner.silent else [opening]
    for client in script.clients:
        account = stage.cast.clients[client.id]
        opening = Opening(account.address, client.cost, edges.index(client.edge), salts[client.id])
        stage.send(account, f"commit offer: {client.id}", "commit_offer", seal(OFFER, chain_id, address, opening))
        offers += [] if client.silent else [opening]
    return {BID: bids, OFFER: offers}


def reveal(stage: Stage, openings: dict[bytes, list[Opening]]) -> None:
    """The initiator relays the openings in batches; anybody could."""
    stage.node.advance_to(stage.launched.terms.commit_end)
    stage.watch.phase("Reveal", sum(-(-len(group) // MAX_BATCH) for group in openings.values()))
    for function, note, group in (
        ("reveal_bids", "reveal bids", openings[BID]),
        ("reveal_offers", "reveal offers", openings[OFFER]),
    ):
        for start in range(0, len(group), MAX_BATCH):
            stage.send(stage.cast.initiator, note, function, opening_arguments(group[start : start + MAX_BATCH]))


def settle(stage: Stage) -> None:
    """Compute the certificate and let the contract check it."""
    stage.node.advance_to(stage.launched.terms.reveal_end)
    stage.watch.phase("Settlement", 1)
    right = stage.books().right_certificate()
    keys = [cutoff_key(key) for key in right.edge_cutoffs]
    stage.send(stage.cast.initiator, "settle", "settle", cutoff_key(right.cutoff), keys)
    ledger, ids = stage.books(), ids_by_account(stage.launched.document)
    levels = {ids[owner.account]: owner.level for owner in ledger.owners}
    stage.watch.settled(stage.launched.document, levels, sum(o.winner for o in ledger.offers), ledger.round_cost)
