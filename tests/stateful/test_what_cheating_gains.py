"""What a party gains at most by each deviation that this release does not rule out (docs/assumptions.md), exactly."""

from dataclasses import replace

import pytest

from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism.rules import clear
from cofund.units import ONE
from deliveries import Tree
from scenario import Scenario, close_and_leave, sign_at_the_end, train
from twin import SOME_TERMS, SPONSOR, Twin, address

GOAL = replace(SOME_TERMS, goal=4, coordinator_fee=0, weights=(), veto_window_s=20, tolerance=0)
AT_ONCE = replace(GOAL, veto_window_s=0)
FLAT = (ONE // 4,) * 4


def cash(twin: Twin, *names: str) -> int:
    """What these have in the end, less what they had."""
    return sum(twin.ledger.payments[address(name)] - twin.ledger.deposits[address(name)] for name in names)


def worth(twin: Twin, value: int) -> int:
    """Of the rounds that were done, to an owner to whom all are worth ``value``."""
    return value * sum(twin.terms.quality[: twin.ledger.rounds_done]) // ONE


def played(bid: int, *, veto: int = 0, stop: int = 0) -> Twin:
    """One owner; all goal rounds at 230, or its veto of one, or a halt after some."""
    twin = Scenario(GOAL, bids=(bid,)).settled()
    if twin.ledger.status == "unfunded":
        close_and_leave(twin, {})
        return twin
    for number in range(1, (veto or stop or 4) + 1):
        assert twin.record_round(number) is None
    if veto:
        assert twin.veto(veto, "owner0") is None
    elif stop:
        twin.at(twin.ledger.round_deadline)
        assert twin.halt() is None
    trees = sign_at_the_end(twin, 0, "edges")
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    return twin


def test_an_owner_gains_by_a_veto_of_the_dear_end_of_the_goal() -> None:
    """Rounds cost 230 each and are worth 400, 300, 200 and 100: bought together, the first two alone are worth more."""
    truth, sly = played(1000), played(1000, veto=3)
    assert worth(truth, 1000) + cash(truth, "owner0") == 1000 - 920 == 80
    assert worth(sly, 1000) + cash(sly, "owner0") == 700 - 460 == 240


def test_an_owner_that_would_not_buy_gains_by_a_bid_above_its_value_and_a_veto() -> None:
    truth, sly = played(800), played(1300, veto=3)
    assert worth(truth, 800) + cash(truth, "owner0") == 0
    assert worth(sly, 800) + cash(sly, "owner0") == 560 - 460 == 100


def test_an_owner_that_is_the_coordinator_gains_as_much_by_a_halt() -> None:
    """The bond of a coordinator that stops goes to the owners: here to itself."""
    whole, early = played(1000), played(1000, stop=2)
    assert worth(whole, 1000) + cash(whole, "owner0", "coordinator") == 80
    assert worth(early, 1000) + cash(early, "owner0", "coordinator") == 240
    assert cash(early, "coordinator") == -GOAL.coordinator_bond


def test_a_veto_takes_back_every_round_within_its_window() -> None:
    """Four rounds are trained within one window; whoever trained them is paid nothing."""
    twin = Scenario(replace(GOAL, round_limit_s=500, veto_window_s=400, delivery_window_s=500), bids=(1000,)).settled()
    for number in range(1, 5):
        assert twin.record_round(number) is None
    assert twin.veto(1, "owner0") is None
    assert twin.ledger.rounds_done == 0
    close_and_leave(twin, {})
    assert cash(twin, "owner0") == 0
    assert [cash(twin, f"client{at}") for at in range(5)] == [0] * 5


def test_an_owner_with_a_weight_pays_less_from_an_account_without_one() -> None:
    """Only if the terms do not list the owners: a share is in proportion to weight."""
    market = Instance(1, 1, 10, 0, 1, 0, FLAT, (Edge("e", 1, 0),), (), (Client("c", "e", 1),))
    named, fresh = (
        clear(replace(market, owners=(Owner("own", 300, weight), Owner("other", 290, 1))), "serial")
        for weight in (2, 1)
    )
    assert [owner.charge for owner in named.owners] == [28, 16]
    assert [owner.charge for owner in fresh.owners] == [20, 20]


HONEST = ((3, 0), (14, 1), (15, 1), (18, 1))


def together(offers: tuple[tuple[int, int], ...], fake: str | None) -> tuple[int, int]:
    """What the owner and its client have in the end, and the owner's charge; the fake client delivers nothing."""
    twin = Scenario(AT_ONCE, bids=(3000,), offers=offers).settled()
    ledger = twin.ledger
    for number in range(1, ledger.rounds + 1):
        assert twin.record_round(number) is None
    assert twin.release_models() is None
    trees = {}
    for edge, account in enumerate(ledger.edges):
        if account.winners:
            delivered = {
                at: 0 if twin.name_of(at) == fake else 2**ledger.rounds_done - 1
                for at, offer in enumerate(ledger.offers)
                if offer.winner and offer.edge == edge
            }
            tree = trees[edge] = Tree(delivered)
            assert twin.post_deliveries(edge, ledger.rounds_done, tree.root, tree.total, f"edge{edge}") is None
    close_and_leave(twin, trees)
    return cash(twin, "owner0", *([fake] if fake else [])), ledger.owners[0].charge


def test_an_owner_gains_by_a_client_of_its_own_that_wins_and_delivers_nothing() -> None:
    """The price falls and what is not delivered comes back; its lost bond goes to the owners too."""
    alone, sly = together(HONEST, None), together((*HONEST, (0, 0)), "client4")
    assert (alone, sly) == ((-2240, 2240), (-1200, 1800))


def test_a_sponsor_pays_for_rounds_of_an_owner_that_is_also_all_clients() -> None:
    terms = replace(AT_ONCE, sponsor=SPONSOR, match=ONE // 2, goal=1, cohort=2, min_cohort=2)
    twin = Scenario(terms, bids=(10_000,), offers=((0, 0), (0, 1))).settled()
    trees = train(twin, 4)
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    assert (cash(twin, "sponsor"), cash(twin, "owner0", "client0", "client1")) == (-800, 720)


def test_two_owners_that_value_nothing_take_all_that_an_underwriter_locked() -> None:
    """Each pivot is what the other already pays for: with two bids of all the rounds cost, both pay nothing."""
    terms = replace(AT_ONCE, sponsor=SPONSOR, underwritten=True, goal=1, cohort=2, min_cohort=2)
    twin = Scenario(terms, bids=(2000, 2000), offers=((0, 0), (0, 1), (9, 0), (9, 1))).settled()
    trees = train(twin, 4)
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    assert cash(twin, "sponsor") == -cash(twin, "owner0", "owner1", "client0", "client1", "edge0", "edge1")
    assert cash(twin, "sponsor") == -720


def test_sybils_hold_every_place_of_an_owner_and_lose_nothing() -> None:
    twin = Twin(replace(AT_ONCE, owner_bond=11))
    assert twin.post_coordinator_bond() is None
    names = [f"sybil{at}" for at in range(64)]
    assert {twin.commit_bid(name, 0, 0) for name in names} == {None}
    assert twin.commit_bid("owner0", 1000, 1100) == "commit: owner cap reached"
    assert [twin.commit_offer(f"client{at}", at, 0) for at in range(2)] == [None, None]
    twin.at(GOAL.commit_end)
    assert twin.reveal_bids(*names) is None
    assert twin.reveal_offers("client0", "client1") is None
    twin.at(GOAL.reveal_end)
    assert twin.settle() is None
    assert twin.withdraw(*names) is None
    assert cash(twin, *names) == 0


def test_an_edge_raises_the_price_of_its_clients_by_keeping_a_loser_out() -> None:
    """It relays as many as it has places for: nobody is left to set its price but the ceiling."""
    market = Instance(
        cohort=2,
        min_cohort=2,
        ceiling=20,
        coordinator_fee=0,
        goal=1,
        match=0,
        quality=FLAT,
        edges=(Edge("full", 2, 0),),
        owners=(Owner("o", 1000),),
        clients=(Client("a", "full", 3), Client("b", "full", 4), Client("c", "full", 5)),
    )
    assert clear(market, "serial").prices == {"full": 5}
    assert clear(replace(market, clients=market.clients[:2]), "serial").prices == {"full": 20}


def test_a_coordinator_is_paid_for_rounds_that_it_made_up() -> None:
    """The contract takes any digest: only who has the models sees that nobody trained."""
    twin = Scenario(replace(AT_ONCE, coordinator_fee=7), bids=(3000,)).settled()
    for number in range(1, 5):
        assert twin.record_round(number) is None
    assert twin.release_models() is None
    close_and_leave(twin, sign_at_the_end(twin, 0b1111_1111_1111_1111_1111, "edges"))
    assert cash(twin, "coordinator") == 4 * 7


def test_an_edge_that_signs_for_rounds_that_nobody_trained_is_paid_for_at_most_all() -> None:
    """Edge 0 with its clients: price times rounds for every winner that it serves, and no more."""
    twin = Scenario(AT_ONCE, bids=(3000,)).settled()
    for number in range(1, 5):
        assert twin.record_round(number) is None
    assert twin.release_models() is None
    winners, price = twin.ledger.edges[0].winners, twin.ledger.edges[0].price
    twin.at(twin.ledger.accepted_end())
    too_many = twin.post_deliveries(0, 4, bytes(32), 4 * winners + 1, "edge0")
    assert too_many is not None
    close_and_leave(twin, sign_at_the_end(twin, 0, "edges"))
    served = [f"client{at}" for at, offer in enumerate(twin.ledger.offers) if offer.winner and offer.edge == 0]
    assert cash(twin, "edge0", *served) == 4 * winners * price


@pytest.mark.parametrize("bond", [11, 500])
def test_an_owner_that_does_not_open_its_bid_loses_its_bond_and_no_more(bond: int) -> None:
    twin = Scenario(replace(AT_ONCE, owner_bond=bond), bids=(3000, 2000), silent=frozenset({"owner1"})).settled()
    close_and_leave(twin, train(twin, 4))
    assert cash(twin, "owner1") == -bond


def test_an_edge_that_leaves_a_client_out_loses_its_fee_for_it_and_the_client_its_pay() -> None:
    def paid(leaves_out: bool) -> tuple[int, int]:
        twin = Scenario(AT_ONCE, bids=(3000,)).settled()
        (first, *_), trees = [at for at, one in enumerate(twin.ledger.offers) if one.winner and one.edge == 0], {}
        for number in range(1, 5):
            assert twin.record_round(number) is None
        assert twin.release_models() is None
        for edge, account in enumerate(twin.ledger.edges):
            if account.winners:
                own = [at for at, one in enumerate(twin.ledger.offers) if one.winner and one.edge == edge]
                tree = trees[edge] = Tree({at: 0 if leaves_out and at == first else 0b1111 for at in own})
                assert twin.post_deliveries(edge, 4, tree.root, tree.total, f"edge{edge}") is None
        close_and_leave(twin, trees)
        return cash(twin, twin.name_of(first)), cash(twin, "edge0")

    (pay, fee), (unpaid, less) = paid(leaves_out=False), paid(leaves_out=True)
    assert unpaid == -AT_ONCE.client_bond < 0 < pay
    assert fee - less == 4 * AT_ONCE.edges[0].fee
