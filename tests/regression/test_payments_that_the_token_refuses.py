"""A token that does not pay somebody, or for a while nobody, hurts nobody else: the payment becomes a credit.

Before, a blocked client's claim was refused for ever, and its edge lost bond and fee; under a paused token everybody
lost the bonds. The model is told whom the token refuses; everything else it must find itself.
"""

import pytest
from eth_abi import encode
from eth_utils.crypto import keccak

import evm
from cofund.chain.contract import claim_arguments
from cofund.errors import Reverted
from cofund.market.terms import EdgeTerms
from deliveries import Tree
from evm import DEPLOYER
from refusing import MOVES, MOVES_HALF, WAYS, refuse, stubborn
from scenario import Scenario, close_and_leave, train
from twin import Twin, address, with_terms

EVERYBODY = tuple(f"{role}{i}" for role in ("owner", "client", "edge") for i in range(5))
NAMES = {address(name): name for name in EVERYBODY}


def trained(**changes: object) -> tuple[Twin, dict]:
    edges = tuple(EdgeTerms(f"edge{at}", address(f"edge{at}"), 2, 20, 200) for at in range(2))
    twin = Scenario(terms=with_terms(edges=edges, edge_bond=70, **changes)).settled(stubborn())
    return twin, train(twin, 4)


def winners_of(twin: Twin, edge: int) -> list[str]:
    return [NAMES[offer.client] for offer in twin.ledger.offers_at(edge)[: twin.ledger.edges[edge].winners]]


def claim(twin: Twin, edge: int, tree: Tree, chosen: int | None = None) -> str | None:
    ((chunk, part, proof),) = tree.parts()
    return twin.claim(edge, chunk, part, proof, chosen)


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_a_refused_payee_is_credited_and_everybody_else_is_paid(way) -> None:
    """In one batch with others; its rounds count, its edge's fee is earned; it gets all later."""
    twin, trees = trained()
    victim, *others = winners_of(twin, 0)
    refuse(twin, victim, way=way)
    assert claim(twin, 0, trees[0]) is None
    assert all(offer.paid_rounds == 4 for offer in twin.ledger.offers_at(0)[: 1 + len(others)])
    assert twin.ledger.payments[address(victim)] == 0 < twin.ledger.credit[address(victim)]
    assert all(twin.ledger.payments[address(name)] > 0 for name in others)
    assert twin.claim_edge_fee(0) is None
    assert twin.ledger.payments[address("edge0")] == 20 * 4 * (1 + len(others))
    assert twin.withdraw(victim) == "payment: token refused"
    assert twin.withdraw(victim, "owner0", "owner1") is None
    refuse(twin, victim, way=0)
    assert twin.withdraw(victim) is None
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_while_the_token_pays_nobody_everything_is_credited(way) -> None:
    """Claims, fees, bonds and the close go on; when the token pays again, everybody gets what is theirs."""
    twin, trees = trained()
    refuse(twin, *EVERYBODY, "coordinator", "initiator", way=way)
    for edge, tree in trees.items():
        for at in range(len(tree.bitmaps)):
            assert claim(twin, edge, tree, 1 << at) is None
        assert twin.claim_edge_fee(edge) is None
    assert twin.release_models() is None
    assert twin.close() is None
    assert (twin.return_book_bond("edge0"), twin.return_book_bond("edge1")) == (None, None)
    assert twin.withdraw("owner0", "client0", "coordinator") == "payment: token refused"
    assert twin.ledger.payments.total() == 0
    assert twin.ledger.held() == twin.ledger.promised()
    refuse(twin, *EVERYBODY, "coordinator", "initiator", way=0)
    assert twin.withdraw(*EVERYBODY, "coordinator", "initiator") is None
    assert twin.ledger.held() == 0


def test_after_a_cancellation_a_refused_bond_is_a_credit_too() -> None:
    twin = Scenario().revealed(stubborn())
    twin.at(twin.terms.settle_end)
    assert twin.cancel() is None
    refuse(twin, "edge0", "owner0")
    assert (twin.return_book_bond("edge0"), twin.return_book_bond("edge1")) == (None, None)
    assert twin.withdraw("owner0", "owner1") is None
    refuse(twin, "edge0", "owner0", way=0)
    assert twin.withdraw("edge0", "owner0") is None
    close_and_leave(twin, {})
    assert twin.ledger.payments == twin.ledger.deposits


def test_what_happened_can_be_told_from_the_log() -> None:
    """``Paid`` only for what was paid; ``PaymentRefused`` for what was credited instead."""
    twin, trees = trained()
    winners = winners_of(twin, 0)
    refuse(twin, winners[0])
    assert claim(twin, 0, trees[0]) is None
    told: dict[str, list[str]] = {}
    paid, refused = (keccak(text=f"{name}(address,uint256)").hex() for name in ("Paid", "PaymentRefused"))
    kinds = {paid: "paid", refused: "refused"}
    for log in logs_of(trees[0], winners[0]):
        topics = [topic.removeprefix("0x") for topic in log.topics]
        if topics[0] in kinds:
            told.setdefault(topics[1][24:], []).append(kinds[topics[0]])
    assert told == {address(winners[0])[2:].lower(): ["refused"], address(winners[1])[2:].lower(): ["paid"]}


def logs_of(tree: Tree, victim: str) -> list:
    """Of the same claim in a campaign of its own, where nothing is looked at afterwards."""
    other, _ = trained()
    refuse(other, victim)
    other.chain.machine.send(other.books, claim_data(other, tree))
    return other.chain.machine.evm.result.logs


def claim_data(twin: Twin, tree: Tree, chosen: int = 0b11) -> bytes:
    """The claim of winners at edge 0."""
    book, ((chunk, part, proof),) = twin.sealed[address("edge0")], tree.parts()
    selector, inputs, _ = evm.signature_of("Books", "claim", 8)
    return selector + encode(inputs, claim_arguments(book, 0, chunk, chosen, part, proof))


def test_a_caller_cannot_starve_a_payment_into_a_credit() -> None:
    """With too little gas for the token the call is refused; the model is not asked, it knows no gas."""
    twin, trees = trained()
    client = address(winners_of(twin, 0)[0])
    before, machine, data, paid = twin.chain.balance(client), twin.chain.machine, claim_data(twin, trees[0], 1), 0
    for gas in range(150_000, 900_000, 25_000):
        start = machine.evm.snapshot()
        try:
            machine.evm.message_call(DEPLOYER, twin.books, data, gas=gas)
        except RuntimeError:
            continue
        paid += 1
        assert twin.chain.balance(client) > before
        assert twin.chain.view("credit", client) == 0
        machine.evm.revert(start)
    assert paid > 0


@pytest.mark.parametrize("way", MOVES.values(), ids=list(MOVES))
def test_what_the_token_moved_is_paid_whatever_it_says(way) -> None:
    """Once, and nobody else in the batch is held up: before, the call was refused, and in the end the bond lost."""
    twin, trees = trained()
    winners = winners_of(twin, 0)
    refuse(twin, winners[0], way=way)
    twin.ledger.refused_by_token.clear()
    assert claim(twin, 0, trees[0]) is None
    assert twin.ledger.credit[address(winners[0])] == 0 < twin.ledger.payments[address(winners[0])]
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0


def test_a_token_that_moves_another_amount_and_says_no_is_refused() -> None:
    twin, _ = trained()
    refuse(twin, "owner0", way=MOVES_HALF)
    with pytest.raises(Reverted, match="payment: token refused"):
        twin.chain.call("withdraw", [address("owner0"), address("owner1")])
