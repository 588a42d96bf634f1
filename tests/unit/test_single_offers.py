"""A script that speaks of single offers tells the campaign of the books that these are in."""

from deliveries import Tree
from scenario import Scenario
from twin import SOME_TERMS, Twin, address

OFFERS = ((3, 0), (5, 0), (4, 0), (6, 1), (9, 1))
CLIENTS = [f"client{at}" for at in range(5)]


def told_singly() -> Twin:
    twin = Twin(SOME_TERMS)
    assert twin.post_coordinator_bond() is None
    for at, bid in enumerate((3000, 2000, 900)):
        assert twin.commit_bid(f"owner{at}", bid, bid + 100) is None
    for name, (cost, edge) in zip(CLIENTS, OFFERS, strict=True):
        assert twin.commit_offer(name, cost, edge) is None
    assert twin.commit_offer("client0", 1, 1) == "commit: one offer per client"
    assert twin.commit_offer("client5", 1, 2) == "edge: unknown"
    assert twin.relay_offers(0, [("client5", 1)], sender="edge1") == "book: not the edge's operator"
    twin.at(SOME_TERMS.commit_end)
    assert twin.commit_offer("client5", 1, 0) == "commit: the phase is over"
    assert twin.reveal_bids("owner0", "owner1", "owner2") is None
    return twin


def settled() -> Twin:
    twin = told_singly()
    assert twin.reveal_offers(*CLIENTS) is None
    assert twin.reveal_offers("client0") == "book: open already"
    twin.at(SOME_TERMS.reveal_end)
    assert twin.settle() is None
    return twin


def test_offers_one_by_one_are_the_books_of_a_scenario() -> None:
    singly, books = settled().ledger, Scenario().settled().ledger
    assert (singly.offers, singly.books.keys()) == (books.offers, books.books.keys())
    assert [(edge.winners, edge.price) for edge in singly.edges] == [(edge.winners, edge.price) for edge in books.edges]


def test_an_offer_whose_book_nobody_opens_is_not_there() -> None:
    twin = told_singly()
    assert twin.reveal_offers("client3") is None
    assert {offer.client for offer in twin.ledger.offers} == {address("client3"), address("client4")}


def test_claims_one_by_one_pay_what_the_edge_signed_in_one_number() -> None:
    twin = settled()
    ledger = twin.ledger
    for number in range(1, ledger.rounds + 1):
        assert twin.record_round(number) is None
    won = [at for at, offer in enumerate(ledger.offers) if offer.winner and offer.edge == 0]
    assert [twin.name_of(at) for at in won] == ["client0", "client2"]
    tree = Tree({won[0]: 15, won[1]: 7})
    assert twin.post_deliveries(0, 4, tree.root, 9, "edge0") == "deliveries: impossible counts"
    assert twin.post_deliveries(0, 4, tree.root, tree.total, "edge0") is None
    assert ledger.edges[0].missing == (0, 0, 0, 1)
    assert twin.claim("client1", 15, ()) == "claim: not in the cohort"
    assert twin.claim("client0", 15, [bytes(32)]) == "claim: not in the signed deliveries"
    assert twin.claim("client0", 7, tree.proof(won[0])) == "claim: not in the signed deliveries"
    assert twin.claim("client0", 15, tree.proof(won[0])) is None
    twin.chain.call("claim", address("client2"), 7, tree.proof(won[1]))
    assert twin.chain.balance(address("client2")) == 3 * ledger.pay_per_round(0)


def test_a_bond_is_that_of_the_book_and_a_loser_has_none() -> None:
    twin = settled()
    assert twin.return_bonds("client1") is None
    assert twin.return_bonds("client0") == "bond: may still be lost"
