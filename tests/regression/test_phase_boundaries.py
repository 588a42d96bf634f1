"""Every boundary belongs to exactly one phase, to the second (I-7): ``start <= now < end``."""

import pytest

from scenario import Scenario, bitmaps, post, record, sign_all, tree_of
from twin import SPONSOR, Twin, listed, with_terms

TERMS = with_terms(
    veto_window_s=20, edge_bond=70, sponsor=SPONSOR, match=250_000_000, **listed("owner0", "owner1", "owner2")
)
SCENARIO = Scenario(TERMS)
COMMIT_OVER, NOT_REVEAL, NOT_SETTLE = (
    "commit: the phase is over",
    "reveal: not the reveal phase",
    "settle: not the settle phase",
)


def empty() -> Twin:
    return Twin(TERMS)


def recorded() -> Twin:
    twin = SCENARIO.settled()
    assert twin.record_round(1) is None
    return twin


def trained() -> Twin:
    twin = SCENARIO.settled()
    for number in range(1, 5):
        record(twin, number)
    return twin


def vetoed() -> Twin:
    """The first round vetoed: nothing is to be delivered or released."""
    twin = recorded()
    for i in range(3):
        twin.veto(1, f"owner{i}")
    assert twin.ledger.rounds_done == 0
    return twin


def signed() -> Twin:
    twin = trained()
    twin.at(twin.ledger.accepted_end())
    sign_all(twin, 0)
    return twin


def deliver(by: str):
    return lambda twin: post(twin, 0, tree_of(twin, 0, bitmaps(twin, 0, 0)), by)


PHASES = {
    "coordinator bond": (empty, Twin.post_coordinator_bond, None, "commit_end", None, COMMIT_OVER),
    "edge bond": (empty, lambda t: t.post_edge_bond(0), None, "commit_end", None, COMMIT_OVER),
    "sponsorship": (empty, Twin.lock_sponsorship, None, "commit_end", None, COMMIT_OVER),
    "bid": (empty, lambda t: t.commit_bid("owner0", 1, 1), None, "commit_end", None, COMMIT_OVER),
    "book": (empty, lambda t: t.commit_book("edge0", {0: [("client0", 1)]}), None, "commit_end", None, COMMIT_OVER),
    "open a bid": (
        SCENARIO.committed,
        lambda t: t.reveal_bids("owner0"),
        "commit_end",
        "reveal_end",
        NOT_REVEAL,
        NOT_REVEAL,
    ),
    "open a book": (
        SCENARIO.committed,
        lambda t: t.open_book("edge0"),
        "commit_end",
        "reveal_end",
        NOT_REVEAL,
        NOT_REVEAL,
    ),
    "settle": (SCENARIO.revealed, Twin.settle, "reveal_end", "settle_end", NOT_SETTLE, NOT_SETTLE),
    "cancel": (SCENARIO.revealed, Twin.cancel, "settle_end", None, "cancel: may still be settled", None),
    "record": (
        SCENARIO.settled,
        lambda t: t.record_round(1),
        None,
        "round limit",
        None,
        "record: past the round's time limit",
    ),
    "halt": (SCENARIO.settled, Twin.halt, "round limit", None, "halt: the round may still be recorded", None),
    "veto": (recorded, lambda t: t.veto(1, "owner0"), None, "accepted", None, "veto: the round is accepted"),
    "deliver midway": (
        recorded,
        deliver("edge0"),
        "accepted",
        None,
        "deliveries: the round may still be vetoed",
        None,
    ),
    "deliver": (
        trained,
        deliver("edge0"),
        "end",
        "end + 1",
        "deliveries: the round may still be vetoed",
        "deliveries: wrong signature",
    ),
    "stand in": (
        trained,
        deliver("coordinator"),
        "end + 1",
        "end + 2",
        "deliveries: wrong signature",
        "deliveries: too late",
    ),
    "close what is unsigned": (trained, Twin.close, "end + 2", None, "close: not all is delivered yet", None),
    "close what is signed": (signed, Twin.close, "end + 2", None, "close: not all is delivered yet", None),
    "close what was vetoed": (
        vetoed,
        Twin.close,
        "end",
        None,
        "close: a round may still be vetoed",
        None,
    ),
}


def moment(twin: Twin, name: str) -> int:
    if name.startswith("end"):
        windows = int(name.removeprefix("end").removeprefix(" + ") or 0)
        return twin.ledger.accepted_end() + windows * twin.terms.delivery_window_s
    if name == "accepted":
        return twin.ledger.recorded_at[1] + twin.terms.veto_window_s
    return twin.ledger.round_deadline if name == "round limit" else getattr(twin.terms, name)


@pytest.mark.parametrize("phase", PHASES.values(), ids=list(PHASES))
def test_a_phase_starts_and_ends_at_its_second(phase) -> None:
    start, call, opens, shuts, early, late = phase
    for name, off_by, refusal in ((opens, -1, early), (opens, 0, None), (shuts, -1, None), (shuts, 0, late)):
        if name is not None:
            twin = start()
            twin.at(moment(twin, name) + off_by)
            assert twin.now == moment(twin, name) + off_by
            assert call(twin) == refusal
