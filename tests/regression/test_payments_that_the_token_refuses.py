"""A token that does not pay somebody, or for a while nobody, hurts nobody else: the payment becomes a credit.

Before, a blocked client's claim was refused for ever, and its edge lost bond and fee; under a paused token everybody
lost the bonds. The model is told whom the token refuses; everything else it must find itself.
"""

import pytest
from eth_abi import encode
from eth_utils.crypto import keccak

import evm
from cofund.errors import Reverted
from cofund.market.terms import EdgeTerms
from evm import DEPLOYER
from refusing import MOVES, MOVES_HALF, WAYS, refuse, stubborn
from scenario import Scenario, close_and_leave, train
from twin import Twin, address, with_terms

EVERYBODY = tuple(f"{role}{i}" for role in ("owner", "client", "edge") for i in range(5))


def trained(**changes: object) -> tuple[Twin, dict]:
    edges = (EdgeTerms("edge0", address("edge0"), 2, 20), EdgeTerms("edge1", address("edge1"), 2, 20))
    relayed = frozenset({"client0", "client1"})
    twin = Scenario(terms=with_terms(edges=edges, edge_bond=70, **changes), relayed=relayed).settled(stubborn())
    return twin, train(twin, 4)


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_a_refused_payee_is_credited_and_everybody_else_is_paid(way) -> None:
    """In one batch with others; its rounds count, its edge's fee is earned, its bond is settled; it gets all later."""
    twin, trees = trained()
    edge, tree = next(iter(trees.items()))
    winners = [twin.name_of(position) for position in tree.bitmaps]
    victim, others = winners[0], winners[1:]
    refuse(twin, victim, way=way)
    assert twin.claim_many(edge, winners, list(tree.bitmaps.values()), []) is None
    offers = {name: twin.ledger.offers[twin.ledger.positions[address(name)]] for name in winners}
    assert all(offer.paid_rounds == 4 and not offer.bond_held for offer in offers.values())
    assert twin.ledger.payments[address(victim)] == 0 < twin.ledger.credit[address(victim)]
    assert all(twin.ledger.payments[address(name)] > 0 for name in others)
    assert twin.claim_edge_fee(edge) is None
    assert twin.ledger.payments[address(f"edge{edge}")] == 20 * 4 * len(winners)
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
        for position, bitmap in tree.bitmaps.items():
            assert twin.claim(twin.name_of(position), bitmap, tree.proof(position)) is None
        assert twin.claim_edge_fee(edge) is None
    losers = [twin.name_of(at) for at, offer in enumerate(twin.ledger.offers) if not offer.winner]
    assert twin.return_bonds(*losers) is None
    assert twin.release_models() is None
    assert twin.close() is None
    assert twin.withdraw("owner0", "client0", "coordinator") == "payment: token refused"
    assert twin.ledger.payments.total() == 0
    assert not any(offer.bond_held for offer in twin.ledger.offers)
    assert twin.ledger.held() == twin.ledger.promised()
    refuse(twin, *EVERYBODY, "coordinator", "initiator", way=0)
    assert twin.withdraw(*EVERYBODY, "coordinator", "initiator") is None
    assert twin.ledger.held() == 0


def test_after_a_cancellation_a_refused_bond_is_a_credit_too() -> None:
    twin = Scenario().revealed(stubborn())
    twin.at(twin.terms.settle_end)
    assert twin.cancel() is None
    refuse(twin, "client0", "owner0")
    assert twin.return_bonds("client0", "client1") is None
    assert twin.withdraw("owner0", "owner1") is None
    refuse(twin, "client0", "owner0", way=0)
    assert twin.withdraw("client0", "owner0") is None
    close_and_leave(twin, {})
    assert twin.ledger.payments == twin.ledger.deposits


def test_what_happened_can_be_told_from_the_log() -> None:
    """``Paid`` only for what was paid; ``PaymentRefused`` for what was credited instead."""
    twin, trees = trained()
    edge, tree = next(iter(trees.items()))
    winners = [twin.name_of(position) for position in tree.bitmaps]
    refuse(twin, winners[0])
    twin.chain.call("claim_many", edge, [address(name) for name in winners], list(tree.bitmaps.values()), [])
    logs = [
        [bytes.fromhex(topic.removeprefix("0x")) for topic in log.topics] for log in twin.chain.machine.evm.result.logs
    ]
    told = {name: {log[0] for log in logs if log[-1][12:].hex() == address(name)[2:].lower()} for name in winners}
    paid, refused = (keccak(text=f"{name}(address,uint256,string)") for name in ("Paid", "PaymentRefused"))
    assert told[winners[0]] == {refused}
    assert told[winners[1]] == {paid}


def test_a_caller_cannot_starve_a_payment_into_a_credit() -> None:
    """With too little gas for the token the call is refused; the model is not asked, it knows no gas."""
    twin, trees = trained()
    tree = trees[0]
    position, bitmap = next(iter(tree.bitmaps.items()))
    client = twin.ledger.offers[position].client
    selector, inputs, _ = evm.signature_of("Campaign", "claim", 3)
    data = selector + encode(inputs, (client, bitmap, tree.proof(position)))
    before = twin.chain.balance(client)
    machine = twin.chain.machine
    for gas in range(150_000, 700_000, 25_000):
        start = machine.evm.snapshot()
        try:
            machine.evm.message_call(DEPLOYER, twin.chain.campaign, data, gas=gas)
        except RuntimeError:
            continue
        assert twin.chain.balance(client) > before
        assert twin.chain.view("credit", client) == 0
        machine.evm.revert(start)


@pytest.mark.parametrize("way", MOVES.values(), ids=list(MOVES))
def test_what_the_token_moved_is_paid_whatever_it_says(way) -> None:
    """Once, and nobody else in the batch is held up: before, the call was refused, and in the end the bond lost."""
    twin, trees = trained()
    edge, tree = next(iter(trees.items()))
    winners = [twin.name_of(position) for position in tree.bitmaps]
    refuse(twin, winners[0], way=way)
    twin.ledger.refused_by_token.clear()
    assert twin.claim_many(edge, winners, list(tree.bitmaps.values()), []) is None
    assert twin.ledger.credit[address(winners[0])] == 0 < twin.ledger.payments[address(winners[0])]
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0


def test_a_token_that_moves_another_amount_and_says_no_is_refused() -> None:
    twin, _ = trained()
    refuse(twin, "owner0", way=MOVES_HALF)
    with pytest.raises(Reverted, match="payment: token refused"):
        twin.chain.call("withdraw", [address("owner0"), address("owner1")])
