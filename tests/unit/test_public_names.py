"""The public names are these and no others."""

import cofund


def test_the_public_names() -> None:
    assert cofund.__all__ == [
        "AccountError",
        "CheckFailed",
        "Client",
        "CofundError",
        "Edge",
        "InputError",
        "Instance",
        "NodeError",
        "Outcome",
        "Owner",
        "Reverted",
        "clear",
        "encode_instance",
        "encode_outcome",
        "generate",
        "load_instance",
        "load_outcome",
    ]
    assert all(hasattr(cofund, name) for name in cofund.__all__)


def test_a_market_is_cleared_from_python() -> None:
    market = cofund.generate(owners=4, clients=20, edges=3, seed=1)
    outcome = cofund.clear(market)
    paid = outcome.clients_paid + outcome.edges_paid + outcome.coordinator_paid
    assert outcome.funded
    assert outcome.owners_paid == paid + outcome.surplus
