"""What each role may do next, until when, and what it loses otherwise: one table, a pure function of a snapshot.

A row is due if its test holds for the snapshot; the first due row of a role is its next action. Nothing here reads a
chain or a screen: the terminal, the web page and ``watch`` show and follow the same table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cofund.roles.snapshot import EdgeSeat, Snapshot

ROLES: Final = ("owner", "client", "edge", "sponsor", "coordinator", "initiator")
DELIVERED: Final = frozenset({"last veto window", "deliveries", "stand-in deliveries", "ready to close"})
SETTLED: Final = frozenset({"unfunded", "cancelled", "training", "closed"}) | DELIVERED
ENDED: Final = frozenset({"unfunded", "cancelled", "closed"})


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a role can do now.

    Args:
        action: one word.
        command: to type; empty if no command does it.
        purpose: what it is good for.
        deadline: seconds since the epoch, exclusive; None if there is none.
        lost: what happens otherwise; empty if nothing.
        lost_amount: base units that are lost with it.
        alone: whether ``watch`` does it by itself.
        public: whether anybody may do it.
    """

    action: str
    command: str
    purpose: str
    deadline: int | None
    lost: str
    lost_amount: int
    alone: bool
    public: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; ``{campaign}`` in a command is the address."""

    role: str
    action: str
    due: Callable[[Snapshot], bool]
    command: str
    purpose: str
    deadline: Callable[[Snapshot], int | None] = lambda _: None
    lost: str = ""
    lost_amount: Callable[[Snapshot], int] = lambda _: 0
    alone: bool = False
    public: bool = False


def next_steps(role: str, seen: Snapshot) -> list[Step]:
    """What the account can do now in this role, most urgent first; calls that anybody may make come last."""
    return [
        Step(
            row.action,
            row.command.format(campaign=seen.campaign),
            row.purpose,
            row.deadline(seen),
            row.lost,
            row.lost_amount(seen),
            row.alone,
            row.public,
        )
        for row in TABLE
        if row.role in {role, "anyone"} and row.due(seen)
    ]


def waiting_for(role: str, seen: Snapshot) -> str:
    """What will happen next if the role does nothing, in a few words."""
    if over(role, seen):
        return "nothing: this campaign is over for you"
    return WAITING[seen.standing.phase]


def over(role: str, seen: Snapshot) -> bool:
    """Whether the role has nothing more to do or to get, whatever happens."""
    if seen.standing.phase == "commit":
        return False
    if not holds(role, seen):
        return True
    if role == "client":
        return seen.standing.phase in SETTLED and _client_is_done(seen)
    if role == "edge" and any(edge.claimed < edge.delivered or _fee_due(edge) for edge in seen.operated):
        return False
    if role == "edge" and seen.relayed_back:
        return False
    return seen.standing.phase in ENDED and not seen.withdrawable


def holds(role: str, seen: Snapshot) -> bool:
    """Whether the account has this role."""
    held: dict[str, bool] = {
        "owner": seen.owner is not None,
        "client": seen.offer is not None,
        "edge": bool(seen.operated),
        "sponsor": seen.terms["sponsor"] == seen.account,
        "coordinator": seen.terms["coordinator"] == seen.account,
        "initiator": seen.terms["initiator"] == seen.account,
    }
    return held[role]


def _client_is_done(seen: Snapshot) -> bool:
    """Its bond is settled or lost, and all its rounds are paid."""
    offer = seen.offer
    if offer is None or (offer.bond_settled and not offer.wins):
        return True
    if seen.status == "cancelled":
        return False
    if not offer.opened:
        return True
    if not offer.wins:
        return offer.relayed_by is not None  # a bond that is not the client's
    final = seen.training_end and seen.edges[offer.edge or 0].up_to_round == seen.rounds_done
    if offer.relayed_by is not None and seen.status == "closed" and seen.bonds_end <= seen.now:
        return True  # the bond is the edge's, and no root will come any more
    return bool(offer.bond_settled and (final or seen.status == "closed"))


def _phase(*names: str) -> Callable[[Snapshot], bool]:
    return lambda seen: seen.standing.phase in names


def _end(name: str) -> Callable[[Snapshot], int | None]:
    return lambda seen: int(seen.terms[name])


def _bond(name: str) -> Callable[[Snapshot], int]:
    return lambda seen: int(seen.terms[name])


def _fee_due(edge: EdgeSeat) -> bool:
    return edge.fee > 0 and edge.claimed > edge.fee_rounds


def _unsigned(edge: EdgeSeat, seen: Snapshot) -> bool:
    return edge.winners > 0 and edge.up_to_round < seen.rounds_done


def _own_bond_back(seen: Snapshot) -> bool:
    """Whether ``return_bonds`` pays the client now."""
    offer = seen.offer
    return offer is not None and offer.relayed_by is None and seen.returns_bond(offer)


def _claimable(seen: Snapshot) -> bool:
    """Whether the client's edge has signed more than the client was paid for, or its last word.

    What the edge signed for this client only the edge's rows say: a claim may find nothing new.
    """
    offer = seen.offer
    if offer is None or not offer.wins or offer.edge is None or seen.status not in {"training", "closed"}:
        return False
    edge = seen.edges[offer.edge]
    if not edge.up_to_round:
        return False
    last = bool(seen.training_end) and edge.up_to_round == seen.rounds_done and not offer.bond_settled
    return last or (not offer.bond_settled and offer.paid_rounds < edge.up_to_round)


def _claim_end(seen: Snapshot) -> int | None:
    return seen.bonds_end if seen.training_end and seen.offer and not seen.offer.bond_settled else None


def _veto_end(seen: Snapshot) -> int:
    return int(seen.recorded_at + seen.terms["veto_window"])


TABLE: Final = (
    Row(
        "owner",
        "bid",
        lambda seen: seen.standing.phase == "commit" and seen.owner is None,
        "cofund owner bid {campaign} --value VALUE --escrow ESCROW",
        "seal a bid and lock its escrow",
        _end("commit_end"),
        "you take no part",
    ),
    Row(
        "owner",
        "reveal",
        lambda seen: seen.standing.phase == "reveal" and seen.owner is not None and not seen.owner.opened,
        "cofund owner reveal {campaign}",
        "open your bid",
        _end("reveal_end"),
        "the bid buys nothing and its bond is lost",
        _bond("owner_bond"),
        alone=True,
    ),
    Row(
        "owner",
        "veto",
        lambda seen: (
            seen.status == "training"
            and seen.owner is not None
            and seen.owner.charge > 0
            and bool(seen.recorded_at)
            and seen.now < _veto_end(seen)
        ),
        "cofund owner veto {campaign}",
        "refuse the last round, if it is not what you pay for",
        _veto_end,
        "silence accepts the round",
    ),
    Row(
        "client",
        "offer",
        lambda seen: seen.standing.phase == "commit" and seen.offer is None,
        "cofund client offer {campaign} --edge EDGE --cost COST",
        "seal an offer",
        _end("commit_end"),
        "you take no part",
    ),
    Row(
        "client",
        "reveal",
        lambda seen: seen.standing.phase == "reveal" and seen.offer is not None and not seen.offer.opened,
        "cofund client reveal {campaign}",
        "open your offer",
        _end("reveal_end"),
        "the offer cannot win and its bond is lost",
        _bond("client_bond"),
        alone=True,
    ),
    Row(
        "client",
        "claim",
        _claimable,
        "cofund client claim {campaign} --deliveries FILE",
        "get paid for the rounds that your edge signed",
        _claim_end,
        "the rounds stay yours to claim, but the bond is lost",
        _bond("client_bond"),
        alone=True,
    ),
    Row(
        "client",
        "refund",
        _own_bond_back,
        "cofund client refund {campaign}",
        "get your bond back",
        alone=True,
    ),
    Row(
        "edge",
        "bond",
        lambda seen: (
            seen.standing.phase == "commit"
            and seen.terms["edge_bond"] > 0
            and any(not edge.bonded for edge in seen.operated)
        ),
        "cofund edge bond {campaign}",
        "accept the role",
        _end("commit_end"),
        "the edge serves nobody",
    ),
    Row(
        "edge",
        "relay",
        lambda seen: seen.standing.phase == "commit" and bool(seen.operated),
        "cofund edge relay {campaign} FILES",
        "bring your clients' signed offers and lock their bonds",
        _end("commit_end"),
        "offers that only you hold take no part",
    ),
    Row(
        "edge",
        "reveal",
        lambda seen: seen.standing.phase == "reveal" and bool(seen.operated),
        "cofund edge reveal {campaign} FILES",
        "open the offers whose openings your clients handed over",
        _end("reveal_end"),
        "what stays sealed loses its bond, which is yours if you relayed it",
        alone=True,
    ),
    Row(
        "edge",
        "sign",
        lambda seen: (
            seen.status == "training"
            and bool(seen.training_end)
            and seen.accepted_end <= seen.now < seen.accepted_end + seen.terms["delivery_window"]
            and any(_unsigned(edge, seen) for edge in seen.operated)
        ),
        "cofund edge sign {campaign} --kit KIT",
        "sign the last deliveries of your clients and have the root posted",
        lambda seen: seen.accepted_end + int(seen.terms["delivery_window"]),
        "the coordinator signs in your place and your bond is lost",
        _bond("edge_bond"),
        alone=True,
    ),
    Row(
        "edge",
        "claim",
        lambda seen: any(_fee_due(edge) or edge.claimed < edge.delivered for edge in seen.operated),
        "cofund edge claim {campaign} --deliveries FILE",
        "push your clients' claims and take your fee",
        alone=True,
    ),
    Row(
        "sponsor",
        "lock",
        lambda seen: (
            seen.standing.phase == "commit"
            and seen.terms["sponsor"] == seen.account
            and not seen.standing.money["sponsor_locked"]
        ),
        "cofund sponsor lock {campaign}",
        "lock what you promised",
        _end("commit_end"),
        "the campaign cannot be settled and is cancelled",
    ),
    Row(
        "coordinator",
        "bond",
        lambda seen: (
            seen.standing.phase == "commit"
            and seen.terms["coordinator"] == seen.account
            and not seen.standing.coordinator_bonded
        ),
        "cofund coordinator bond {campaign}",
        "accept the role",
        _end("commit_end"),
        "the campaign cannot be settled and is cancelled",
    ),
    Row(
        "coordinator",
        "record",
        lambda seen: (
            seen.standing.phase == "training"
            and seen.terms["coordinator"] == seen.account
            and seen.now < (seen.standing.until or 0)
        ),
        "cofund coordinator run KIT --campaign {campaign}",
        "train the next round and record it",
        lambda seen: seen.standing.until,
        "anybody may halt the campaign, and your bond is lost",
        _bond("coordinator_bond"),
    ),
    *(
        Row(
            role,
            "refund",
            lambda seen: seen.withdrawable > 0 or seen.relayed_back > 0,
            f"cofund {role if role != 'initiator' else 'campaign'} refund {{campaign}}",
            "take what is yours out of the contract",
            alone=True,
        )
        for role in ROLES
        if role != "client"
    ),
    Row(
        "anyone",
        "settle",
        _phase("settle"),
        "cofund campaign settle {campaign}",
        "fix who trains and who pays; anybody may",
        _end("settle_end"),
        "the campaign is cancelled, and everything goes back",
        public=True,
    ),
    Row(
        "anyone",
        "cancel",
        _phase("not settled in time"),
        "cofund campaign cancel {campaign}",
        "let everything go back; anybody may",
        public=True,
    ),
    Row(
        "anyone",
        "halt",
        lambda seen: seen.standing.phase == "training" and (seen.standing.until or 0) <= seen.now,
        "cofund campaign halt {campaign}",
        "end a training that stands still; anybody may",
        public=True,
    ),
    Row(
        "anyone",
        "close",
        lambda seen: (
            seen.standing.phase == "ready to close"
            or (seen.standing.phase in DELIVERED and "close" in seen.standing.open_to_anyone)
        ),
        "cofund campaign close {campaign}",
        "close the books, which pays out the rest; anybody may",
        public=True,
    ),
)
"""Rows in the order of a campaign; what a role must do itself before what anybody may do."""

WAITING: Final = {
    "commit": "the reveal phase, which opens when bids and offers are sealed",
    "reveal": "the end of the reveal phase; then anybody settles",
    "settle": "a settlement",
    "not settled in time": "somebody to cancel the campaign",
    "training": "the coordinator's next round",
    "last veto window": "the end of the last veto window",
    "deliveries": "the edges' last signed deliveries, and the models",
    "stand-in deliveries": "the coordinator's signature in the place of edges that did not sign",
    "ready to close": "somebody to close the books",
    "unfunded": "nothing more happens: what is yours can be taken out",
    "cancelled": "nothing more happens: what is yours can be taken out",
    "closed": "nothing more happens: what is yours can be taken out",
}
