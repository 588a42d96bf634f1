"""Whoever vanishes, whenever: the campaign ends, everybody gets out, and it ends as docs/protocol.md says (I-6)."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from cofund.market.terms import EdgeTerms
from cofund.settlement.ledger import Status
from cofund.units import value_down
from deliveries import Tree
from scenario import bitmaps, close_and_leave
from twin import SPONSOR, Twin, address, with_terms

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
PHASES = ("commit", "reveal", "settle", "training", "after training")
OWNERS, CLIENTS, EDGES = ("owner0", "owner1", "owner2"), tuple(f"client{i}" for i in range(6)), ("edge0", "edge1")
EVERYONE = ("initiator", "sponsor", "coordinator", *EDGES, *OWNERS, *CLIENTS)
WHO = {
    "initiator": ("initiator",),
    "sponsor": ("sponsor",),
    "coordinator": ("coordinator",),
    "an edge": ("edge0",),
    "an edge and the coordinator": ("edge0", "coordinator"),
    "a client": ("client3",),
    "an owner": ("owner2",),
    "all but one owner": tuple(name for name in EVERYONE if name != "owner0"),
    "all but one client": tuple(name for name in EVERYONE if name != "client3"),
    "everyone": EVERYONE,
}
Acts = Callable[[str, str], bool]
TERMS = with_terms(
    sponsor=SPONSOR,
    match=100_000_000,
    cohort=4,
    min_cohort=1,
    tolerance=0,
    edge_bond=70,
    veto_window_s=10,
    edges=(EdgeTerms("edge0", address("edge0"), 3, 20), EdgeTerms("edge1", address("edge1"), 3, 0)),
)


def rows() -> dict[str, list[str]]:
    """The table of the section "Ways out": a row for everybody who may vanish, a cell for every phase."""
    section = PROTOCOL.read_text(encoding="utf-8").split("\n## Ways out\n")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    assert tuple(cells[0][1:]) == PHASES
    return {row[0]: row[1:] for row in cells[2:]}


@cache
def play(vanished: tuple[str, ...], phase: str) -> Twin:
    """A campaign in which these act no more from the beginning of the phase on; in training, from round 2 on."""

    def acts(name: str, moment: str) -> bool:
        return name not in vanished or PHASES.index(moment) < PHASES.index(phase)

    twin = Twin(TERMS)
    commit(twin, {name for name in EVERYONE if acts(name, "commit")})
    twin.at(TERMS.commit_end)
    reveal(twin, acts)
    twin.at(TERMS.reveal_end)
    if any(acts(name, "settle") for name in EVERYONE):
        twin.settle()
    if twin.ledger.status == Status.OPEN:
        twin.at(TERMS.settle_end)
        assert twin.cancel() is None
    trees = {}
    if twin.ledger.status == Status.TRAINING:
        coordinated = 4 if acts("coordinator", "training") else phase == "training"
        for number in range(1, coordinated + 1):
            assert twin.record_round(number) is None
        if not twin.ledger.training_end:
            twin.at(twin.ledger.round_deadline)
            assert twin.halt() is None
        trees = sign(twin, acts)
    close_and_leave(twin, trees)
    return twin


def reveal(twin: Twin, acts: Acts) -> None:
    """Everybody opens its own."""
    for name in OWNERS:
        if acts(name, "reveal"):
            twin.reveal_bids(name)
    for name in CLIENTS:
        if acts(name, "reveal"):
            twin.reveal_offers(name)


def commit(twin: Twin, present: set[str]) -> None:
    """Edge 0 relays its clients' offers; those of edge 1 commit by themselves."""
    if "coordinator" in present:
        assert twin.post_coordinator_bond() is None
    if "sponsor" in present:
        assert twin.lock_sponsorship() is None
    for index, edge in enumerate(EDGES):
        if edge in present:
            assert twin.post_edge_bond(index) is None
    for name, bid in zip(OWNERS, (3000, 2000, 2500), strict=True):
        if name in present:
            assert twin.commit_bid(name, bid, bid + 100) is None
    relayed = [(name, 3 + i) for i, name in enumerate(CLIENTS[:3]) if name in present]
    if "edge0" in present and relayed:
        assert twin.relay_offers(0, relayed) is None
    for i, name in enumerate(CLIENTS[3:]):
        if name in present:
            assert twin.commit_offer(name, 2 + 2 * i, 1) is None


def sign(twin: Twin, acts: Acts) -> dict[int, Tree]:
    """Release, the edges' last roots, and the stand-in's for edges that are gone, as far as somebody is there."""
    last = "after training"
    twin.at(twin.ledger.accepted_end())
    if acts("coordinator", last) and twin.ledger.rounds_done:
        assert twin.release_models() is None
    signing = [
        index for index, edge in enumerate(EDGES) if twin.ledger.edges[index].winners and twin.ledger.rounds_done
    ]
    trees = {index: Tree(delivered(twin, index, acts)) for index in signing}
    silent = [index for index in signing if not acts(EDGES[index], last)]
    for index in signing:
        if index not in silent:
            post(twin, index, trees[index], EDGES[index])
    if silent and acts("coordinator", last):
        twin.at(twin.ledger.accepted_end() + TERMS.delivery_window_s)
        for index in silent:
            post(twin, index, trees[index], "coordinator")
    return {index: tree for index, tree in trees.items() if index not in silent or acts("coordinator", last)}


def delivered(twin: Twin, edge: int, acts: Acts) -> dict[int, int]:
    """All rounds; of a client that vanishes in training the first, of one that did so before none."""
    rounds = {}
    for position, bitmap in bitmaps(twin, edge, 0).items():
        name = twin.name_of(position)
        first = bitmap & acts(name, "settle")
        rounds[position] = bitmap if acts(name, "training") else first
    return rounds


def post(twin: Twin, edge: int, tree: Tree, signer: str) -> None:
    assert twin.post_deliveries(edge, twin.ledger.rounds_done, tree.root, tree.total, signer) is None


def ending(twin: Twin, vanished: tuple[str, ...]) -> str:
    """How it ended, and the most that one of those who vanished lost of what it had posted or earned."""
    ledger = twin.ledger
    end = "halted" if ledger.halted else str(ledger.status)
    lost = {loss for name in vanished for loss in losses(twin, name)}
    return ", ".join([end, max(lost, key=len)]) if lost else end


def losses(twin: Twin, name: str) -> list[str]:
    """Bonds of one role that did not come back, and a fee for recorded rounds that was not earned."""
    ledger, account = twin.ledger, address(name)
    got, put = ledger.payments[account], ledger.deposits[account]
    if name == "coordinator":
        fee = TERMS.coordinator_fee * ledger.rounds_done
        lost = {fee + TERMS.coordinator_bond: ["fee and bond lost"], TERMS.coordinator_bond: ["bond lost"], 0: []}
        return lost[put + fee - got] if put else []
    if name in EDGES and put:
        index = EDGES.index(name)
        fees = ledger.edges[index].claimed * TERMS.edges[index].fee
        relayed = sum(offer.poster == index and offer.cost is None for offer in ledger.offers) * TERMS.client_bond
        return ["bond lost"] if ledger.status == Status.CLOSED and put + fees - relayed - got == TERMS.edge_bond else []
    sealed = {owner.account for owner in ledger.owners if owner.bid is None and ledger.status != Status.CANCELLED}
    for offer in ledger.offers:
        if offer.client == account and offer.poster is None and got - offer.paid < put:
            sealed.add(account)
    return ["bond lost"] if account in sealed else []


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("who", WHO)
def test_whoever_vanishes_it_ends_as_the_protocol_says(who: str, phase: str) -> None:
    twin = play(WHO[who], phase)
    assert ending(twin, WHO[who]) == rows()[who][PHASES.index(phase)]
    assert twin.ledger.held() == 0


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("who", WHO)
def test_whoever_did_not_vanish_loses_nothing_by_it(who: str, phase: str) -> None:
    twin = play(WHO[who], phase)
    for name in set(EVERYONE) - set(WHO[who]):
        assert losses(twin, name) == []
    for owner in twin.ledger.owners:
        worth = value_down(owner.bid or 0, sum(TERMS.quality[: min(owner.level, twin.ledger.rounds_done)]))
        paid = twin.ledger.deposits[owner.account] - twin.ledger.payments[owner.account]
        assert owner.bid is None or paid <= worth


def test_the_table_has_a_row_for_everybody_who_may_vanish() -> None:
    assert list(rows()) == list(WHO)
