"""Scripted campaigns on the twin, for tests that look at one part of a life."""

from dataclasses import dataclass

from cofund.market.terms import NOBODY, Terms
from cofund.settlement.ledger import Status
from deliveries import Tree
from evm import PACKAGED, Build
from twin import SOME_TERMS, Twin, address


@dataclass(frozen=True)
class Scenario:
    """Who brings what: ``owner<i>`` bids, ``client<i>`` offers (cost in ticks, edge) in the book of its edge.

    Attributes:
        silent: those who never open what they sealed, owners and operators; a client has nothing to keep closed.
        relayed: clients whose edge lists their offer, as every client's does.
        unbonded: edges that never post their bond.
    """

    terms: Terms = SOME_TERMS
    bids: tuple[int, ...] = (3000, 2000, 900)
    offers: tuple[tuple[int, int], ...] = ((3, 0), (5, 0), (4, 0), (6, 1), (9, 1))
    silent: frozenset[str] = frozenset()
    relayed: frozenset[str] = frozenset()
    unbonded: frozenset[int] = frozenset()

    def operators(self) -> list[str]:
        return list(dict.fromkeys(operator_of(self.terms, edge) for edge in range(len(self.terms.edges))))

    def committed(self, build: Build = PACKAGED) -> Twin:
        twin = Twin(self.terms, build)
        assert twin.post_coordinator_bond() is None
        if self.terms.sponsor != NOBODY:
            assert twin.lock_sponsorship() is None
        for edge in range(len(self.terms.edges)):
            if edge not in self.unbonded:
                assert twin.post_edge_bond(edge, operator_of(self.terms, edge)) is None
        for i, bid in enumerate(self.bids):
            assert twin.commit_bid(f"owner{i}", bid, bid + 100) is None
        for operator, listed in self.books().items():
            assert twin.commit_book(operator, listed) is None
            twin.singly.listed |= {name: operator for rows in listed.values() for name, _ in rows}
        return twin

    def books(self) -> dict[str, dict[int, list[tuple[str, int]]]]:
        """What every operator seals."""
        books: dict[str, dict[int, list[tuple[str, int]]]] = {}
        for i, (cost, edge) in enumerate(self.offers):
            book = books.setdefault(operator_of(self.terms, edge), {})
            book.setdefault(edge, []).append((f"client{i}", cost))
        return books

    def revealed(self, build: Build = PACKAGED) -> Twin:
        twin = self.committed(build)
        twin.at(self.terms.commit_end)
        twin.reveal_bids(*(f"owner{i}" for i in range(len(self.bids)) if f"owner{i}" not in self.silent))
        for operator in self.books():
            if operator not in self.silent:
                assert twin.open_book(operator) is None
        return twin

    def settled(self, build: Build = PACKAGED) -> Twin:
        twin = self.revealed(build)
        twin.at(self.terms.reveal_end)
        assert twin.settle() is None
        return twin


def operator_of(terms: Terms, edge: int) -> str:
    """The name of an edge's operator."""
    return next(name for name in ("edge0", "edge1", "edge2") if address(name) == terms.edges[edge].operator)


def bitmaps(twin: Twin, edge: int, gaps: int) -> list[int]:
    """Rounds each winner at an edge delivered: all recorded ones but its part of ``gaps``."""
    done, account = twin.ledger.rounds_done, twin.ledger.edges[edge]
    return [(2**done - 1) & ~(gaps >> 4 * (account.start + place)) for place in range(account.winners)]


def tree_of(twin: Twin, edge: int, maps: list[int]) -> Tree:
    """Bitmaps of an edge's winners, by the positions of their offers in the ledger."""
    first = sum(account.offers for account in twin.ledger.edges[:edge])
    return Tree({first + place: bitmap for place, bitmap in enumerate(maps)}, twin.ledger.edges[edge].start)


def post(twin: Twin, edge: int, tree: Tree, signer: str) -> str | None:
    """An edge's deliveries of all rounds done."""
    done = twin.ledger.rounds_done
    return twin.post_deliveries(edge, done, tree.root, tree.missing(done), signer)


def sign_all(twin: Twin, gaps: int, by: str | None = None) -> dict[int, Tree]:
    """Every edge with winners posts what was delivered in all rounds so far."""
    trees = {}
    for edge, account in enumerate(twin.ledger.edges):
        if account.winners and account.up_to_round < twin.ledger.rounds_done:
            trees[edge] = tree_of(twin, edge, bitmaps(twin, edge, gaps))
            assert post(twin, edge, trees[edge], by or operator_of(twin.terms, edge)) is None
    return trees


def record(twin: Twin, number: int) -> None:
    """A round, as soon as it may be built."""
    assert twin.record_round(number) is None


def train(twin: Twin, rounds: int, gaps: int = 0, *, midway: bool = False, signing: str = "edges") -> dict[int, Tree]:
    """Record up to ``rounds`` rounds, halt if more were bought, and let deliveries be signed as told."""
    trees: dict[int, Tree] = {}
    for number in range(twin.ledger.rounds_done + 1, min(rounds, twin.ledger.rounds) + 1):
        record(twin, number)
        if midway and number == 1 and signing == "edges":
            twin.at(twin.now + twin.terms.veto_window_s)
            trees = sign_all(twin, gaps)
            claim_all(twin, trees)
    if not twin.ledger.training_end:
        twin.at(twin.ledger.round_deadline)
        assert twin.halt() is None
    return trees | sign_at_the_end(twin, gaps, signing)


def sign_at_the_end(twin: Twin, gaps: int, signing: str) -> dict[int, Tree]:
    """The last deliveries: by the "edges", by the "stand-in" or by "nobody"."""
    late = {"edges": 0, "stand-in": 1, "nobody": 2}[signing]
    twin.at(twin.ledger.accepted_end() + late * twin.terms.delivery_window_s)
    if signing == "nobody":
        return {}
    return sign_all(twin, gaps, by="coordinator" if signing == "stand-in" else None)


def claim_all(twin: Twin, trees: dict[int, Tree]) -> None:
    """Claim one by one at even edges, all of a chunk at once at odd ones."""
    for edge, tree in trees.items():
        for chunk, part, proof in tree.parts():
            singly = [1 << at for at in range(len(part))] if edge % 2 == 0 else [None]
            for chosen in singly:
                assert twin.claim(edge, chunk, part, proof, chosen) in {None, "claim: nothing new"}


def everyone_leaves(twin: Twin, trees: dict[int, Tree]) -> None:
    """All claims, fees, bonds and credits are paid out by strangers; a second attempt gets nothing."""
    ledger = twin.ledger
    claim_all(twin, trees)
    for edge, account in enumerate(ledger.edges):
        unpaid = (ledger.claimed_below(edge) - account.fee_rounds) * twin.terms.edges[edge].fee
        assert (twin.claim_edge_fee(edge) is None) == (unpaid > 0)
    if twin.terms.sealed:
        twin.return_all_bonds()
    for operator in () if twin.terms.sealed else ("edge0", "edge1", "edge2"):
        book = ledger.books.get(address(operator))
        returns = book is not None and ledger.still_bonded(book)
        assert (twin.return_book_bond(operator) is None) == returns
    numbered = [f"{role}{i}" for role in ("owner", "edge") for i in range(8)]
    assert twin.withdraw(*numbered, "coordinator", "sponsor", "initiator", "outsider", "settler", "initiator") is None
    assert ledger.owed().total() == 0


def close_and_leave(twin: Twin, trees: dict[int, Tree]) -> None:
    """Close what was funded, pay everybody; nothing may stay behind but what no edge signed truly."""
    if twin.ledger.status == Status.TRAINING and twin.close() is not None:
        twin.at(twin.ledger.accepted_end() + 2 * twin.terms.delivery_window_s)
        assert twin.close() is None
    everyone_leaves(twin, trees)
