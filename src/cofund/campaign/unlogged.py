"""What a campaign's contract does without logging it, read from its state.

Bonds of coordinator and edges and the sponsor's lock log nothing; as calls they are known, made through another
contract they are not. A client's bond that goes back to the edge that posted it, or is lost to the initiator, is
credited silently, and so is a round whose pay is nothing. The state says for every client which rounds were paid and
whether its bond is settled. Where it went follows from the campaign's rules, but for a winner's that its edge had
signed for: a claim returns it, and after three delivery windows anybody can have it forfeited. How many of these an
edge got back is then read from its operator's credit.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cofund.campaign.chain_state import ClientState
from cofund.errors import CheckFailed
from cofund.settlement.bonds import BondRule
from cofund.settlement.ledger import Ledger, Offer


@dataclass(frozen=True, slots=True)
class Unlogged:
    """What was not logged.

    Args:
        roles: who accepted its role through another contract: "coordinator", "sponsor", or the number of an edge.
        posters: of every client whose offer came through another contract, the edge that relayed it, None if none did.
        rounds: paid rounds of clients that were paid for some without pay.
        bonds: of clients whose bond was settled silently, whether it went back to who posted it.
    """

    roles: tuple[str, ...] = ()
    posters: dict[str, int | None] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    bonds: dict[str, bool] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As a section of a record."""
        return asdict(self)


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
    """Book bonds that were settled silently; one that the books have settled is judged anew.

    Raises:
        CheckFailed: if a payment would have shown it.
    """
    bond = ledger.terms.client_bond
    for client, kept in bonds.items():
        offer = offer_of(ledger, client)
        operator = _poster(ledger, offer)
        if offer.poster is None and kept:
            raise CheckFailed(f"client {client}: the contract settled its bond, which no payment shows")
        if not offer.bond_held:
            ledger.credit[operator] -= bond
        offer.bond_held, offer.bond_lost = False, not kept
        ledger.credit[operator if kept else ledger.initiator] += bond


def unlogged_rounds(ledger: Ledger, clients: dict[str, ClientState]) -> dict[str, int]:
    """Rounds paid, of clients of which the books have other ones."""
    return {
        client: state.paid_rounds
        for client, state in clients.items()
        if state.paid_rounds != offer_of(ledger, client).paid_rounds
    }


def unlogged_bonds(
    ledger: Ledger, clients: dict[str, ClientState], late: Sequence[str], credit_of: dict[str, int]
) -> dict[str, bool]:
    """Whether each bond that was settled silently went back to who posted it.

    Args:
        ledger: kept from calls, events and ``unlogged_rounds``.
        clients: state of every client that committed.
        late: clients whose bond a claim settled when it could have been forfeited before.
        credit_of: the contract's credit of every edge's operator.
    """
    settled = [offer_of(ledger, client) for client, state in clients.items() if state.bond_settled]
    silent = [offer for offer in settled if offer.bond_held]
    bonds = {offer.client: not _could_be_lost(ledger, offer) for offer in silent}
    known = Counter(_poster(ledger, offer) for offer in silent if bonds[offer.client])
    for operator in {_poster(ledger, offer) for offer in settled} & credit_of.keys() - {ledger.initiator}:
        missing = (credit_of[operator] - ledger.credit[operator]) // ledger.terms.client_bond - known[operator]
        open_ = [o.client for o in silent if not bonds[o.client] and _poster(ledger, o) == operator]
        bonds |= dict.fromkeys(open_[: max(0, missing)], True)
        paid = [client for client in late if _poster(ledger, offer_of(ledger, client)) == operator]
        bonds |= dict.fromkeys(paid[: max(0, -missing)], False)
    return bonds


def _could_be_lost(ledger: Ledger, offer: Offer) -> bool:
    """Whether a claim that is not there decides: a winner's, whose edge signed for the last round."""
    return ledger.unclaimed_bond(offer, final=True) == BondRule.LOSES


def offer_of(ledger: Ledger, client: str) -> Offer:
    """The offer of a client."""
    return ledger.offers[ledger.positions[client]]


def _poster(ledger: Ledger, offer: Offer) -> str:
    return offer.client if offer.poster is None else ledger.terms.edges[offer.poster].operator
