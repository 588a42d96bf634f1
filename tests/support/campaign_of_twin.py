"""A campaign that a twin has played, as whoever shows one takes it."""

from cofund.campaign.campaign import Campaign, Location
from cofund.campaign.publication import document_of
from cofund.chain.trail import CampaignTransaction
from cofund.market.terms import NOBODY
from deliveries import Tree
from evm import CHAIN_ID
from twin import INITIATOR, Twin, address


def campaign_of(twin: Twin, trees: dict[int, Tree]) -> Campaign:
    """The terms name three owners and four clients of those who may take part."""
    terms = twin.terms
    document = document_of(
        terms,
        name="Played",
        token=("rEUR", 2),
        initiator=INITIATOR,
        edge_names=(f"Edge {edge.id}" for edge in terms.edges),
        owners=((f"owner{at}", f"Owner {at}", address(f"owner{at}")) for at in range(3)),
        clients=(
            (f"client{at}", f"Client {at}", address(f"client{at}"), terms.edges[at % len(terms.edges)].id)
            for at in range(4)
        ),
    )
    seen = tuple(
        CampaignTransaction("", f"{at:064x}", at + 1, now, tuple(events))
        for at, (now, events) in enumerate(twin.events)
    )
    place = Location(CHAIN_ID, twin.chain.campaign, NOBODY, "", len(seen))
    bitmaps = {(edge, at): bitmap for edge, tree in trees.items() for at, bitmap in enumerate(tree.bitmaps.values())}
    ledger = twin.logged if terms.sealed else twin.ledger  # of sealed books nobody knows all that the twin does
    return Campaign(document, True, place, twin.now, ledger, seen, bitmaps)
