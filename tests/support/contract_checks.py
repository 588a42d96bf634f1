"""Short lives and lies, each of which some fault of a contract would change; ``tests/mutants`` says which."""

from collections.abc import Callable
from dataclasses import replace

from eth_abi import encode

from cofund.errors import Reverted
from cofund.market.offer_book import BookSection, ListedOffer, OfferBook
from cofund.market.sealed_book import SealedBook
from cofund.market.terms import EdgeTerms
from evm import CHAIN_ID, DEPLOYER, Build, signature_of
from scenario import Scenario, bitmaps, close_and_leave, post, record, sign_all, sign_at_the_end, train, tree_of
from sealed_twin import SealedTwin
from twin import SOME_TERMS, SPONSOR, Twin, address, listed, with_terms

THREE = listed("owner0", "owner1", "owner2")
MATCHED = with_terms(sponsor=SPONSOR, match=333_333_333, tolerance=10**9, **THREE)
UNDERWRITTEN = with_terms(sponsor=SPONSOR, underwritten=True, tolerance=10**9, **THREE)
ALL_BONDS = with_terms(edge_bond=70, veto_window_s=20, unaccepted=4, tolerance=10**9)
LATE = with_terms(edge_bond=70, veto_window_s=20, unaccepted=1)
ONE_OPERATOR = with_terms(
    edges=tuple(EdgeTerms(f"edge{at}", address("edge0"), 2, 20 * at, 200) for at in range(2)), cohort=3
)
TWO_EDGES = ((3, 0), (5, 0), (4, 1), (6, 1), (9, 1))

# ---------------------------------------------------------------- bids and phases


def second_opening(build: Build) -> None:
    """I-3, B-1: one opening per commitment."""
    twin = Scenario().revealed(build)
    assert twin.reveal_bids("owner0") == "reveal: nothing new"
    assert twin.open_book("edge0") == "book: open already"


def lies_at_the_opening(build: Build) -> None:
    """Another bid, a bid over its escrow, a book with another cost."""
    twin = Scenario().committed(build)
    assert twin.commit_bid("owner7", 900, 800) is None
    twin.at(twin.terms.commit_end)
    right = twin.openings[address("owner0")]
    twin.openings[address("owner0")] = replace(right, amount=right.amount - 1)
    assert twin.reveal_bids("owner0") == "reveal: no such sealed bid"
    assert twin.reveal_bids("owner7") == "reveal: bid over escrow"
    book = twin.sealed[address("edge0")]
    offers = book.sections[0].offers
    dearer = (*offers[:-1], ListedOffer(offers[-1].client, offers[-1].cost + 1))
    lie = replace(book, sections=(BookSection(0, dearer),))
    assert twin.open_book("edge0", lie) == "book: not the committed one"


def listed_owners(build: Build) -> None:
    """Only owners whose weight the terms name may bid."""
    twin = Twin(with_terms(**listed("owner0")), build)
    assert twin.commit_bid("owner0", 1, 1) is None
    assert twin.commit_bid("owner1", 1, 1) == "commit: not a listed owner"


def taken_places(build: Build) -> None:
    """With all places taken the least escrow, of equal ones the last, gives way to a larger one and gets its money."""
    twin = Twin(with_terms(), build)
    for at in range(64):
        assert twin.commit_bid(f"sybil{at}", 0, 8 if at in {20, 40} else 9) is None
    assert twin.commit_bid("owner0", 5, 8) == "commit: owner cap reached"
    assert twin.commit_bid("owner0", 5, 9) is None
    assert twin.ledger.owners[40].account == address("owner0")
    assert twin.withdraw("sybil40") is None
    assert twin.commit_bid("sybil40", 0, 9) is None
    assert twin.ledger.owners[20].account == address("sybil40")


def silent_owner(build: Build) -> None:
    """It loses its bond to the others."""
    twin = Scenario(silent=frozenset({"owner1"})).settled(build)
    assert twin.ledger.lost_bonds == twin.terms.owner_bond


def no_second_belongs_to_two_phases(build: Build) -> None:
    twin = Scenario().committed(build)
    twin.at(twin.terms.commit_end)
    assert twin.commit_bid("owner7", 1, 1) == "commit: the phase is over"
    twin.at(twin.terms.reveal_end)
    assert twin.reveal_bids("owner0") == "reveal: not the reveal phase"
    twin.at(twin.terms.settle_end)
    assert twin.settle() == "settle: not the settle phase"


def free_look(build: Build) -> None:
    """Nothing opens before the coordinator's bond is there."""
    twin = Twin(SOME_TERMS, build)
    assert twin.commit_bid("owner0", 1, 1) is None
    assert twin.commit_book("edge0", {0: [("client0", 1)]}) is None
    twin.at(SOME_TERMS.commit_end)
    assert twin.reveal_bids("owner0") == "reveal: the coordinator posted no bond"
    assert twin.open_book("edge0") == "reveal: the coordinator posted no bond"


def late_sponsorship(build: Build) -> None:
    """Nothing is settled on a promise that nobody paid for."""
    twin = Twin(MATCHED, build)
    assert twin.post_coordinator_bond() is None
    assert twin.lock_sponsorship("outsider") == "sponsor: not the sponsor"
    twin.at(MATCHED.reveal_end)
    assert twin.settle() == "reveal: the sponsor locked nothing"


def only_the_books(build: Build) -> None:
    """Nobody else tells the campaign what was settled, sealed or delivered."""
    twin = Scenario().revealed(build)
    twin.at(twin.terms.reveal_end)
    for function, arguments in (
        ("market_cleared", ([(2, 3), (1, 3)], 1, 0)),
        ("stake_returned", (DEPLOYER,)),
        ("book_returned", (DEPLOYER, 0, 1, True)),
        ("pay_clients", (0, 1, 0, [DEPLOYER], [1], 0)),
    ):
        refuses(lambda f=function, a=arguments: twin.chain.call(f, *a), "book: only the books")


# ---------------------------------------------------------------- books


def raw_book(build: Build, book: Callable[[str], OfferBook], spoil: Callable[[bytes], bytes] = bytes) -> str | None:
    """Seal a book that need not be one, and open it with spoilt records; the refusal."""
    twin = Twin(ONE_OPERATOR, build)
    assert twin.post_coordinator_bond() is None
    made = book(address("edge0"))
    arguments = (0, made.commitment(CHAIN_ID, twin.chain.campaign), len(made.offers))
    twin.chain.machine.call("Books", twin.books, "commit_book", *arguments, sender=address("edge0"))
    twin.at(twin.terms.commit_end)
    selector, inputs, _ = signature_of("Books", "open_book", 3)
    data = selector + encode(inputs, (made.operator, made.seed, list(made.counts))) + spoil(made.records)
    return refusal(lambda: twin.chain.machine.send(twin.books, data))


def book_of(*sections: tuple[int, tuple[int, ...]]) -> Callable[[str], OfferBook]:
    """With these costs at these edges, in this order."""
    return lambda operator: OfferBook(
        operator,
        b"\5" * 32,
        tuple(
            BookSection(edge, tuple(ListedOffer(address(f"client{at}"), cost) for at, cost in enumerate(costs)))
            for edge, costs in sections
        ),
    )


def unsorted_book(build: Build) -> None:
    assert raw_book(build, book_of((0, (3, 5)), (1, (2, 4)))) is None
    assert raw_book(build, book_of((0, (5, 3)))) == "book: not sorted"


def junk_behind_the_clients(build: Build) -> None:
    """A book opens to one list of bytes only."""
    book = book_of((0, (3, 5)))
    for at in (2 * 20, 1279, 1280 + 2 * 6, 1663):
        spoilt = raw_book(build, book, lambda records, at=at: records[:at] + b"\1" + records[at + 1 :])
        assert spoilt == "book: wrong padding"


def wrong_sections(build: Build) -> None:
    assert raw_book(build, book_of((1, (3,)), (0, (5,)))) == "book: wrong sections"
    assert raw_book(build, book_of((0, (3,)), (0, (5,)))) == "book: wrong sections"
    assert raw_book(build, book_of((0, ()), (1, (5,)))) == "book: wrong sections"
    for clients in (1, 3):
        said = type("Said", (OfferBook,), {"counts": (clients,)})
        sections = book_of((0, (3, 5)))("").sections
        assert raw_book(build, lambda by, said=said, of=sections: said(by, b"\5" * 32, of)) == "book: wrong sections"


def two_edges_in_a_chunk(build: Build) -> None:
    """A book with two sections, or one though its operator has two edges: winners, costs and claims are each edge's."""
    for offers in (((8, 0), (9, 0), (4, 1), (6, 1), (9, 1)), ((4, 1), (6, 1), (9, 1))):
        twin = Scenario(ONE_OPERATOR, offers=offers).settled(build)
        trees = train(twin, 4)
        assert twin.release_models() is None
        close_and_leave(twin, trees)
        assert twin.ledger.held() == 0


def book_for_anothers_edge(build: Build) -> None:
    twin = Twin(SOME_TERMS, build)
    assert twin.post_coordinator_bond() is None
    assert twin.commit_book("outsider", {0: [("client0", 1)]}) == "book: not the edge's operator"
    book = OfferBook.of(address("edge0"), b"\5" * 32, {1: [ListedOffer(address("client0"), 1)]})
    arguments = (0, book.commitment(CHAIN_ID, twin.chain.campaign), 1)
    twin.chain.machine.call("Books", twin.books, "commit_book", *arguments, sender=address("edge0"))
    twin.at(twin.terms.commit_end)
    selector, inputs, _ = signature_of("Books", "open_book", 3)
    data = selector + encode(inputs, (book.operator, book.seed, list(book.counts))) + book.records
    refuses(lambda: twin.chain.machine.send(twin.books, data), "book: not the edge's operator")


def silent_operator(build: Build) -> None:
    """It loses its bond, counted once however many edges it has, and does not get it back."""
    terms = with_terms(edges=(*ONE_OPERATOR.edges, EdgeTerms("edge2", address("edge1"), 3, 0, 200)))
    twin = Scenario(terms, offers=((8, 0), (4, 1), (9, 2), (3, 2), (5, 2)), silent=frozenset({"edge0"})).settled(build)
    assert twin.ledger.lost_bonds == 2 * terms.book_bond
    assert twin.return_book_bond("edge0") == "bond: nothing held"


# ---------------------------------------------------------------- clearing


def wrong_winners(build: Build) -> None:
    """I-4, B-2: every other number of winners reverts, over capacity, too few, the dearer edge."""
    for offers in (TWO_EDGES, ((3, 0), (5, 0), (4, 0), (6, 0)), ((3, 0), (5, 0))):
        twin = Scenario(offers=offers).revealed(build)
        twin.at(twin.terms.reveal_end)
        right = twin.ledger.right_winners()
        for first in range(4):
            for second in range(4):
                fits = first <= twin.ledger.edges[0].offers and second <= twin.ledger.edges[1].offers
                if [first, second] != right and fits:
                    assert twin.settle([first, second]) == "settle: wrong winners"
        assert twin.settle() is None


def forged_boundary(build: Build) -> None:
    """Another cost in the chunk that is shown."""
    twin = Scenario(offers=TWO_EDGES).revealed(build)
    twin.at(twin.terms.reveal_end)
    shown = [twin.boundary(edge, won) for edge, won in enumerate(twin.ledger.right_winners())]
    forged = replace(shown[1], costs=bytes(5) + b"\2" + shown[1].costs[6:])
    arguments = [shown[0].arguments, forged.arguments]
    refuses(lambda: twin.chain.machine.call("Books", twin.books, "settle", arguments), "settle: not in the book")


def a_full_edge(build: Build) -> None:
    """Its own losers set its price and nobody else's."""
    twin = Scenario(offers=((3, 0), (4, 0), (5, 0), (4, 1), (9, 1))).settled(build)
    assert [edge.winners for edge in twin.ledger.edges] == [2, 1]


def a_region(build: Build) -> None:
    """A full region bounds what is below it."""
    edges = (
        EdgeTerms("region", address("edge0"), 2, 10, 200),
        EdgeTerms("below", address("edge1"), 3, 0, 200, "region"),
        EdgeTerms("beside", address("edge2"), 3, 0, 200),
    )
    offers = ((3, 0), (2, 1), (4, 1), (5, 1), (6, 2), (8, 2), (9, 2))
    for listed_ in (offers, ((3, 0), (5, 0), (2, 1), (6, 2))):
        twin = Scenario(with_terms(edges=edges), offers=listed_).settled(build)
        close_and_leave(twin, train(twin, 4))


def nobody_lost(build: Build) -> None:
    """Without a loser the price is the ceiling."""
    twin = Scenario(offers=((3, 0), (5, 0), (4, 1))).settled(build)
    assert [edge.price for edge in twin.ledger.edges] == [200, 200]


def above_the_ceiling(build: Build) -> None:
    """Who asks more cannot win, and sets no price."""
    twin = Scenario(offers=((3, 0), (5, 0), (40, 1), (50, 1))).revealed(build)
    twin.at(twin.terms.reveal_end)
    assert twin.settle([2, 1]) == "settle: wrong winners"
    assert twin.settle() is None
    assert [edge.price for edge in twin.ledger.edges] == [200, 200]


def edge_without_bond(build: Build) -> None:
    """An edge that owes its bond serves nobody."""
    Scenario(ALL_BONDS, unbonded=frozenset({0})).settled(build)


# ---------------------------------------------------------------- training


def late_rounds(build: Build) -> None:
    """I-7: a record, a veto and an edge's deliveries at the first second that is too late."""
    twin = Scenario(ALL_BONDS).settled(build)
    assert twin.record_round(1) is None
    twin.at(twin.ledger.recorded_at[1] + twin.terms.veto_window_s)
    assert twin.veto(1, "owner0") == "veto: the round is accepted"
    twin.at(twin.ledger.round_deadline - 1)
    assert twin.halt() == "halt: the round may still be recorded"
    twin.at(twin.ledger.round_deadline)
    assert twin.record_round(2) == "record: past the round's time limit"
    assert twin.halt() is None
    twin.at(twin.ledger.sign_end())
    tree = tree_of(twin, 0, bitmaps(twin, 0, 0))
    assert post(twin, 0, tree, "edge0") == "deliveries: wrong signature"
    twin.at(twin.ledger.late_end())
    assert post(twin, 0, tree, "coordinator") == "deliveries: too late"


def too_many_rounds_at_once(build: Build) -> None:
    """T-2: at most one round that can still be vetoed."""
    twin = Scenario(LATE).settled(build)
    assert twin.record_round(1) is None
    assert twin.record_round(2, waits=False) == "record: an earlier round may still be vetoed"


def half_a_veto(build: Build) -> None:
    """Half of the charges is not a majority, more is; nobody votes twice."""
    twin = Scenario(with_terms(veto_window_s=20), bids=(3000, 3000)).settled(build)
    assert twin.record_round(1) is None
    assert twin.veto(1, "owner0") is None
    assert twin.veto(1, "owner0") == "veto: cast already"
    assert twin.ledger.training_end == 0
    assert twin.veto(1, "owner1") is None
    assert twin.ledger.training_end != 0
    close_and_leave(twin, {})


def early_deliveries(build: Build) -> None:
    """What may still be vetoed is neither signed for nor released, and the campaign not closed."""
    twin = Scenario(ALL_BONDS).settled(build)
    for number in range(1, 5):
        assert twin.record_round(number) is None
    assert post(twin, 0, tree_of(twin, 0, bitmaps(twin, 0, 0)), "edge0") == "deliveries: the round may still be vetoed"
    assert twin.release_models() == "release: a round may still be vetoed"
    assert twin.close() == "close: a round may still be vetoed"
    twin.at(twin.ledger.accepted_end())
    buyers = sum(owner.level > 0 for owner in twin.ledger.owners)
    for boxes in ([b"\1" * 32] * (buyers - 1), [b"\1" * 32] * (buyers - 1) + [bytes(32)]):
        assert twin.release_models(boxes) == "release: one box per buyer"
    assert twin.close() == "close: not all is delivered yet"


def changed_counts(build: Build) -> None:
    """What was signed for a round stays; counts that cannot be are refused."""
    twin = Scenario(TERMS_MISSED).settled(build)
    assert twin.record_round(1) is None
    tree = tree_of(twin, 0, [0, 1])
    assert twin.post_deliveries(0, 1, tree.root, [3], "edge0") == "deliveries: impossible counts"
    assert twin.post_deliveries(0, 1, tree.root, [1 << 16], "edge0") == "deliveries: impossible counts"
    assert twin.post_deliveries(0, 1, tree.root, [1, 0], "edge0") == "deliveries: impossible counts"
    assert twin.post_deliveries(0, 1, tree.root, [1], "edge0") is None
    assert twin.record_round(2) is None
    later = tree_of(twin, 0, [3, 3])
    assert twin.post_deliveries(0, 2, later.root, [0], "edge0") == "deliveries: change what was signed"


TERMS_MISSED = with_terms(tolerance=300_000_000)


def missed_rounds(build: Build) -> None:
    """Beyond the tolerance they cost the bond of the book; within it nothing. Undelivered rounds go back."""
    for gaps in (0b0001, 0b0111_0011):
        twin = Scenario(TERMS_MISSED).settled(build)
        trees = train(twin, 4, gaps)
        assert twin.release_models() is None
        close_and_leave(twin, trees)
        assert twin.ledger.held() == 0
    assert any(book.penalty for book in twin.ledger.books.values())


def forged_signatures(build: Build) -> None:
    """I-8: nobody posts what an edge did not sign."""
    twin = Scenario().settled(build)
    assert twin.record_round(1) is None
    tree = tree_of(twin, 0, bitmaps(twin, 0, 0))
    assert post(twin, 0, tree, "outsider") == "deliveries: wrong signature"


# ---------------------------------------------------------------- claims and the end


def full_life(build: Build) -> None:
    """Two claims of growing bitmaps, a missed round, every payment."""
    twin = Scenario(MATCHED).settled(build)
    trees = train(twin, 4, gaps=0b0010, midway=True)
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    assert twin.claim_edge_fee(0) == "claim: nothing new"
    assert twin.ledger.held() == 0


def owners_that_leave(build: Build) -> None:
    """The dear rounds at the end are bought by fewer, whose shares are rounded up."""
    twin = Scenario(with_terms(goal=1, coordinator_fee=8, tolerance=10**9), bids=(9000, 900, 300)).settled(build)
    assert len({owner.level for owner in twin.ledger.owners}) == 3
    close_and_leave(twin, train(twin, 4))


def underwritten_life(build: Build) -> None:
    """The last round has less slack than the clients have margins; rounds are paid one and then three at a time."""
    twin = Scenario(UNDERWRITTEN, bids=(900, 600, 400)).settled(build)
    assert 0 < twin.ledger.slacks[-1] < 20
    close_and_leave(twin, train(twin, 4, gaps=0b0010, midway=True))


def claims_of_others(build: Build) -> None:
    """Losers, clients beyond the last winner, rounds that nobody signed for."""
    twin = Scenario().settled(build)
    for number in range(1, 5):
        record(twin, number)
    won = twin.ledger.edges[0].winners
    with_loser = tree_of(twin, 0, [0b1111] * won + [0b1111])
    assert twin.post_deliveries(0, 4, with_loser.root, [0], "edge0") is None
    ((chunk, part, proof),) = with_loser.parts()
    assert twin.claim(0, chunk, part, proof) == "claim: one bitmap per winner"
    more = tree_of(twin, 1, [0b11111] + [0] * (twin.ledger.edges[1].winners - 1))
    assert twin.post_deliveries(1, 4, more.root, [0], "edge1") is None
    ((chunk, part, proof),) = more.parts()
    assert twin.claim(1, chunk, part, proof) == "claim: a round that was not delivered"
    assert twin.claim(1, chunk, part, proof, 1 << len(part)) == "claim: not in the cohort"
    assert twin.claim(1, chunk, [0b1111, *part[1:]], proof) == "claim: not in the signed deliveries"


def lying_edge(build: Build) -> None:
    """I-1: claims never exceed the client-rounds an edge signed for."""
    twin = Scenario().settled(build)
    assert twin.record_round(1) is None
    tree = tree_of(twin, 0, [1] * twin.ledger.edges[0].winners)
    assert twin.post_deliveries(0, 1, tree.root, [1], "edge0") is None
    ((chunk, part, proof),) = tree.parts()
    assert twin.claim(0, chunk, part, proof) == "claim: more than the edge signed for"
    assert twin.claim(0, chunk, part, proof, 1) is None


def halted_inside_the_goal(build: Build) -> None:
    """I-5: a goal charged pro rata, with the bond bearing what rounding lost, and an extra for the clients."""
    lost = []
    for owners in (3, 4, 7):
        twin = Scenario(with_terms(goal=4, coordinator_fee=9), bids=(3000,) * owners).settled(build)
        trees = train(twin, 3)
        assert twin.release_models() is None
        lost.append(twin.ledger.lost_by_rounding(twin.ledger.earned()))
        close_and_leave(twin, trees)
        assert twin.ledger.held() == 0
    assert any(lost)


def vetoed_inside_the_goal(build: Build) -> None:
    """Who vetoes pays for the rounds done what they are worth to it; clients that delivered get their parts once."""
    weights = {"listed_owners": True, "weights": ((address("owner0"), 3), (address("owner1"), 1))}
    terms = with_terms(goal=4, veto_window_s=20, unaccepted=4, **weights)
    twin = Scenario(terms, bids=(3000, 1000)).settled(build)
    for number in (1, 2, 3):
        record(twin, number)
    assert twin.veto(3, "owner0") is None
    assert twin.ledger.rounds_done == 2
    trees = sign_at_the_end(twin, 0, "edges")
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    assert twin.ledger.extra > 0
    for edge, tree in trees.items():
        for chunk, part, proof in tree.parts():
            assert twin.claim(edge, chunk, part, proof) == "claim: nothing new"
    assert twin.ledger.held() == 0


def stand_in(build: Build) -> None:
    """Edges that leave their last deliveries to the coordinator lose their bonds."""
    twin = Scenario(ALL_BONDS).settled(build)
    trees = train(twin, 4, signing="stand-in")
    assert twin.release_models() is None
    close_and_leave(twin, trees)


def unsigned_edges(build: Build) -> None:
    """No deliveries at all: the owners get the rounds, the fee and the bonds."""
    for terms in (ALL_BONDS, replace(ALL_BONDS, tolerance=0)):
        twin = Scenario(terms).settled(build)
        close_and_leave(twin, train(twin, 4, signing="nobody"))
        assert twin.ledger.held() == 0


def a_goal_table(build: Build) -> None:
    """Two rounds together, four for those whose weight is three."""
    table = ((2, 2), (3, 4))
    weights = {"listed_owners": True, "weights": tuple((address(f"owner{at}"), at + 1) for at in range(3))}
    for bids in ((3000, 2000, 900), (9000, 0, 0), (0, 900, 0)):
        twin = Scenario(with_terms(goals=table, **weights), bids=bids).settled(build)
        close_and_leave(twin, train(twin, 4) if twin.ledger.rounds else {})


# ---------------------------------------------------------------- sealed books

STAYS_SEALED = with_terms(
    sealed=True,
    stake=33,
    absence_window_s=10,
    edges=(
        *(EdgeTerms(f"edge{at}", address("edge0"), 2, 20, 200) for at in range(2)),
        EdgeTerms("edge2", address("edge1"), 2, 0, 200),
    ),
)
SEALED_OFFERS = (
    (0, (("client0", 3), ("client1", 5))),
    (1, (("client2", 4),)),
    (2, (("client3", 6), ("client4", 9), ("client5", 9))),
)


def sealed_campaign(build: Build) -> SealedTwin:
    twin = SealedTwin(STAYS_SEALED, build)
    assert twin.post_coordinator_bond() is None
    assert twin.commit_bid("owner0", 3000, 3000) is None
    for edge, offers in SEALED_OFFERS:
        assert twin.commit_sealed(edge, offers) is None
    twin.at(STAYS_SEALED.commit_end)
    assert twin.reveal_bids("owner0") is None
    twin.at(STAYS_SEALED.reveal_end)
    return twin


def sealed_life(build: Build) -> None:
    """Settled by two leaves a book, trained, claimed without costs, closed, bonds back less what two books lost."""
    twin = sealed_campaign(build)
    for won in ((2, 1, 1), (2, 0, 1), (1, 1, 1), (2, 1, 0)):
        if [count for count, _ in twin.results()] != list(won):
            assert twin.settle_sealed((), won) == "settle: wrong winners"
    assert twin.settle_sealed() is None
    for number in range(1, 5):
        record(twin, number)
    assert twin.release_models() is None
    trees = sign_all(twin, 0b0011)
    assert twin.close() is None
    for edge, tree in trees.items():
        for chunk, part, proof in tree.parts():
            assert twin.claim(edge, chunk, part, proof) is None
            assert twin.claim(edge, chunk, part, proof) == "claim: nothing new"
    for edge in range(3):
        assert twin.return_sealed_bond(edge) is None


def sealed_claims_of_others(build: Build) -> None:
    """A round that nobody signed for; a loser in the winner's place."""
    twin = sealed_campaign(build)
    assert twin.settle_sealed() is None
    record(twin, 1)
    for edge, bitmap in ((0, 0b11), (2, 0b1)):
        operator, tree = f"edge{edge // 2}", tree_of(twin, edge, [bitmap])
        assert twin.post_deliveries(edge, 1, tree.root, [0], operator) is None
    assert twin.claim(0, 0, [0b11]) == "claim: a round that was not delivered"
    edge, chunk, chosen, _, *shown = twin.trees[2].shown([0]).claim(0, [0], [0b1], [])
    arguments = edge, chunk, chosen, [twin.trees[2].client_word(1)], *shown
    refuses(lambda: twin.chain.machine.call("SealedBooks", twin.books, "claim", *arguments), "claim: not in the book")
    assert twin.claim(2, 0, [0b1]) is None


def half_opened(build: Build) -> None:
    """Void are all books of an operator that shows one of two."""
    twin = sealed_campaign(build)
    assert twin.settle_sealed({0}, sender="settler") == "settle: absent at one edge only"
    assert twin.settle_sealed({0, 1}, sender="settler") is None
    assert twin.confirm() == "settle: the books may still be opened"
    assert twin.open_sealed(0) is None
    twin.at(twin.ledger.attempt.until)
    assert twin.open_sealed(1) == "book: called absent too long ago"
    assert twin.confirm() is None
    assert [twin.return_sealed_bond(edge) for edge in (0, 1)] == ["bond: nothing held"] * 2


def shown_in_time(build: Build) -> None:
    """The attempt is over, the stake the operator's, and it can be called absent no more."""
    twin = sealed_campaign(build)
    assert twin.settle_sealed({0, 1}, sender="settler") is None
    assert twin.settle_sealed({2}, sender="settler") == "settle: another attempt is open"
    assert (twin.open_sealed(0), twin.open_sealed(1)) == (None, None)
    assert twin.settle_sealed({0, 1}, sender="settler") == "settle: an open book is not absent"
    assert twin.give_up() == "settle: no such attempt"
    assert twin.settle_sealed({2}, sender="settler") is None
    assert twin.give_up() == "settle: no such attempt"
    twin.at(STAYS_SEALED.settle_end)
    assert twin.cancel() is None
    assert twin.give_up() is None


def trees_out_of_order(build: Build) -> None:
    """A separator of 5 between two clients who ask 9, or 3: one of the two leaves does not fit it."""
    for cost in (9, 3):
        twin = SealedTwin(STAYS_SEALED, build)
        assert twin.post_coordinator_bond() is None
        for edge, offers in SEALED_OFFERS[:2]:
            assert twin.commit_sealed(edge, offers) is None
        offers = tuple(ListedOffer(address(f"client{at}"), cost) for at in range(2))
        loose = type("Loose", (SealedBook,), {"separator": lambda *_: 5})(2, b"\5" * 32, offers)
        arguments = (2, loose.commitment(CHAIN_ID, twin.chain.campaign), 2)
        twin.chain.fund(address("edge1"), 10**6)
        twin.chain.machine.call("SealedBooks", twin.books, "commit_book", *arguments, sender=address("edge1"))
        twin.at(STAYS_SEALED.reveal_end)
        count, last, following = loose.boundary(1)
        others = [twin.sealed_boundary(edge, (), 0) for edge in (0, 1)]
        shown = [*others, (count, last.arguments, following.arguments)]
        settle = lambda twin=twin, shown=shown: twin.chain.machine.call(  # noqa: E731 - a name for the call
            "SealedBooks", twin.books, "settle", shown, 0
        )
        refuses(settle, "settle: not in order")


def paths_of_two_lengths(build: Build) -> None:
    """A leaf with a separator less, or more, than it has siblings."""
    twin = SealedTwin(STAYS_SEALED, build)
    assert twin.post_coordinator_bond() is None
    for edge, offers in SEALED_OFFERS:
        assert twin.commit_sealed(edge, offers) is None
    twin.at(STAYS_SEALED.reveal_end)
    right = [twin.sealed_boundary(edge, (), 1) for edge in range(len(STAYS_SEALED.edges))]
    for change in (lambda separators: separators[:-1], lambda separators: [*separators, bytes(32)]):
        count, (client, cost, siblings, separators), following = right[0]
        shown = [(count, (client, cost, siblings, change(separators)), following), *right[1:]]
        settle = lambda shown=shown: twin.chain.machine.call(  # noqa: E731 - a name for the call
            "SealedBooks", twin.books, "settle", shown, 0
        )
        refuses(settle, "settle: not in the book")


def a_book_of_six_opened(build: Build) -> None:
    """A tree of three levels is built again on chain, separators and all."""
    twin = SealedTwin(STAYS_SEALED, build)
    assert twin.post_coordinator_bond() is None
    assert twin.commit_sealed(2, []) == "book: size out of range"
    assert twin.commit_sealed(2, [(f"client{at}", 4 * at) for at in range(6)]) is None
    twin.at(STAYS_SEALED.reveal_end)
    assert twin.settle_sealed({2}, sender="settler") is None
    assert twin.open_sealed(2) is None


def rounds_not_worth_their_cost(build: Build) -> None:
    """An underwritten campaign ends with the last round that is worth what its clients ask."""
    for bid in range(0, 1000, 90):
        twin = Scenario(UNDERWRITTEN, bids=(bid, bid)).settled(build)
        close_and_leave(twin, train(twin, 4) if twin.ledger.rounds else {})


def free_rounds(build: Build) -> None:
    """What costs nothing, or a base unit a round, is bought also by who bids next to nothing."""
    edges = tuple(EdgeTerms(f"edge{at}", address(f"edge{at}"), 2, 0, 200) for at in range(2))
    offers = tuple((0, at) for at in (0, 0, 0, 1, 1))
    for fee, bids in ((0, (0, 5)), (1, (9, 1)), (2, (9, 3, 0))):
        terms = with_terms(coordinator_fee=fee, edges=edges, goals=((1, 1),), cohort=2)
        twin = Scenario(terms, bids=bids, offers=offers).settled(build)
        close_and_leave(twin, train(twin, 4) if twin.ledger.rounds else {})


def refuses(call: Callable[[], object], sentence: str) -> None:
    assert refusal(call) == sentence


def refusal(call: Callable[[], object]) -> str | None:
    """The sentence with which a call is refused."""
    try:
        call()
    except Reverted as error:
        return str(error)
    return None


CHECKS = [
    second_opening, lies_at_the_opening, listed_owners, taken_places, silent_owner,
    no_second_belongs_to_two_phases, free_look, late_sponsorship, only_the_books,
    unsorted_book, junk_behind_the_clients, wrong_sections, two_edges_in_a_chunk,
    book_for_anothers_edge, silent_operator, wrong_winners, forged_boundary, a_full_edge, a_region, nobody_lost,
    above_the_ceiling, edge_without_bond, late_rounds, too_many_rounds_at_once, half_a_veto, early_deliveries,
    changed_counts, missed_rounds, forged_signatures, full_life, owners_that_leave, underwritten_life, claims_of_others,
    lying_edge, halted_inside_the_goal, vetoed_inside_the_goal, stand_in, unsigned_edges, a_goal_table, sealed_life,
    sealed_claims_of_others, half_opened, shown_in_time, trees_out_of_order, paths_of_two_lengths, a_book_of_six_opened,
    free_rounds, rounds_not_worth_their_cost,
]  # fmt: skip
