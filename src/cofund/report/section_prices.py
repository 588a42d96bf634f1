"""Who trains: one price per edge and who set it, and the arithmetic of every client."""

from collections.abc import Iterator

from cofund.report.clients import ClientRow, Fate
from cofund.report.markup import Content, Html, join, named, paragraph, table, tag
from cofund.report.verdict import Findings, left_out
from cofund.report.words import MINUS, NOTHING, TIMES


def prices(found: Findings) -> Iterator[Html]:
    """One price per edge and who set it; every client with its arithmetic."""
    coins = found.reading.currency
    yield paragraph(left_out(found))
    yield table(
        f"Price of a client-round at each edge, fees included, {coins.unit}",
        ["Edge", "Train / offers", "Price", "Set by"],
        [
            [named(edge.id, edge.name), f"{edge.winners} / {edge.offers}", coins.exact(edge.price), edge.setter]
            for edge in found.edges
        ],
        numbers=(1, 2),
        class_="wide",
    )
    yield paragraph(f"A round costs the owners {_round_cost(found)}.")
    yield paragraph(
        "A client trains if its offer with all fees is at most the price; among equal offers the edge that the terms "
        "list first wins, then the order of its book. "
        f"Pay = price {MINUS} fees; earned = pay {TIMES} rounds delivered{_less(found)}."
    )
    if still := sum(client.claimable for client in found.clients):
        yield paragraph(f"Of what clients earned, {coins.named(still)} can still be claimed.")
    yield table(
        f"Clients, {coins.unit}",
        ["Client", "Edge", "Asked", "With fee", "Price", "Pay", "Rounds", "Earned", "Result"],
        [_client(found, client) for client in found.clients],
        numbers=(2, 3, 4, 5, 6, 7),
        class_="wide",
    )


def _less(found: Findings) -> str:
    """Underwritten, a client gets at most the round's slack above what it asked (mechanism.md, 3b)."""
    return ", but less for a round hardly worth running" if found.reading.outcome.rule == "vcg" else ""


def _round_cost(found: Findings) -> str:
    coins, market = found.reading.currency, found.reading.instance
    by_price: dict[int, int] = {}
    for edge in found.edges:
        by_price[edge.price] = by_price.get(edge.price, 0) + edge.winners
    terms = " + ".join(f"{n} {TIMES} {coins.exact(price)}" for price, n in sorted(by_price.items(), reverse=True) if n)
    cost = coins.named(found.reading.outcome.round_cost)
    return f"{terms} for clients and edges + {coins.exact(market.coordinator_fee)} for the coordinator = {cost}"


def _client(found: Findings, client: ClientRow) -> list[Content]:
    coins = found.reading.currency
    trains = client.fate is Fate.TRAINS
    amounts: list[Content] = [
        NOTHING if client.asked is None else coins.exact(client.asked),
        NOTHING if client.total is None else coins.exact(client.total),
        coins.exact(client.price),
        *((coins.exact(client.pay), client.rounds, coins.exact(client.earned)) if trains else [NOTHING] * 3),
    ]
    glyph = tag("span", "✓ trains" if trains else f"{NOTHING} {client.fate}", class_="good" if trains else None)
    return [client.id, client.edge, *amounts, join([glyph, ": ", client.why])]
