"""When a duty is due, until when, and what its omission costs (protocol.md, "Life of a campaign").

Functions of a seat, in whose words the table in ``next_actions`` is written. A condition holds exactly when the
contract would take the call now; what it cannot see, such as what an edge signed for one client, is said there.
"""

from collections.abc import Callable
from typing import Final

from cofund.campaign.seat import Seat
from cofund.settlement.deadlines import Status
from cofund.settlement.ledger import Offer

Condition = Callable[[Seat], bool]
Number = Callable[[Seat], int]

ENDED: Final = frozenset({Status.UNFUNDED, Status.CANCELLED, Status.CLOSED})
"""States in which nothing more is decided."""


def phase(*names: str) -> Condition:
    """Whether the campaign is in one of these phases."""
    return lambda seen: seen.phase in names


def end(name: str) -> Number:
    """The end of a phase."""
    return lambda seen: int(getattr(seen.terms, f"{name}_end"))


def bond(name: str) -> Number:
    """One bond, base units."""
    return lambda seen: int(getattr(seen.terms, f"{name}_bond"))


def office(name: str) -> Condition:
    """Whether the terms give this role to the account."""
    return lambda seen: seen.office(name) == seen.account


def both(*conditions: Condition) -> Condition:
    """Whether all of them hold."""
    return lambda seen: all(holds(seen) for holds in conditions)


# ------------------------------------------------------------------ opening and settling


def opens(seen: Seat) -> bool:
    """Whether seals can be opened now: not without the coordinator's bond and the sponsor's money."""
    return seen.phase == "reveal" and seen.complete()


def sealed_bid(seen: Seat) -> bool:
    """Whether the owner's bid is sealed still."""
    return seen.owner is not None and seen.owner.bid is None


def sealed_offer(seen: Seat) -> bool:
    """Whether the client's offer is sealed still."""
    return seen.offer is not None and seen.offer.cost is None


def was_relayed(seen: Seat) -> bool:
    """Whether an edge locked the client's bond."""
    return seen.offer is not None and seen.offer.poster is not None


def sealed_relayed_bonds(seen: Seat) -> int:
    """Bonds that the account's edges locked for offers that are sealed still."""
    return sum(offer.cost is None for offer in seen.relayed) * seen.terms.client_bond


def unbonded(seen: Seat) -> bool:
    """Whether an edge of the account still needs its bond."""
    return seen.terms.edge_bond > 0 and any(not seen.edges[edge].bonded for edge in seen.operated)


# ------------------------------------------------------------------ training


def trains(seen: Seat) -> bool:
    """Whether a round is outstanding and there is time for it."""
    return seen.is_training() and not seen.may_halt(seen.now)


def may_veto(seen: Seat) -> bool:
    """Whether the owner pays, and the last round is not accepted yet."""
    paying = seen.owner is not None and seen.owner.charge > 0
    return seen.status == Status.TRAINING and paying and bool(seen.recorded_at) and seen.now < veto_end(seen)


def veto_end(seen: Seat) -> int:
    """Until when the last round can be vetoed."""
    return seen.veto_end(seen.recorded_at)


def missed_bond(seen: Seat) -> int:
    """The client's own bond, if it can miss more rounds than the terms tolerate."""
    lost = seen.terms.tolerance < seen.rounds and not was_relayed(seen)
    return seen.terms.client_bond if lost else 0


def serves_winners(seen: Seat) -> bool:
    """Whether winners train at an edge of the account."""
    return any(seen.edges[edge].winners for edge in seen.operated)


# ------------------------------------------------------------------ deliveries and models


def must_sign(seen: Seat) -> bool:
    """Whether an edge of the account has to sign its last root now."""
    in_time = seen.is_accepted(seen.now) and seen.now < seen.sign_end()
    return in_time and any(seen.unsigned(edge) for edge in seen.operated)


def unsigned_bonds(seen: Seat) -> int:
    """Bonds of the account's edges that no last root has saved yet."""
    return sum(seen.unsigned(edge) and seen.edges[edge].bonded for edge in seen.operated) * seen.terms.edge_bond


def must_stand_in(seen: Seat) -> bool:
    """Whether the coordinator's signature is taken in the place of an edge's, and one is missing."""
    return seen.phase == "stand-in deliveries" and any(seen.unsigned(edge) for edge in range(len(seen.edges)))


def late_end(seen: Seat) -> int | None:
    """When anybody may close without what is missing; None if that time has come."""
    return seen.late_end() if seen.now < seen.late_end() else None


def must_release(seen: Seat) -> bool:
    """Whether the coordinator has to commit to the models now."""
    return seen.is_accepted(seen.now) and not seen.released()


def release_lost(seen: Seat) -> int:
    """What a coordinator that releases nothing loses, base units: its fee, and its bond unless a halt took it."""
    fee = seen.rounds_done * seen.terms.coordinator_fee
    return fee + (0 if seen.halted else seen.terms.coordinator_bond)


def model_waits(seen: Seat) -> bool:
    """Whether a model was released to the owner, and is not in its folder."""
    bought = seen.owner is not None and min(seen.owner.level, seen.rounds_done) > 0
    return bought and seen.released() and not seen.model_kept


def may_close(seen: Seat) -> bool:
    """Whether the books can be closed."""
    return seen.may_close(seen.now)


# ------------------------------------------------------------------ money out


def last_claim_waits(offer: Offer, seen: Seat) -> bool:
    """Whether a claim under its edge's last root would settle an offer's bond."""
    return offer.winner and offer.bond_held and bool(seen.training_end) and seen.signed_last(offer.edge)


def may_claim(seen: Seat) -> bool:
    """Whether the client's edge has signed more than the client was paid for, or its last word.

    What the edge signed for this client only the edge's rows say: a claim may find nothing new.
    """
    offer = seen.offer
    if offer is None or not offer.winner or not offer.bond_held:
        return False
    return last_claim_waits(offer, seen) or offer.paid_rounds < seen.edges[offer.edge].up_to_round


def claim_end(seen: Seat) -> int | None:
    """Until when the last claim has to settle the client's bond; None if it has time, or is too late already."""
    return _bonds_end(seen) if own_claim_bond(seen) else None


def own_claim_bond(seen: Seat) -> int:
    """The client's own bond that only its last claim brings back."""
    own = seen.offer is not None and seen.offer.bond_held and seen.offer.poster is None
    return seen.terms.client_bond if own and seen.training_end else 0


def own_bond_back(seen: Seat) -> bool:
    """Whether ``return_bonds`` pays the client now."""
    return seen.offer is not None and seen.offer.poster is None and seen.returns_bond(seen.offer)


def relayed_back(seen: Seat) -> int:
    """How many bonds of relayed offers ``return_bonds`` gives back to the account now."""
    return sum(seen.returns_bond(offer) for offer in seen.relayed)


def fee_waits(edge: int, seen: Seat) -> bool:
    """Whether an edge's fee can be taken."""
    return seen.terms.edges[edge].fee > 0 and seen.edges[edge].claimed > seen.edges[edge].fee_rounds


def may_push(seen: Seat) -> bool:
    """Whether an edge of the account has fees to take, or claims to push for its clients."""
    unclaimed = any(seen.edges[edge].claimed < seen.edges[edge].delivered for edge in seen.operated)
    return bool(relayed_claims(seen)) or unclaimed or any(fee_waits(edge, seen) for edge in seen.operated)


def relayed_claims(seen: Seat) -> int:
    """Bonds that the account's edges locked and that only the last claims of those clients bring back."""
    return sum(last_claim_waits(offer, seen) for offer in seen.relayed) * seen.terms.client_bond


def push_end(seen: Seat) -> int | None:
    """Until when those claims have to be made."""
    return _bonds_end(seen) if relayed_claims(seen) else None


def _bonds_end(seen: Seat) -> int | None:
    return seen.bonds_end() if seen.now < seen.bonds_end() else None
