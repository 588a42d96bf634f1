"""A milestone that is set twice pays twice elsewhere; here a round has one record, and a root covers it once (B-3)."""

from cofund import merkle
from deliveries import Tree
from scenario import Scenario, bitmaps, claim_all, close_and_leave, sign_all, train
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
    assert twin.record_round(1) is None
    assert twin.record_round(2) is None
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
        positions, bitmaps, proof = tree.batch(0, len(tree.levels) - 1)
        names = [twin.name_of(position) for position in positions]
        assert twin.claim_many(edge, names, bitmaps, proof) == "claim: nothing new"
        assert twin.claim(names[0], bitmaps[0], tree.proof(positions[0])) == "claim: nothing new"
    assert twin.ledger.payments == paid


def test_an_edge_that_names_a_client_twice_pays_it_once() -> None:
    """Two leaves of one client in a tree, claimed together."""
    twin = Scenario().settled()
    assert twin.record_round(1) is None
    position = next(iter(bitmaps(twin, 0, 0)))
    leaf = Tree({position: 1}).root
    root = merkle.parent(leaf, leaf)
    assert twin.post_deliveries(0, 1, root, 2, "edge0") is None
    name = twin.name_of(position)
    assert twin.claim_many(0, [name, name], [1, 1], []) is None
    assert twin.ledger.offers[position].paid_rounds == 1
