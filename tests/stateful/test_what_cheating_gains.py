"""What a party gains at most by each deviation that this release does not rule out (docs/assumptions.md), exactly."""

from dataclasses import replace

import pytest

from cofund.errors import Reverted
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism.rules import clear
from cofund.units import ONE
from scenario import Scenario, close_and_leave, post, record, sign_at_the_end, train, tree_of
from twin import SOME_TERMS, SPONSOR, Twin, address

GOAL = replace(SOME_TERMS, goal=4, coordinator_fee=0, veto_window_s=20, tolerance=ONE)
AT_ONCE = replace(GOAL, veto_window_s=0)
FLAT = (ONE // 4,) * 4
LISTED = {"listed_owners": True, "weights": ((address("owner0"), 1), (address("owner1"), 1))}


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
        record(twin, number)
    if veto:
        assert twin.veto(veto, "owner0") is None
    elif stop:
        twin.at(twin.ledger.round_deadline)
        assert twin.halt() is None
    trees = sign_at_the_end(twin, 0, "edges")
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    return twin


def gain(name: str, value: int, twin: Twin, *others: str) -> int:
    return worth(twin, value) + cash(twin, name, *others)


def test_a_veto_of_the_dear_end_of_the_goal_gains_nothing() -> None:
    """Rounds cost 230 each, are worth 400, 300, 200, 100: whoever ends the goal pays what those done are worth."""
    assert gain("owner0", 1000, played(1000)) == 1000 - 920 == 80
    assert [gain("owner0", 1000, played(1000, veto=number)) for number in (1, 2, 3, 4)] == [0, 0, 0, 0]
    assert [gain("owner0", 1000, played(920, veto=number)) for number in (1, 2, 3, 4)] == [0, 32, 56, 72]


def test_an_owner_that_would_not_buy_gains_nothing_by_a_bid_above_its_value_and_a_veto() -> None:
    assert gain("owner0", 800, played(800)) == 0
    assert (
        max(gain("owner0", 800, played(bid, veto=number)) for bid in (920, 1000, 1300) for number in (1, 2, 3, 4)) <= 0
    )


def test_an_owner_that_is_the_coordinator_gains_nothing_by_a_halt() -> None:
    """After a halt every owner pays what the rounds done are worth by its bid; the clients get what that is more."""
    assert gain("owner0", 1000, played(1000), "coordinator") == 80
    halts = [played(bid, stop=number) for bid in (920, 1000, 1300) for number in (1, 2, 3)]
    assert max(gain("owner0", 1000, twin, "coordinator") for twin in halts) <= 80
    assert all(cash(twin, "coordinator") == -GOAL.coordinator_bond for twin in halts)


def test_what_an_early_end_costs_goes_to_the_clients() -> None:
    early = played(1000, veto=3)
    clients = [f"client{at}" for at in range(5)]
    assert cash(early, "owner0") == -700
    assert cash(early, *clients, "edge0", "edge1", "initiator") == 700
    assert cash(early, "initiator") < early.ledger.rounds_done * 3


def test_a_veto_takes_back_one_round_however_long_the_window() -> None:
    """The next round may be recorded when the one before it is accepted (T-2)."""
    twin = Scenario(replace(GOAL, round_limit_s=500, veto_window_s=400, delivery_window_s=500), bids=(1000,)).settled()
    assert twin.record_round(1) is None
    assert twin.record_round(2, waits=False) == "record: an earlier round may still be vetoed"
    record(twin, 2)
    assert twin.veto(1, "owner0") == "veto: the round is accepted"
    assert twin.veto(2, "owner0") is None
    assert twin.ledger.rounds_done == 1


def test_weights_matches_and_promises_are_for_listed_owners_only() -> None:
    for changes in (
        {"weights": ((address("owner0"), 2),)},
        {"sponsor": SPONSOR, "match": ONE // 2},
        {"sponsor": SPONSOR, "underwritten": True},
    ):
        with pytest.raises(Reverted, match="create: weights or a sponsor without listed owners"):
            Twin(replace(GOAL, **changes))


HONEST = ((3, 0), (14, 1), (15, 1), (18, 1))


def with_a_fake(offers: tuple[tuple[int, int], ...], fake: str | None, tolerance: int) -> Twin:
    """A whole life in which one winner never delivers."""
    terms = replace(AT_ONCE, tolerance=tolerance, book_bond=800)
    twin = Scenario(terms, bids=(3000,), offers=offers).settled()
    ledger = twin.ledger
    for number in range(1, ledger.rounds + 1):
        record(twin, number)
    assert twin.release_models() is None
    trees = {}
    for edge, account in enumerate(ledger.edges):
        if account.winners:
            winners = ledger.offers_at(edge)[: account.winners]
            done = 2**ledger.rounds_done - 1
            maps = [0 if fake and offer.client == address(fake) else done for offer in winners]
            tree = trees[edge] = tree_of(twin, edge, maps)
            assert post(twin, edge, tree, f"edge{edge}") is None
    close_and_leave(twin, trees)
    return twin


def together(offers: tuple[tuple[int, int], ...], fake: str | None, tolerance: int) -> tuple[int, int]:
    """What the owner, its client and its client's edge have in the end, and the owner's charge."""
    twin = with_a_fake(offers, fake, tolerance)
    return cash(twin, "owner0", "edge0", *([fake] if fake else [])), twin.ledger.owners[0].charge


def test_a_client_that_never_delivers_costs_its_edge_what_its_rounds_would_have_earned() -> None:
    """So an owner, an edge and a client of one hand gain by a lower price alone; without tolerance for it."""
    honest, fake = together(HONEST, None, 0), together((*HONEST, (0, 0)), "client4", 0)
    tolerated = together((*HONEST, (0, 0)), "client4", ONE)
    assert (honest, fake, tolerated) == ((-2160, 2240), (-1720, 1800), (-1120, 1800))
    assert fake[0] - honest[0] == honest[1] - fake[1]  # the lower price, which a client that delivers brings as well
    assert tolerated[0] - fake[0] == 4 * 150  # four rounds at the price


def test_at_somebody_elses_edge_it_gets_back_what_that_edges_book_pays_the_clients() -> None:
    """An edge answers for whom it lists: the lower price, 440, and the price of four rounds, which the edge loses."""
    honest, fake = with_a_fake(HONEST, None, 0), with_a_fake((*HONEST, (0, 0)), "client4", 0)
    assert (cash(honest, "owner0"), cash(honest, "edge0")) == (-2240, 80)
    assert (cash(fake, "owner0", "client4"), cash(fake, "edge0")) == (-2240 + 440 + 4 * 150, 80 - 4 * 150)


def test_a_sponsor_pays_for_rounds_of_an_owner_that_is_also_all_clients() -> None:
    terms = replace(AT_ONCE, sponsor=SPONSOR, match=ONE // 2, goal=1, cohort=2, min_cohort=2, **LISTED)
    twin = Scenario(terms, bids=(10_000,), offers=((0, 0), (0, 1))).settled()
    trees = train(twin, 4)
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    assert (cash(twin, "sponsor"), cash(twin, "owner0", "client0", "client1")) == (-800, 720)


def test_two_owners_that_value_nothing_take_all_that_an_underwriter_locked() -> None:
    """Each pivot is what the other already pays for: with two bids of all the rounds cost, both pay nothing."""
    terms = replace(AT_ONCE, sponsor=SPONSOR, underwritten=True, goal=1, cohort=2, min_cohort=2, **LISTED)
    twin = Scenario(terms, bids=(2000, 2000), offers=((0, 0), (0, 1), (9, 0), (9, 1))).settled()
    trees = train(twin, 4)
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    assert cash(twin, "sponsor") == -cash(twin, "owner0", "owner1", "client0", "client1", "edge0", "edge1")
    assert cash(twin, "sponsor") == -720


def test_empty_bids_of_strangers_give_way_to_whoever_locks_more() -> None:
    """All 64 places are taken for nothing; an owner gets one of them, and the bid that lay there its money back."""
    twin = Twin(replace(AT_ONCE, owner_bond=11))
    assert twin.post_coordinator_bond() is None
    names = [f"sybil{at}" for at in range(64)]
    assert {twin.commit_bid(name, 0, 0) for name in names} == {None}
    assert twin.commit_bid("owner1", 0, 0) == "commit: owner cap reached"
    assert twin.commit_bid("owner0", 3000, 3100) is None
    assert twin.ledger.owners[63].account == address("owner0")
    assert twin.withdraw("sybil63") is None
    assert twin.commit_bid("sybil63", 0, 0) == "commit: owner cap reached"
    assert twin.commit_bid("sybil63", 5, 5) is None
    assert [owner.account for owner in twin.ledger.owners[62:]] == [address("sybil63"), address("owner0")]
    offers = {0: [("client0", 0), ("client1", 1)], 1: [("client2", 2)]}
    assert {twin.commit_book(f"edge{at}", {at: rows}) for at, rows in offers.items()} == {None}
    twin.at(GOAL.commit_end)
    assert twin.reveal_bids("sybil62") == "reveal: no such sealed bid"
    assert twin.reveal_bids("owner0", "sybil63", *names[:62]) is None
    assert {twin.open_book("edge0"), twin.open_book("edge1")} == {None}
    twin.at(GOAL.reveal_end)
    assert twin.settle() is None
    assert twin.ledger.owners[63].level > 0
    assert twin.withdraw(*names) is None
    assert cash(twin, *names) == 0


def test_whoever_takes_every_place_from_an_owner_locks_more_than_it_in_each() -> None:
    twin = Twin(AT_ONCE)
    assert twin.commit_bid("owner0", 1000, 1100) is None
    for at in range(63):
        assert twin.commit_bid(f"sybil{at}", 0, 1100) is None
    assert twin.commit_bid("sybil63", 0, 1100) == "commit: owner cap reached"
    for at in range(63, 127):
        assert twin.commit_bid(f"sybil{at}", 0, 1101) is None
    assert address("owner0") not in {owner.account for owner in twin.ledger.owners}
    assert twin.withdraw("owner0") is None
    assert twin.commit_bid("owner0", 1000, 1102) is None


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
        record(twin, number)
    assert twin.release_models() is None
    close_and_leave(twin, sign_at_the_end(twin, 0b1111_1111_1111_1111_1111, "edges"))
    assert cash(twin, "coordinator") == 4 * 7


def test_an_edge_that_signs_for_rounds_that_nobody_trained_is_paid_for_at_most_all() -> None:
    """Edge 0 with its clients: price times rounds for every winner that it serves, and no more."""
    twin = Scenario(AT_ONCE, bids=(3000,)).settled()
    for number in range(1, 5):
        record(twin, number)
    assert twin.release_models() is None
    winners, price = twin.ledger.edges[0].winners, twin.ledger.edges[0].price
    twin.at(twin.ledger.accepted_end())
    more_than_all = [2**16 - 1]
    assert twin.post_deliveries(0, 4, bytes(32), more_than_all, "edge0") == "deliveries: impossible counts"
    close_and_leave(twin, sign_at_the_end(twin, 0, "edges"))
    served = {offer.client for offer in twin.ledger.offers_at(0)[:winners]}
    names = [f"client{at}" for at in range(5) if address(f"client{at}") in served]
    assert cash(twin, "edge0", *names) == 4 * winners * price


@pytest.mark.parametrize("bond", [11, 500])
def test_an_owner_that_does_not_open_its_bid_loses_its_bond_and_no_more(bond: int) -> None:
    twin = Scenario(replace(AT_ONCE, owner_bond=bond), bids=(3000, 2000), silent=frozenset({"owner1"})).settled()
    close_and_leave(twin, train(twin, 4))
    assert cash(twin, "owner1") == -bond


def test_an_edge_that_leaves_a_client_out_loses_its_fee_for_it_and_the_client_its_pay() -> None:
    def paid(leaves_out: bool) -> tuple[int, int]:
        twin, trees = Scenario(AT_ONCE, bids=(3000,)).settled(), {}
        first = next(n for n in range(5) if address(f"client{n}") == twin.ledger.offers_at(0)[0].client)
        for number in range(1, 5):
            record(twin, number)
        assert twin.release_models() is None
        for edge, account in enumerate(twin.ledger.edges):
            if account.winners:
                maps = [0 if leaves_out and edge == 0 and not at else 0b1111 for at in range(account.winners)]
                tree = trees[edge] = tree_of(twin, edge, maps)
                assert post(twin, edge, tree, f"edge{edge}") is None
        close_and_leave(twin, trees)
        return cash(twin, f"client{first}"), cash(twin, "edge0")

    (pay, fee), (unpaid, less) = paid(leaves_out=False), paid(leaves_out=True)
    assert unpaid == 0 < pay
    assert fee - less == 4 * AT_ONCE.edges[0].fee
