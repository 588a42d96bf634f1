"""What the mechanism does not promise: each manipulation that mechanism.md names, on a tiny market."""

from dataclasses import replace

from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism.rules import clear
from cofund.units import ONE


def market(owners: dict[str, int], costs: dict[str, int], cohort: int = 1, ceiling: int = 10) -> Instance:
    """One round, one edge without a fee."""
    return Instance(
        cohort=cohort,
        min_cohort=cohort,
        ceiling=ceiling,
        coordinator_fee=0,
        goal=1,
        match=0,
        quality=(ONE,),
        edges=(Edge("edge", 9, 0),),
        owners=tuple(Owner(name, bid) for name, bid in owners.items()),
        clients=tuple(Client(name, "edge", cost) for name, cost in costs.items()),
    )


def paid_by(instance: Instance, *names: str) -> int:
    return sum(owner.charge for owner in clear(instance).owners if owner.id in names)


def paid_to(instance: Instance, *names: str) -> int:
    outcome = clear(instance)
    return sum(outcome.pay_of(name) for name in names)


def test_an_owner_who_splits_in_two_pays_less() -> None:
    """Alone the rich owner pays 9; a second identity lowers the share to 3 and lets the poor owner in."""
    costs = {"winner": 1, "loser": 9}
    assert paid_by(market({"rich": 100, "poor": 3}, costs), "rich") == 9
    assert paid_by(market({"rich": 97, "rich again": 3, "poor": 3}, costs), "rich", "rich again") == 6


def test_two_owners_who_share_their_gains_have_more() -> None:
    """Alone the rich owner pays 9; if the poor one, whom the model is worth 4, bids 5, each pays 5: 4 won, 1 lost."""
    costs = {"winner": 1, "loser": 9}
    assert paid_by(market({"rich": 100, "poor": 4}, costs), "rich", "poor") == 9
    lied = market({"rich": 100, "poor": 5}, costs)
    assert (paid_by(lied, "rich"), paid_by(lied, "poor")) == (5, 5)


def test_a_fake_losing_offer_gets_a_client_hired() -> None:
    """At the ceiling of 10 nobody buys; a fake offer lowers the price to 5, and the client earns 5 for a cost of 1."""
    honest = market({"owner": 6}, {"client": 1})
    fake = market({"owner": 6}, {"client": 1, "fake": 5})
    assert paid_to(honest, "client") == 0
    assert paid_to(fake, "client", "fake") == 5


def test_an_owner_who_is_also_a_losing_client_lowers_its_charge() -> None:
    """Its true cost of 9 would set the price; asking 2 still loses and saves 7. So does bribing the loser to ask 2."""
    honest = market({"owner": 20}, {"winner": 1, "loser": 9})
    lied = replace(honest, clients=(honest.clients[0], Client("loser", "edge", 2)))
    assert (paid_by(honest, "owner"), paid_by(lied, "owner")) == (9, 2)
    assert paid_to(lied, "loser") == 0


def test_a_client_with_two_lots_withholds_one_to_raise_the_price_of_the_other() -> None:
    """With both lots offered at cost the price is 2; asking 9 for the second makes it 9."""
    honest = market({"owner": 20}, {"lot 1": 1, "lot 2": 2})
    lied = market({"owner": 20}, {"lot 1": 1, "lot 2": 9})
    assert paid_to(honest, "lot 1", "lot 2") == 2
    assert paid_to(lied, "lot 1", "lot 2") == 9
