"""What each role may do next, until when, and what it loses otherwise: one table, a pure function of a seat.

A row is due if its test holds for the seat; the first due row of a role is its next action. Nothing here reads a
chain or a screen: the terminal, the web page and ``watch`` show and follow the same table. When something is due, and
what it costs to leave it, is in ``duties``.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

from cofund.campaign.seat import Seat
from cofund.roles import duties
from cofund.roles.duties import ENDED, both, office, phase

ROLES: Final = ("owner", "client", "edge", "sponsor", "coordinator", "initiator")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a role can do now.

    Args:
        action: one word.
        command: to type; empty if no command does it.
        purpose: what it is good for.
        deadline: seconds since the epoch, exclusive; None if there is none.
        lost: what happens otherwise; empty if nothing.
        lost_amount: base units that the account loses with it.
        alone: whether ``watch`` does it by itself.
        public: whether anybody may do it.
        local: whether only the account's own machine knows that it was done.
    """

    action: str
    command: str
    purpose: str
    deadline: int | None
    lost: str
    lost_amount: int
    alone: bool
    public: bool
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A line of the table; ``{campaign}`` in a command is the address, and the fields are those of a step."""

    role: str
    action: str
    due: Callable[[Seat], bool]
    command: str
    purpose: str
    deadline: Callable[[Seat], int | None] = lambda _: None
    lost: str = ""
    lost_amount: Callable[[Seat], int] = lambda _: 0
    alone: bool = False
    local: bool = False

    @property
    def public(self) -> bool:
        """Whether anybody may do it."""
        return self.role == "anyone"

    def step(self, seen: Seat) -> Step:
        """The step as it is now."""
        found = {field.name: getattr(self, field.name) for field in fields(Step)}
        found |= {"command": self.command.format(campaign=seen.campaign)}
        return Step(**found | {"deadline": self.deadline(seen), "lost_amount": self.lost_amount(seen)})


def next_steps(role: str, seen: Seat) -> list[Step]:
    """What the account can do now in this role, most urgent first; calls that anybody may make come last."""
    return [row.step(seen) for row in TABLE if row.role in {role, "anyone"} and row.due(seen)]


def waiting_for(role: str, seen: Seat) -> str:
    """What will happen next if the role does nothing, in a few words."""
    return "nothing: this campaign is over for you" if over(role, seen) else awaited(seen)


def awaited(seen: Seat) -> str:
    """What the campaign waits for if nobody has anything to do now."""
    if seen.phase in {"reveal", "settle"} and not seen.complete():
        missing = "the sponsor's money" if seen.coordinator_bonded else "the coordinator's bond"
        return f"the end of the settle phase: {missing} is missing, so it can only be cancelled, and all goes back"
    return WAITING[seen.phase if seen.phase in WAITING else seen.status]


def over(role: str, seen: Seat) -> bool:
    """Whether the role has nothing more to do or to get, whatever happens."""
    if seen.phase == "commit" or (role == "client" and seen.phase == "reveal"):  # only open books tell who is in
        return False
    if not holds(role, seen):
        return True
    if role == "edge" and (duties.may_push(seen) or duties.bonds_back(seen)):
        return False
    return seen.phase in ENDED and not seen.withdrawable and not (role == "client" and duties.may_claim(seen))


def holds(role: str, seen: Seat) -> bool:
    """Whether the account has this role."""
    held: dict[str, bool] = {
        "owner": seen.owner is not None,
        "client": bool(seen.offers),
        "edge": bool(seen.operated),
    }
    return held[role] if role in held else seen.office(role) == seen.account


def _refunds(role: str) -> Callable[[Seat], bool]:
    """When there is something to take out; of an edge also the bond of its book."""
    return lambda seen: seen.withdrawable > 0 or (role == "edge" and bool(duties.bonds_back(seen)))


TABLE: Final = (
    Duty(
        role="owner",
        action="bid",
        due=lambda seen: seen.phase == "commit" and seen.owner is None,
        command="cofund owner bid {campaign} --value VALUE --escrow ESCROW",
        purpose="seal a bid and lock its escrow",
        deadline=duties.end("commit"),
        lost="you take no part",
    ),
    Duty(
        role="owner",
        action="reveal",
        due=both(duties.opens, duties.sealed_bid),
        command="cofund owner reveal {campaign}",
        purpose="open your bid",
        deadline=duties.end("reveal"),
        lost="the bid buys nothing and its bond is lost",
        lost_amount=duties.bond("owner"),
        alone=True,
    ),
    Duty(
        role="owner",
        action="veto",
        due=duties.may_veto,
        command="cofund owner veto {campaign}",
        purpose="refuse the last round, if it is not what you pay for",
        deadline=duties.veto_end,
        lost="silence accepts the round",
    ),
    Duty(
        role="owner",
        action="model",
        due=duties.model_waits,
        command="cofund owner model {campaign} --out model.npz",
        purpose="fetch and open the model that you bought, while the store has it",
        alone=True,
        local=True,
    ),
    Duty(
        role="client",
        action="offer",
        due=phase("commit"),
        command="cofund client offer {campaign} --edge EDGE --cost COST --out offer.json",
        purpose="sign an offer and hand it to its edge; it costs nothing",
        deadline=duties.end("commit"),
        lost="you take no part",
        local=True,
    ),
    Duty(
        role="client",
        action="check",
        due=phase("commit"),
        command="cofund client check {campaign} PLACE",
        purpose="check the place in the sealed book that your edge gives you; without one you are not in it",
        deadline=duties.end("commit"),
        lost="an edge that leaves you out, or lists you otherwise, goes unnoticed",
        local=True,
    ),
    Duty(
        role="client",
        action="train",
        due=both(duties.trains, lambda seen: any(offer.winner for offer in seen.offers)),
        command="cofund client run KIT",
        purpose="your offer won: train, with the kit that the coordinator gives you",
        deadline=lambda seen: seen.until,
        lost="what you miss is not paid",
        alone=True,
        local=True,
    ),
    Duty(
        role="client",
        action="claim",
        due=duties.may_claim,
        command="cofund client claim {campaign}",
        purpose="get paid for the rounds that your edge signed, if it does not push your claim; anybody may",
    ),
    Duty(
        role="client",
        action="withdraw",
        due=lambda seen: seen.withdrawable > 0,
        command="cofund client refund {campaign}",
        purpose="take what is yours out of the contract",
        alone=True,
    ),
    Duty(
        role="edge",
        action="bond",
        due=both(phase("commit"), duties.unbonded),
        command="cofund edge bond {campaign}",
        purpose="accept the role",
        deadline=duties.end("commit"),
        lost="the edge serves nobody",
    ),
    Duty(
        role="edge",
        action="book",
        due=duties.unsealed_book,
        command="cofund edge book {campaign} --offers DIR",
        purpose="seal your clients' offers as one book and lock its bond",
        deadline=duties.end("commit"),
        lost="your clients take no part",
        alone=True,
    ),
    Duty(
        role="edge",
        action="places",
        due=lambda seen: seen.phase == "commit" and seen.book is not None,
        command="cofund edge book {campaign} --offers DIR",
        purpose="hand every client its place in the book, if that is not done yet",
        deadline=duties.end("commit"),
        lost="your clients count as left out, and go to another edge",
        alone=True,
        local=True,
    ),
    Duty(
        role="edge",
        action="open",
        due=duties.opens_book,
        command="cofund edge open {campaign}",
        purpose="open your book",
        deadline=duties.open_end,
        lost="your clients cannot win, and the bond of the book is lost",
        lost_amount=duties.book_bond,
        alone=True,
    ),
    Duty(
        role="edge",
        action="quotes",
        due=duties.shows_quotes,
        command="cofund edge quotes {campaign} --out DIR",
        purpose="show your sealed books, without names, to whoever settles",
        deadline=duties.end("settle"),
        lost="your books are called absent: opened for all to read, or their bonds are lost",
        lost_amount=duties.book_bond,
        alone=True,
        local=True,
    ),
    Duty(
        role="edge",
        action="winners",
        due=duties.names_winners,
        command="cofund edge winners {campaign}",
        purpose="tell who won at your edges, without what they asked: nobody else knows it",
        deadline=lambda seen: seen.until,
        lost="your clients get no kits, and nobody can sign in your place",
        alone=True,
        local=True,
    ),
    Duty(
        role="edge",
        action="train",
        due=both(duties.trains, duties.serves_winners),
        command="cofund edge run KIT --campaign {campaign}",
        purpose="serve your clients and the coordinator, with the kit that the coordinator gives you",
        deadline=lambda seen: seen.until,
        lost="neither your clients are paid for the round nor you, and too much of it costs the bond of your book",
        alone=True,
        local=True,
    ),
    Duty(
        role="edge",
        action="sign",
        due=duties.must_sign,
        command="cofund edge sign {campaign} --kit KIT",
        purpose="sign the last deliveries of your clients and have the root posted",
        deadline=Seat.sign_end,
        lost="the coordinator signs in your place and your bond is lost",
        lost_amount=duties.unsigned_bonds,
        alone=True,
    ),
    Duty(
        role="edge",
        action="claim",
        due=duties.may_push,
        command="cofund edge claim {campaign}",
        purpose="push your clients' claims and take your fee",
        alone=True,
    ),
    Duty(
        role="sponsor",
        action="lock",
        due=both(phase("commit"), office("sponsor"), lambda seen: not seen.sponsor_locked),
        command="cofund sponsor lock {campaign}",
        purpose="lock what you promised",
        deadline=duties.end("commit"),
        lost="nothing can be opened or settled: the campaign is cancelled",
    ),
    Duty(
        role="coordinator",
        action="bond",
        due=both(phase("commit"), office("coordinator"), lambda seen: not seen.coordinator_bonded),
        command="cofund coordinator bond {campaign}",
        purpose="accept the role",
        deadline=duties.end("commit"),
        lost="nothing can be opened or settled: the campaign is cancelled",
    ),
    Duty(
        role="coordinator",
        action="kits",
        due=both(duties.trains, office("coordinator"), lambda seen: not seen.rounds_done),
        command="cofund kits --campaign {campaign} --coordinator HOST:PORT --edge ID=HOST:PORT --out kits",
        purpose="make the winners' kits and hand them over",
        deadline=lambda seen: seen.until,
        lost="nobody can train: anybody may halt the campaign, and your bond is lost",
        lost_amount=duties.bond("coordinator"),
        local=True,
    ),
    Duty(
        role="coordinator",
        action="record",
        due=both(duties.may_record, office("coordinator")),
        command="cofund coordinator run KIT --campaign {campaign}",
        purpose="train the next round and record it",
        deadline=lambda seen: seen.until,
        lost="anybody may halt the campaign, and your bond is lost",
        lost_amount=duties.bond("coordinator"),
        alone=True,
    ),
    Duty(
        role="coordinator",
        action="release",
        due=both(duties.must_release, office("coordinator")),
        command="cofund coordinator run KIT --campaign {campaign}",
        purpose="release the sealed models to the owners",
        deadline=duties.late_end,
        lost="anybody may close the books, and your fee and bond are lost",
        lost_amount=duties.release_lost,
        alone=True,
    ),
    Duty(
        role="coordinator",
        action="sign",
        due=both(duties.must_stand_in, office("coordinator")),
        command="cofund coordinator run KIT --campaign {campaign}",
        purpose="sign in the place of edges that did not",
        deadline=duties.late_end,
        lost="their clients are not paid for what they delivered",
        alone=True,
    ),
    *(
        Duty(
            role=role,
            action="refund",
            due=_refunds(role),
            command=f"cofund {role if role != 'initiator' else 'campaign'} refund {{campaign}}",
            purpose="take what is yours out of the contract",
            alone=True,
        )
        for role in ROLES
        if role != "client"
    ),
    Duty(
        role="coordinator",
        action="publish",
        due=both(phase("closed"), office("coordinator")),
        command="cofund campaign record {campaign} --out record.json",
        purpose="write the record, with which anybody can verify the campaign offline, and publish it",
        local=True,
    ),
    Duty(
        role="anyone",
        action="settle",
        due=both(duties.settles, lambda seen: not seen.terms.sealed),
        command="cofund campaign settle {campaign}",
        purpose="fix who trains and who pays; anybody may",
        deadline=duties.end("settle"),
        lost="the campaign is cancelled, and everything goes back",
    ),
    Duty(
        role="anyone",
        action="settle",
        due=both(duties.settles, lambda seen: seen.terms.sealed),
        command="cofund campaign settle {campaign} --books DIR",
        purpose="fix who trains and who pays, with what operators show of their sealed books; anybody may",
        deadline=duties.end("settle"),
        lost="the campaign is cancelled, and everything goes back",
    ),
    Duty(
        role="anyone",
        action="confirm",
        due=lambda seen: seen.may_confirm(seen.now),
        command="cofund campaign confirm {campaign}",
        purpose="settle without the books that were called absent and not opened; anybody may",
        deadline=duties.end("settle"),
        lost="the campaign is cancelled, and everything goes back",
    ),
    Duty(
        role="anyone",
        action="give-up",
        due=duties.gives_up,
        command="cofund campaign give-up {campaign}",
        purpose="let the stake of whoever began to settle go back; anybody may",
    ),
    Duty(
        role="anyone",
        action="cancel",
        due=phase("not settled in time"),
        command="cofund campaign cancel {campaign}",
        purpose="let everything go back; anybody may",
    ),
    Duty(
        role="anyone",
        action="halt",
        due=lambda seen: seen.may_halt(seen.now),
        command="cofund campaign halt {campaign}",
        purpose="end a training that stands still; anybody may",
    ),
    Duty(
        role="anyone",
        action="close",
        due=duties.may_close,
        command="cofund campaign close {campaign}",
        purpose="close the books, which pays out the rest; anybody may",
    ),
)
"""Rows in the order of a campaign; what a role must do itself before what anybody may do."""

WAITING: Final = {
    "commit": "the reveal phase, which opens when bids and books are sealed",
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
