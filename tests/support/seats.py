"""Places in a small campaign, for tests of what is due to whom."""

from dataclasses import replace

from cofund.campaign.seat import Seat
from cofund.market.terms import EdgeTerms, Terms
from cofund.roles.next_actions import next_steps
from cofund.settlement.deadlines import Status
from cofund.settlement.ledger import Offer
from cofund.settlement.state import BookAccount, EdgeAccount, OwnerAccount
from cofund.units import ONE

ME, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
DAY_S = 86_400
TERMS = Terms(
    token=OTHER,
    coordinator=OTHER,
    sponsor=OTHER,
    commit_end=DAY_S,
    reveal_end=2 * DAY_S,
    settle_end=3 * DAY_S,
    round_limit_s=3600,
    veto_window_s=3600,
    unaccepted=1,
    delivery_window_s=DAY_S,
    tick=1,
    cohort=2,
    min_cohort=1,
    ceiling=10,
    coordinator_fee=3,
    goal=1,
    quality=(ONE // 4,) * 4,
    edges=(EdgeTerms("edge-0", OTHER, capacity=2, fee=1, ceiling=10),),
    weights=(),
    owner_bond=5,
    book_bond=7,
    edge_bond=9,
    coordinator_bond=11,
    digest=bytes(32),
)
OPERATED = replace(TERMS, edges=(EdgeTerms("edge-0", ME, capacity=2, fee=1, ceiling=10),))
"""Terms whose edge is mine."""
OWNER = OwnerAccount(ME, b"", escrow=0, weight=1, owed=100)
OFFER = Offer(ME, edge=0, place=0, cost=4)
WON = replace(OFFER, winner=True)
BOOK = BookAccount(ME, b"", clients=3)
EDGE = EdgeAccount(bonded=True, winners=1)
END = 1
"""When training ended, unless a test says otherwise."""
SINCE = {
    "commit": 0,
    "reveal": DAY_S,
    "settle": 2 * DAY_S,
    "not settled in time": 3 * DAY_S,
    "last veto window": END,
    "deliveries": END + 3600,
    "stand-in deliveries": END + 3600 + DAY_S,
    "ready to close": END + 3600 + 2 * DAY_S,
}
"""When each phase begins."""


def seen(phase: str, now: int | None = None, **changes: object) -> Seat:
    """My seat in a phase, at its beginning if no time is given."""
    at = SINCE.get(phase, 0) if now is None else now
    opening = phase in list(SINCE)[:4]
    status = Status.OPEN if opening else Status.TRAINING if phase in {"training", *SINCE} else Status(phase)
    plain = Seat(
        campaign="0x" + "cc" * 20,
        account=ME,
        now=at,
        terms=TERMS,
        initiator=OTHER,
        status=status,
        coordinator_bonded=True,
        sponsor_locked=0,
        edges=(EDGE,),
        books=(),
        bids=1,
        round_cost=0,
        extra=0,
        rounds=4,
        rounds_done=0,
        round_deadline=at + 1,
        training_end=END if phase in list(SINCE)[4:] else 0,
        recorded_at={},
        halted=False,
        models_released=False,
        deposited=0,
        paid_out=0,
    )
    found = replace(plain, **changes)  # type: ignore[arg-type]
    assert found.phase == phase
    return found


def actions(role: str, seat: Seat) -> list[str]:
    return [step.action for step in next_steps(role, seat)]
