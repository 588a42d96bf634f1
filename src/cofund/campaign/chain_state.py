"""What a campaign's contract says at one block: its terms and its offers, whoever asked it."""

from collections.abc import Sequence
from typing import Any, Final

from cofund.campaign.figures import EDGE_STATE, Asking, flat
from cofund.campaign.seat import PAYING
from cofund.chain.contract import POSITION_BITS, Contract
from cofund.chain.terms_abi import STEPS_PER_WORD, quality_of, terms_from
from cofund.errors import Reverted
from cofund.market.phases import STATUS
from cofund.market.terms import Terms
from cofund.settlement.deadlines import Status
from cofund.settlement.ledger import Offer
from cofund.settlement.state import EdgeAccount

CURVE_SLOT: Final = 196
"""Where Campaign.vy keeps the number of words of its curve; the words follow. No view tells them."""
BOUND: Final = EDGE_STATE - 1
"""Where in an edge's view the bound of its winners' keys is."""


def read_terms(campaign: Contract, head: dict[str, Any], ids: Sequence[str] | None = None) -> Terms:
    """The terms that the contract works with; of all weights those of the owners that have committed.

    Args:
        campaign: read at its block.
        head: what its code carries, by name.
        ids: of the edges; their numbers if None.
    """
    edges = [("edge", at) for at in range(campaign.view("edge_count"))]
    owners = [("owner", at) for at in range(campaign.view("owner_count"))]
    told = campaign.views([*edges, *owners])
    curve = read_curve(campaign, head["rounds"])
    return terms_told(head, told[: len(edges)], told[len(edges) :], curve, ids)


def terms_told(
    head: dict[str, Any],
    edges: Sequence[Any],
    owners: Sequence[Any],
    curve: Sequence[int],
    ids: Sequence[str] | None = None,
) -> Terms:
    """The same, of what ``edge`` and ``owner`` views have told."""
    weights = [(account, weight) for (account, weight, *_), _ in owners]
    return terms_from(head, [fixed for fixed, *_ in edges], curve, weights, ids)


def read_curve(campaign: Contract, rounds: int) -> tuple[int, ...]:
    """dq_1..dq_R in parts of ONE, from the contract's storage."""
    slots = range(CURVE_SLOT + 1, CURVE_SLOT + 1 + -(-rounds // STEPS_PER_WORD))
    return tuple(quality_of(campaign.node.storage(campaign.address, slots, campaign.block))[:rounds])


def read_offers(ask: Asking, terms: Terms, clients: Sequence[str]) -> dict[str, tuple[int, Offer]]:
    """Position and account of the offers of these clients, by client; without those that the contract knows none of."""
    first = [("status",), *(("edge", at) for at in range(len(terms.edges)))]
    found = ask([*first, *(("offer", client) for client in clients)])
    for each in found[: len(first)]:
        if isinstance(each, Reverted):
            raise each
    status, bounds = Status(STATUS[found[0]]), [flat(edge)[BOUND] for edge in found[1 : len(first)]]
    told = zip(clients, found[len(first) :], strict=True)
    offers = {client: offer_told(client, each, terms, bounds, status) for client, each in told}
    return {client: offer for client, offer in offers.items() if offer is not None}


def offer_told(client: str, told: Any, terms: Terms, bounds: Sequence[int], status: Status) -> tuple[int, Offer] | None:
    """The same of what the view ``offer`` has told; ``bounds``: winners' keys are below."""
    if isinstance(told, Reverted):
        return None
    position, poster, opened, settled, _, rounds, paid, edge, amount = flat(told)
    return position, Offer(
        client=client,
        commitment=b"",
        poster=poster - 1 if poster else None,
        edge=edge,
        cost=amount - terms.edges[edge].fee // terms.tick if opened else None,
        winner=status in PAYING and opened and (amount << POSITION_BITS | position) < bounds[edge],
        bond_held=not settled,
        paid_rounds=rounds,
        paid=paid,
    )


def edge_told(site: Any, price: int = 0) -> EdgeAccount:
    """What the view ``edge`` has told of an edge, which does not tell its price."""
    _, (_, winners, up_to, delivered, claimed, fee_rounds, bonded, stood_in), root = site
    return EdgeAccount(bonded, stood_in, winners, price, up_to, bytes(root), delivered, claimed, fee_rounds)
