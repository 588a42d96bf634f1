"""A milestone that is set twice pays twice elsewhere; here a round has one record, and a root covers it once (B-3)."""

from cofund.market.offer_book import delivered_leaf, pair
from scenario import Scenario, claim_all, close_and_leave, record, sign_all, train
from twin import with_terms


def test_only_the_next_round_can_be_recorded() -> None:
    twin = Scenario().settled()
    assert twin.record_round(2) == "record: not the next round"
    assert twin.record_round(1) is None
    assert twin.record_round(1) == "record: not the next round"
    assert twin.record_round(2, "outsider") == "record: not the coordinator"
    for number in (2, 3, 4):
        assert twin.record_round(number) is None
    assert twin.record_round(5) == "record: not training"


def test_a_vetoed_round_is_not_recorded_again() -> None:
    twin = Scenario(with_terms(veto_window_s=20)).settled()
    record(twin, 1)
    record(twin, 2)
    assert twin.veto(2, "outsider") == "veto: not an owner"
    assert twin.veto(2, "owner0") is None
    assert twin.veto(2, "owner0") in {"veto: cast already", "veto: no such round"}
    for i in (1, 2):
        twin.veto(2, f"owner{i}")
    assert twin.ledger.rounds_done == 1
    assert twin.record_round(2) == "record: not training"
    twin.at(twin.ledger.accepted_end())
    trees = sign_all(twin, 0)
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0


def test_a_claim_pays_a_client_round_once() -> None:
    twin = Scenario().settled()
    trees = train(twin, 4, midway=True)
    claim_all(twin, trees)
    paid = twin.ledger.payments.copy()
    for edge, tree in trees.items():
        for chunk, part, proof in tree.parts():
            assert twin.claim(edge, chunk, part, proof) == "claim: nothing new"
            assert twin.claim(edge, chunk, part, proof, 1) == "claim: nothing new"
    assert twin.ledger.payments == paid


def test_an_edge_that_signs_two_bitmaps_of_a_client_pays_a_round_once() -> None:
    """Two leaves of one chunk in a tree, claimed one after the other: what was paid up to a round stays as it is."""
    twin = Scenario().settled()
    assert twin.record_round(1) is None
    won = twin.ledger.edges[0].winners
    none, all_of_them = [0] * won, [1] * won
    leaves = [delivered_leaf(0, maps) for maps in (none, all_of_them)]
    root = pair(*leaves)
    assert twin.post_deliveries(0, 1, root, [0], "edge0") is None
    assert twin.claim(0, 0, all_of_them, [leaves[0]]) is None
    assert twin.claim(0, 0, all_of_them, [leaves[0]]) == "claim: nothing new"
    assert twin.claim(0, 0, none, [leaves[1]]) == "claim: nothing new"
    assert [offer.paid_rounds for offer in twin.ledger.offers_at(0)[:won]] == [1] * won
