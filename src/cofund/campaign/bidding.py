"""Before training: sealed bids and offers, their openings, and the settlement by certificate."""

from cofund.campaign.launch import encryption_secret
from cofund.campaign.release import encryption_key
from cofund.campaign.script import EdgeScript, OwnerScript
from cofund.campaign.sections import ids_by_account
from cofund.campaign.stage import Stage
from cofund.chain.accounts import offer_message, permit_arguments, permit_message, sign
from cofund.chain.contract import cutoff_key, opening_arguments
from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.market.terms import MAX_BATCH

Openings = dict[bytes, list[Opening]]


def commit(stage: Stage) -> Openings:
    """Everybody seals: coordinator and edges lock their bonds, a sponsor its promise, owners their escrow.

    Clients only sign: their edge relays their offers in batches and locks their bonds.

    Returns:
        The openings of those who will reveal, by role.
    """
    script = stage.script
    steps = 1 + script.sponsored + len(script.owners) + 2 * len(script.edges)
    stage.watch.phase("Sealed bids and offers", steps)
    salts = stage.workspace.salts([*(owner.id for owner in script.owners), *(client.id for client in script.clients)])
    stage.send(stage.cast.coordinator, "post coordinator bond", "post_coordinator_bond")
    if script.sponsored:
        stage.send(stage.cast.sponsor, "lock sponsorship", "lock_sponsorship")
    for index, edge in enumerate(script.edges):
        stage.send(stage.cast.edges[edge.id], f"post edge bond: {edge.id}", "post_edge_bond", index)
    opened: Openings = {BID: [], OFFER: []}
    for owner in script.owners:
        opening = Opening(stage.cast.owners[owner.id].address, owner.bid, 0, salts[owner.id])
        _commit_bid(stage, owner, opening)
        opened[BID] += [] if owner.silent else [opening]
    for index, edge in enumerate(script.edges):
        opened[OFFER] += _relay(stage, index, edge, salts)
    return opened


def _commit_bid(stage: Stage, owner: OwnerScript, opening: Opening) -> None:
    """One transaction: the bid, the money and the permit to take it."""
    campaign, token, account = stage.launched.campaign, stage.launched.token, stage.cast.owners[owner.id]
    deadline = stage.launched.terms.commit_end
    message = permit_message(
        stage.node.chain_id,
        token.address,
        token.view("name"),
        account.address,
        campaign.address,
        owner.escrow + stage.launched.terms.owner_bond,
        nonce=0,  # an account's first permit
        deadline=deadline,
    )
    key = encryption_key(encryption_secret(stage.workspace.seed(), owner.id))
    commitment = seal(BID, stage.node.chain_id, campaign.address, opening)
    permit = permit_arguments(account, message, deadline)
    stage.send(account, f"commit bid: {owner.id}", "commit_bid", commitment, owner.escrow, key, *permit)


def _relay(stage: Stage, index: int, edge: EdgeScript, salts: dict[str, bytes]) -> list[Opening]:
    """One edge relays what its clients signed; the openings of those that will reveal."""
    chain_id, address = stage.node.chain_id, stage.launched.campaign.address
    signed, openings = [], []
    for client in stage.script.clients:
        if client.edge == edge.id:
            account = stage.cast.clients[client.id]
            opening = Opening(account.address, client.cost, index, salts[client.id])
            commitment = seal(OFFER, chain_id, address, opening)
            message = offer_message(chain_id, address, index, commitment)
            signed.append((account.address, commitment, *sign(account, message)))
            openings += [] if client.silent else [opening]
    for start in range(0, len(signed), MAX_BATCH):
        batch = signed[start : start + MAX_BATCH]
        stage.send(stage.cast.edges[edge.id], f"relay offers: {edge.id}", "relay_offers", index, batch)
    return openings


def reveal(stage: Stage, openings: Openings) -> None:
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
