"""What is in a column, by its name, which means the same in every table; whatever is not here is text."""

from typing import Final

AMOUNTS: Final = {
    *(
        "amount",
        "asked",
        "back",
        "bid",
        "bond_lost",
        "ceiling",
        "charge",
        "client_pay",
        "cost",
        "deposited",
        "earned",
        "escrow",
    ),
    *(
        "claimable",
        "extra",
        "fee",
        "fee_paid",
        "fee_pay",
        "net",
        "paid",
        "pay",
        "pay_per_round",
        "price",
        "received",
        "share",
    ),
    *("still_owed", "total"),
}
"""Base units, which can exceed 64 bits."""
COUNTS: Final = {
    *("block", "blocks", "capacity", "claimed", "client_rounds", "clients", "delivered", "first_round", "gas"),
    *("gas_used", "last_round", "level", "log", "metric_ppb", "offers", "round", "rounds", "rounds_paid", "samples"),
    *("signed_up_to_round", "status", "timestamp", "transactions", "weight", "weight_of_buyers", "winners"),
}
"""Whole numbers."""
FLAGS: Final = {"accepted", "bonded", "holds"}


def kind_of(name: str) -> str:
    """``amount``, or its type in JSON."""
    kinds = {"amount": AMOUNTS, "integer": COUNTS, "boolean": FLAGS}
    return next((kind for kind, names in kinds.items() if name in names), "string")
