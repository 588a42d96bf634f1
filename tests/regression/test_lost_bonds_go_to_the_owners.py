"""The bond of an edge that left its deliveries to the stand-in goes to the owners by their charges.

Nobody is charged: the initiator gets it. What a book loses for missing rounds goes to the clients who delivered.
"""

from cofund.market.terms import EdgeTerms
from scenario import Scenario, close_and_leave, post, record, sign_at_the_end, train, tree_of
from twin import INITIATOR, Twin, address, with_terms

TERMS = with_terms(edge_bond=71, tolerance=10**9)


def closed(signing: str) -> Twin:
    twin = Scenario(TERMS).settled()
    for number in range(1, twin.ledger.rounds + 1):
        record(twin, number)
    twin.at(twin.ledger.accepted_end())
    assert twin.release_models() is None
    trees = sign_at_the_end(twin, 0, signing)
    close_and_leave(twin, trees)
    return twin


def test_the_bonds_of_edges_that_did_not_sign_go_to_the_owners_by_charge() -> None:
    kept, lost = closed("edges").ledger, closed("stand-in").ledger
    charges = [owner.charge for owner in kept.owners]
    bonds = 71 * sum(edge.winners > 0 for edge in kept.edges)
    more = [lost.payments[owner.account] - kept.payments[owner.account] for owner in kept.owners]
    assert more == [bonds * charge // sum(charges) for charge in charges]
    assert lost.payments[INITIATOR] - kept.payments[INITIATOR] == bonds - sum(more)


def test_if_nobody_is_charged_anything_the_initiator_gets_it() -> None:
    """Rounds that cost nothing: nobody's charge tells how to share."""
    edge = EdgeTerms("edge0", address("edge0"), 2, 0, 0)
    free = with_terms(coordinator_fee=0, ceiling=0, edge_bond=50, edges=(edge,), cohort=2)
    twin = Scenario(free, offers=((0, 0), (0, 0))).settled()
    assert sum(owner.charge for owner in twin.ledger.owners) == 0 < twin.ledger.rounds
    close_and_leave(twin, train(twin, 4, signing="nobody"))
    assert twin.ledger.payments[INITIATOR] >= 50
    assert twin.ledger.held() == 0


def test_what_a_book_loses_for_missing_rounds_goes_to_the_clients_who_delivered() -> None:
    """One winner misses one of four rounds, for which nothing is allowed; the others share its price."""
    twin = Scenario(with_terms(tolerance=0)).settled()
    for number in range(1, twin.ledger.rounds + 1):
        record(twin, number)
    assert twin.release_models() is None
    trees = {}
    for edge, account in enumerate(twin.ledger.edges):
        maps = [0b1110 if (edge, at) == (0, 0) else 0b1111 for at in range(account.winners)]
        trees[edge] = tree_of(twin, edge, maps)
        assert post(twin, edge, trees[edge], f"edge{edge}") is None
    assert twin.close() is None
    price = twin.ledger.edges[0].price
    delivered = sum(edge.delivered for edge in twin.ledger.edges)
    assert twin.ledger.books[address("edge0")].penalty == price > 0
    assert twin.ledger.extra == price // delivered
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0
