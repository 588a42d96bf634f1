"""Places in a small campaign, for tests of what is due to whom."""

from dataclasses import replace

from cofund.campaign.standing import Standing
from cofund.roles.next_actions import next_steps
from cofund.roles.snapshot import EdgeSeat, OfferSeat, OwnerSeat, Snapshot

ME, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
DAY_S = 86_400
TERMS = {
    "initiator": OTHER,
    "coordinator": OTHER,
    "sponsor": OTHER,
    "commit_end": DAY_S,
    "reveal_end": 2 * DAY_S,
    "settle_end": 3 * DAY_S,
    "veto_window": 3600,
    "delivery_window": DAY_S,
    "owner_bond": 5,
    "client_bond": 7,
    "edge_bond": 9,
    "coordinator_bond": 11,
    "coordinator_fee": 3,
    "tick": 1,
    "cohort": 2,
    "ceiling": 10,
    "rounds": 4,
    "match": 0,
    "underwritten": False,
    "tolerance": 0,
}
OWNER = OwnerSeat(owed=100, opened=False, bid=0, level=0, charge=0)
OFFER = OfferSeat(0, None, opened=False, bond_settled=False, edge=None, amount=None, wins=False, paid_rounds=0, paid=0)
EDGE = EdgeSeat(0, OTHER, fee=1, bonded=True, winners=1, up_to_round=0, delivered=0, claimed=0, fee_rounds=0)


def seen(phase: str, status: str = "open", now: int = 0, **changes: object) -> Snapshot:
    counts = {"owner_count": 1, "offer_count": 1, "revealed_count": 0, "rounds": 4, "rounds_done": 0}
    counts["rounds_done"] = int(str(changes.pop("rounds_done", 0)))
    standing = Standing(
        now, phase, now + 1 if phase == "training" else None, dict(TERMS), counts, {"sponsor_locked": 0}, True, [], []
    )
    plain = Snapshot("0x" + "cc" * 20, ME, standing, status, 0, None, None, (EDGE,), 0, 0)
    return replace(plain, **changes)  # type: ignore[arg-type]


def actions(role: str, snapshot: Snapshot) -> list[str]:
    return [step.action for step in next_steps(role, snapshot)]
