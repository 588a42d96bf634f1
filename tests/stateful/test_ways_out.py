"""Whoever vanishes, whenever: the campaign ends, everybody gets out, and it ends as docs/protocol.md says (I-6)."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from cofund.market.terms import EdgeTerms
from cofund.settlement.ledger import Status
from cofund.units import value_down
from deliveries import Tree
from scenario import bitmaps, close_and_leave, post, record, tree_of
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
    tolerance=10**9,
    edge_bond=70,
    veto_window_s=10,
    listed_owners=True,
    weights=tuple((address(name), 1) for name in OWNERS),
    edges=(EdgeTerms("edge0", address("edge0"), 3, 20, 200), EdgeTerms("edge1", address("edge1"), 3, 0, 200)),
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
            record(twin, number)
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
    for name in EDGES:
        if acts(name, "reveal"):
            twin.open_book(name)


def commit(twin: Twin, present: set[str]) -> None:
    """Edges seal the offers of the clients that are there."""
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
    costs = {name: (3 + i, 0) for i, name in enumerate(CLIENTS[:3])}
    costs |= {name: (2 + 2 * i, 1) for i, name in enumerate(CLIENTS[3:])}
    for index, edge in enumerate(EDGES):
        listed = [(name, cost) for name, (cost, at) in costs.items() if at == index and name in present]
        if edge in present and listed:
            assert twin.commit_book(edge, {index: listed}) is None


def sign(twin: Twin, acts: Acts) -> dict[int, Tree]:
    """Release, the edges' last roots, and the stand-in's for edges that are gone, as far as somebody is there."""
    last = "after training"
    twin.at(twin.ledger.accepted_end())
    if acts("coordinator", last) and twin.ledger.rounds_done:
        assert twin.release_models() is None
    signing = [
        index for index, edge in enumerate(EDGES) if twin.ledger.edges[index].winners and twin.ledger.rounds_done
    ]
    trees = {index: tree_of(twin, index, delivered(twin, index, acts)) for index in signing}
    silent = [index for index in signing if not acts(EDGES[index], last)]
    for index in signing:
        if index not in silent:
            assert post(twin, index, trees[index], EDGES[index]) is None
    if silent and acts("coordinator", last):
        twin.at(twin.ledger.accepted_end() + TERMS.delivery_window_s)
        for index in silent:
            assert post(twin, index, trees[index], "coordinator") is None
    return {index: tree for index, tree in trees.items() if index not in silent or acts("coordinator", last)}


def delivered(twin: Twin, edge: int, acts: Acts) -> list[int]:
    """All rounds; of a client that vanishes in training the first, of one that did so before none."""
    names = {address(name): name for name in CLIENTS}
    rounds = []
    for offer, bitmap in zip(twin.ledger.offers_at(edge), bitmaps(twin, edge, 0), strict=False):
        name = names[offer.client]
        first = bitmap & acts(name, "settle")
        rounds.append(bitmap if acts(name, "training") else first)
    return rounds


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
        return edge_losses(twin, EDGES.index(name), account)
    sealed = {owner.account for owner in ledger.owners if owner.bid is None and ledger.status != Status.CANCELLED}
    return ["bond lost"] if account in sealed else []


def edge_losses(twin: Twin, index: int, account: str) -> list[str]:
    """Of its two bonds: the edge's, and that of its book."""
    ledger, book = twin.ledger, twin.ledger.books.get(account)
    lost = []
    if ledger.status == Status.CLOSED and ledger.forfeits_bond(index):
        lost.append("bond lost")
    if book and not book.opened and ledger.status != Status.CANCELLED:
        lost.append("bond of the book lost")
    if book and book.penalty:
        lost.append("part of the bond of the book lost")
    return [" and ".join(lost)] if lost else []


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
