"""When a duty is due, until when, and what its omission costs (protocol.md, "Life of a campaign").

Functions of a snapshot, in whose words the table in ``next_actions`` is written. A condition holds exactly when the
contract would take the call now; what it cannot see, such as what an edge signed for one client, is said there.
"""

from collections.abc import Callable
from typing import Final

from cofund.roles.snapshot import EdgeSeat, OfferSeat, Snapshot

Condition = Callable[[Snapshot], bool]
Number = Callable[[Snapshot], int]

ENDED: Final = frozenset({"unfunded", "cancelled", "closed"})
"""States in which nothing more is decided."""


def phase(*names: str) -> Condition:
    """Whether the campaign is in one of these phases."""
    return lambda seen: seen.standing.phase in names


def end(name: str) -> Number:
    """The end of a phase."""
    return lambda seen: int(seen.terms[f"{name}_end"])


def bond(name: str) -> Number:
    """One bond, base units."""
    return lambda seen: int(seen.terms[f"{name}_bond"])


def office(name: str) -> Condition:
    """Whether the terms give this role to the account."""
    return lambda seen: bool(seen.terms[name] == seen.account)


def both(*conditions: Condition) -> Condition:
    """Whether all of them hold."""
    return lambda seen: all(holds(seen) for holds in conditions)


# ------------------------------------------------------------------ opening and settling


def opens(seen: Snapshot) -> bool:
    """Whether seals can be opened now: not without the coordinator's bond and the sponsor's money."""
    return seen.standing.phase == "reveal" and seen.complete


def sealed_bid(seen: Snapshot) -> bool:
    """Whether the owner's bid is sealed still."""
    return seen.owner is not None and not seen.owner.opened


def sealed_offer(seen: Snapshot) -> bool:
    """Whether the client's offer is sealed still."""
    return seen.offer is not None and not seen.offer.opened


def was_relayed(seen: Snapshot) -> bool:
    """Whether an edge locked the client's bond."""
    return seen.offer is not None and seen.offer.relayed_by is not None


def anything_sealed(seen: Snapshot) -> bool:
    """Whether some offer of anybody is sealed still."""
    return seen.standing.counts["revealed_count"] < seen.standing.counts["offer_count"]


def sealed_relayed_bonds(seen: Snapshot) -> int:
    """Bonds that the account's edges locked for offers that are sealed still."""
    return sum(not offer.opened for offer in seen.relayed) * int(seen.terms["client_bond"])


def unbonded(seen: Snapshot) -> bool:
    """Whether an edge of the account still needs its bond."""
    return seen.terms["edge_bond"] > 0 and any(not edge.bonded for edge in seen.operated)


# ------------------------------------------------------------------ training


def trains(seen: Snapshot) -> bool:
    """Whether a round is outstanding and there is time for it."""
    return seen.standing.phase == "training" and not seen.training_end and seen.now < (seen.standing.until or 0)


def round_end(seen: Snapshot) -> int | None:
    """Until when the next round has to be recorded."""
    return seen.standing.until


def may_veto(seen: Snapshot) -> bool:
    """Whether the owner pays, and the last round is not accepted yet."""
    paying = seen.owner is not None and seen.owner.charge > 0
    return seen.status == "training" and paying and bool(seen.recorded_at) and seen.now < veto_end(seen)


def veto_end(seen: Snapshot) -> int:
    """Until when the last round can be vetoed."""
    return int(seen.recorded_at + seen.terms["veto_window"])


def missed_bond(seen: Snapshot) -> int:
    """The client's own bond, if it can miss more rounds than the terms tolerate."""
    lost = seen.terms["tolerance"] < seen.standing.counts["rounds"] and not was_relayed(seen)
    return int(seen.terms["client_bond"]) if lost else 0


def serves_winners(seen: Snapshot) -> bool:
    """Whether winners train at an edge of the account."""
    return any(edge.winners for edge in seen.operated)


def may_halt(seen: Snapshot) -> bool:
    """Whether a round's time limit has passed."""
    return seen.standing.phase == "training" and (seen.standing.until or 0) <= seen.now


# ------------------------------------------------------------------ deliveries and models


def accepted(seen: Snapshot) -> bool:
    """Whether training has ended, the books are open, and nobody can veto any more."""
    return seen.status == "training" and bool(seen.training_end) and seen.accepted_end <= seen.now


def unsigned(edge: EdgeSeat, seen: Snapshot) -> bool:
    """Whether an edge's last root is missing."""
    return edge.winners > 0 and edge.up_to_round < seen.rounds_done


def must_sign(seen: Snapshot) -> bool:
    """Whether an edge of the account has to sign its last root now."""
    return accepted(seen) and seen.now < sign_end(seen) and any(unsigned(edge, seen) for edge in seen.operated)


def sign_end(seen: Snapshot) -> int:
    """When only the coordinator's signature is taken any more."""
    return seen.accepted_end + int(seen.terms["delivery_window"])


def unsigned_bonds(seen: Snapshot) -> int:
    """Bonds of the account's edges that no last root has saved yet."""
    return sum(unsigned(edge, seen) and edge.bonded for edge in seen.operated) * int(seen.terms["edge_bond"])


def must_stand_in(seen: Snapshot) -> bool:
    """Whether the coordinator's signature is taken in the place of an edge's, and one is missing."""
    return seen.standing.phase == "stand-in deliveries" and any(unsigned(edge, seen) for edge in seen.edges)


def late_end(seen: Snapshot) -> int | None:
    """When anybody may close without what is missing; None if that time has come."""
    return seen.late_end if seen.now < seen.late_end else None


def must_release(seen: Snapshot) -> bool:
    """Whether the coordinator has to commit to the models now."""
    return accepted(seen) and seen.rounds_done > 0 and not seen.released


def release_lost(seen: Snapshot) -> int:
    """What a coordinator that releases nothing loses, base units: its fee, and its bond unless a halt took it."""
    fee = seen.rounds_done * int(seen.terms["coordinator_fee"])
    return fee + (0 if seen.halted else int(seen.terms["coordinator_bond"]))


def model_waits(seen: Snapshot) -> bool:
    """Whether a model was released to the owner, and is not in its folder."""
    bought = seen.owner is not None and min(seen.owner.level, seen.rounds_done) > 0
    return bought and seen.released and not seen.model_kept


def may_close(seen: Snapshot) -> bool:
    """Whether the books can be closed."""
    return seen.standing.phase == "ready to close" or (accepted(seen) and "close" in seen.standing.open_to_anyone)


# ------------------------------------------------------------------ money out


def last_claim_waits(offer: OfferSeat, seen: Snapshot) -> bool:
    """Whether a claim under its edge's last root would settle an offer's bond."""
    if not offer.wins or offer.bond_settled or offer.edge is None or not seen.training_end or not seen.rounds_done:
        return False
    return seen.edges[offer.edge].up_to_round == seen.rounds_done


def may_claim(seen: Snapshot) -> bool:
    """Whether the client's edge has signed more than the client was paid for, or its last word.

    What the edge signed for this client only the edge's rows say: a claim may find nothing new.
    """
    offer = seen.offer
    if offer is None or not offer.wins or offer.edge is None or offer.bond_settled:
        return False
    return last_claim_waits(offer, seen) or offer.paid_rounds < seen.edges[offer.edge].up_to_round


def claim_end(seen: Snapshot) -> int | None:
    """Until when the last claim has to settle the client's bond; None if it has time, or is too late already."""
    return seen.bonds_end if own_claim_bond(seen) and seen.now < seen.bonds_end else None


def own_claim_bond(seen: Snapshot) -> int:
    """The client's own bond that only its last claim brings back."""
    offer = seen.offer
    if not seen.training_end or offer is None or offer.bond_settled or offer.relayed_by is not None:
        return 0
    return int(seen.terms["client_bond"])


def own_bond_back(seen: Snapshot) -> bool:
    """Whether ``return_bonds`` pays the client now."""
    return seen.offer is not None and seen.offer.relayed_by is None and seen.returns_bond(seen.offer)


def credited(seen: Snapshot) -> bool:
    """Whether ``withdraw`` pays the account."""
    return seen.withdrawable > 0


def relayed_back(seen: Snapshot) -> int:
    """How many bonds of relayed offers ``return_bonds`` gives back to the account now."""
    return sum(seen.returns_bond(offer) for offer in seen.relayed)


def fee_waits(edge: EdgeSeat) -> bool:
    """Whether an edge's fee can be taken."""
    return edge.fee > 0 and edge.claimed > edge.fee_rounds


def may_push(seen: Snapshot) -> bool:
    """Whether an edge of the account has fees to take, or claims to push for its clients."""
    return bool(relayed_claims(seen)) or any(fee_waits(edge) or edge.claimed < edge.delivered for edge in seen.operated)


def relayed_claims(seen: Snapshot) -> int:
    """Bonds that the account's edges locked and that only the last claims of those clients bring back."""
    return sum(last_claim_waits(offer, seen) for offer in seen.relayed) * int(seen.terms["client_bond"])


def push_end(seen: Snapshot) -> int | None:
    """Until when those claims have to be made."""
    return seen.bonds_end if relayed_claims(seen) and seen.now < seen.bonds_end else None
