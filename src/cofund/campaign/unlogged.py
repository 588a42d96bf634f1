"""What a campaign's contract does without logging it, read from its state.

Bonds of coordinator and edges and the sponsor's lock log nothing; as calls they are known, made through another
contract they are not. A client's bond that goes back to the edge that posted it is credited silently, and so is a round
whose pay is nothing. The state says for every client which rounds were paid and whether its bond is settled; one that
is lost is logged.
"""

from dataclasses import dataclass, field

from cofund.errors import CheckFailed
from cofund.settlement.ledger import Ledger, Offer


@dataclass(frozen=True, slots=True)
class Unlogged:
    """What was not logged.

    Args:
        roles: who accepted its role through another contract: "coordinator", "sponsor", or the number of an edge.
        posters: of every client whose offer came through another contract, the edge that relayed it, None if none did.
        rounds: paid rounds of clients that were paid for some without pay.
        bonds: of clients whose bond was settled silently, whether it went back to the edge that posted it; one that is
            lost is logged.
    """

    roles: tuple[str, ...] = ()
    posters: dict[str, int | None] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    bonds: dict[str, bool] = field(default_factory=dict)


def apply_rounds(ledger: Ledger, rounds: dict[str, int]) -> None:
    """Book rounds that were paid with nothing.

    Raises:
        CheckFailed: if their pay is not nothing.
    """
    for client, paid in rounds.items():
        offer = offer_of(ledger, client)
        edge, more = ledger.edges[offer.edge], paid - offer.paid_rounds
        margin = edge.price - ledger.terms.edges[offer.edge].fee
        if more < 0 or (more * margin and not ledger.terms.underwritten):
            raise CheckFailed(f"client {client}: {paid} rounds paid by the contract, {offer.paid_rounds} in the books")
        offer.paid_rounds, edge.claimed = paid, edge.claimed + more
        ledger.credit[ledger.terms.sponsor] += more * margin


def apply_bonds(ledger: Ledger, bonds: dict[str, bool]) -> None:
    """Book bonds that were settled silently.

    Raises:
        CheckFailed: if an event would have shown it.
    """
    for client, kept in bonds.items():
        offer = offer_of(ledger, client)
        if offer.poster is None or not offer.bond_held:
            raise CheckFailed(f"client {client}: the contract settled its bond, which no event shows")
        offer.bond_held = False
        ledger.credit[ledger.terms.edges[offer.poster].operator] += kept * ledger.terms.client_bond


def unlogged_rounds(ledger: Ledger, clients: dict[str, Offer]) -> dict[str, int]:
    """Rounds paid, of clients of whose offer the contract tells other ones than the books."""
    return {
        client: told.paid_rounds
        for client, told in clients.items()
        if told.paid_rounds != offer_of(ledger, client).paid_rounds
    }


def unlogged_bonds(ledger: Ledger, clients: dict[str, Offer]) -> dict[str, bool]:
    """Clients whose bond the contract has settled and the books, kept from calls and events, still hold."""
    settled = (client for client, told in clients.items() if not told.bond_held)
    return {client: True for client in settled if offer_of(ledger, client).bond_held}


def offer_of(ledger: Ledger, client: str) -> Offer:
    """The offer of a client."""
    return ledger.offers[ledger.positions[client]]
