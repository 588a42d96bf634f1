"""The market: rules, seals, cohort and prices, and what the owners bought."""

from collections.abc import Iterator
from typing import Any

from cofund.mechanism.explain import explain
from cofund.report.accuracy import funded_accuracy, owner_accuracy
from cofund.report.clients import ClientRow, Fate
from cofund.report.markup import Content, Html, bullets, code, fold, join, pairs, paragraph, table, tag
from cofund.report.owners import OwnerRow, share_rows
from cofund.report.verdict import Findings, left_out
from cofund.report.words import MINUS, NOTHING, TIMES, listed, many, span

DAY_S = 86_400


def rules(found: Findings) -> Iterator[Html]:
    """The public terms in words and numbers."""
    market, coins = found.reading.instance, found.reading.currency
    yield bullets(
        [
            (
                f"Clients sell training by the round. The {market.cohort} cheapest offers train, edge fee included, no "
                "edge over its capacity. All clients at an edge get the same price, set by the cheapest offer that was "
                "left out, never by their own: asking more than the true cost can only lose the place."
            ),
            (
                f"Owners buy rounds. The first {market.goal} are sold together, all or nothing. Every further round is "
                "bought by the largest group in which everybody's value covers its share of the cost; shares are in "
                "proportion to the public weights. Who stops paying after a round keeps the model of that round."
            ),
            (
                "Bids and offers are sealed until all are in. Who does not open a seal forfeits a bond. A client that "
                "does not deliver a round is not paid for it, and the owners get that money back."
            ),
        ]
    )
    yield pairs(_terms(found))
    steps = ", ".join(f"{step:,}" for step in market.quality)
    yield fold("Quality that each round adds, in parts of a billion", paragraph(steps))
    yield table(
        f"Edges: capacity and posted fee, {coins.unit} per client-round",
        ["Edge", "Capacity", "Fee"],
        [[_named(edge.id, edge.name), edge.capacity, coins.exact(edge.fee)] for edge in found.edges],
        numbers=(1, 2),
    )


def seals(found: Findings) -> Iterator[Html]:
    """Every commitment and what it hid, or that it was never opened."""
    record, coins = found.reading.record, found.reading.currency
    closed = [seal["id"] for seal in record["openings"] if seal["amount"] is None]
    bids = sum(seal["role"] == "owner" for seal in record["openings"])
    offers = len(record["openings"]) - bids
    never = f"Never opened: {listed(closed)}." if closed else "All of them were opened."
    yield paragraph(f"{many(bids, 'bid')} and {many(offers, 'offer')} were sealed. {never}")
    yield paragraph(
        "A seal is a hash of role, chain, campaign, account, amount, edge and a random salt: it shows nothing and fits "
        "no other amount. Owners locked an escrow that is public, rounded up so that it says little about the bid."
    )
    yield fold(
        f"All {len(record['openings'])} seals",
        table(
            f"Seals in commit order; amounts in {coins.unit}",
            ["Id", "Role", "Escrow", "Opened", "Seal", "Salt"],
            [_seal(found, seal) for seal in record["openings"]],
            numbers=(2, 3),
            class_="digests",
        ),
    )


def prices(found: Findings) -> Iterator[Html]:
    """One price per edge and who set it; every client with its arithmetic."""
    coins = found.reading.currency
    yield paragraph(left_out(found))
    yield table(
        f"Price of a client-round at each edge, fee included, {coins.unit}",
        ["Edge", "Train / offers", "Price", "Set by"],
        [
            [_named(edge.id, edge.name), f"{edge.winners} / {edge.offers}", coins.exact(edge.price), edge.setter]
            for edge in found.edges
        ],
        numbers=(1, 2),
        class_="wide",
    )
    yield paragraph(f"A round costs the owners {_round_cost(found)}.")
    yield paragraph(
        "A client trains if its offer with the fee is at most the price; among equal offers the earlier seal wins. "
        f"Pay = price {MINUS} fee; earned = pay {TIMES} rounds delivered."
    )
    yield table(
        f"Clients, {coins.unit}",
        ["Client", "Edge", "Asked", "With fee", "Price", "Pay", "Rounds", "Earned", "Result"],
        [_client(found, client) for client in found.clients],
        numbers=(2, 3, 4, 5, 6, 7),
        class_="wide",
    )


def owners(found: Findings) -> Iterator[Html]:
    """Rounds bought and why no more; each block's shares; the exact derivation."""
    reading, coins = found.reading, found.reading.currency
    yield table(
        f"Owners, {coins.unit}",
        ["Owner", "Weight", "Bid", "Rounds", "Charge", "Came back", "Bond lost", "Paid in the end"],
        [_owner(found, owner) for owner in found.owners],
        numbers=range(1, 8),
    )
    yield tag("h3", "Why")
    yield pairs(((owner.id, owner.why) for owner in found.owners), class_="long")
    if reading.purchases:
        yield _share_table(found)
    if reading.record["gains"]:
        yield _accuracy_table(found)
    bidders = [owner.id for owner in reading.outcome.owners]
    unit = f"Amounts are base units: {10**coins.decimals:,} of them are 1 {coins.unit}."
    derived = (
        tag("div", tag("h3", name), bullets(explain(reading.instance, reading.outcome, name))) for name in bidders
    )
    yield fold("Every number derived, with and without each owner", paragraph(unit), *derived)


def _terms(found: Findings) -> list[tuple[Content, Content]]:
    reading, terms, coins = found.reading, found.reading.terms, found.reading.currency
    market, phases, bonds, training = reading.instance, terms["phases"], terms["bonds"], terms["training"]
    return [
        ("Bids close", _time(phases["commit_end"])),
        ("Seals open until", _time(phases["reveal_end"])),
        ("Settled until", _time(phases["settle_end"])),
        ("Time for a round", _days(phases["round_limit_s"])),
        ("Time to sign", f"{_days(phases['delivery_window_s'])} for deliveries"),
        ("Cohort", f"{market.cohort} clients a round, at least {market.min_cohort}"),
        ("Goal", f"{market.goal} of at most {len(market.quality)} rounds"),
        ("Price ceiling", f"{coins.named(market.ceiling)} per client-round, fee included"),
        ("Coordinator's fee", f"{coins.named(market.coordinator_fee)} a round"),
        ("Bonds", _bonds(found, bonds)),
        ("Smallest step", f"{coins.named(int(terms['token']['tick']))} (offers and fees)"),
        (
            "Quality curve",
            f"1 {MINUS} e^({MINUS}{terms['rehearsal']['rate']} {TIMES} round), scaled to 1; from a rehearsal",
        ),
        ("Training", _training(training)),
    ]


def _bonds(found: Findings, bonds: dict[str, str]) -> str:
    return ", ".join(f"{role} {found.reading.currency.exact(int(amount))}" for role, amount in bonds.items())


def _training(training: dict[str, Any]) -> str:
    return (
        f"{training['task']}: {training['edge_rounds']} edge rounds of {training['local_steps']} local steps a round, "
        f"batch {training['batch']}, learning rate {training['learning_rate']}, seed {training['seed']}"
    )


def _seal(found: Findings, seal: dict[str, Any]) -> list[Content]:
    coins = found.reading.currency
    escrow = NOTHING if seal["escrow"] is None else coins.exact(int(seal["escrow"]))
    opened = tag("span", "✗ never", class_="bad") if seal["amount"] is None else coins.exact(int(seal["amount"]))
    return [seal["id"], seal["role"], escrow, opened, code(seal["commitment"]), code(seal["salt"] or NOTHING)]


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


def _owner(found: Findings, owner: OwnerRow) -> list[Content]:
    coins = found.reading.currency
    return [
        _named(owner.id, owner.name),
        owner.weight,
        NOTHING if owner.bid is None else coins.exact(owner.bid),
        owner.rounds,
        *(coins.full(amount) if amount else NOTHING for amount in (owner.charge, owner.back, owner.forfeited)),
        coins.full(owner.net_paid),
    ]


def _share_table(found: Findings) -> Html:
    """Rows are rounds with the same buyers, columns the owners."""
    coins, names = found.reading.currency, [owner.id for owner in found.reading.outcome.owners]
    rows: list[list[Content]] = []
    for row in share_rows(found.reading):
        each = " each" if row.blocks > 1 else ""
        shares = [coins.full(row.shares[name]) if name in row.shares else NOTHING for name in names]
        unsold = "" if row.shares else ", unsold"
        block = span(row.first_round, row.last_round).capitalize() + unsold
        rows.append([block, f"{coins.exact(row.cost)}{each}", row.weight or NOTHING, *shares])
    charges = [coins.full(owner.charge) for owner in found.reading.outcome.owners]
    return table(
        f"Shares, {coins.unit}: share = cost {TIMES} own weight ÷ weight of all buyers, rounded up to a base unit",
        ["Block", "Cost", "Weights", *names],
        rows,
        numbers=range(1, len(names) + 3),
        total=["Charge", "", "", *charges],
    )


def _accuracy_table(found: Findings) -> Html:
    rows = owner_accuracy(found.reading)
    levels = {owner.id: owner.rounds for owner in found.owners}
    return table(
        "What the model is worth in accuracy, mean over each owner's sites",
        ["Owner", "Sites", "Own data only", "Rule without training", "Funded model", "Of round"],
        [
            [owner, row.sites, str(row.alone), str(row.untrained), *_funded(row.funded, levels.get(owner, 0))]
            for owner, row in rows.items()
        ],
        numbers=range(1, 6),
        total=_all_funded(found),
    )


def _all_funded(found: Findings) -> list[Content] | None:
    """The mean over sites, not over owners."""
    mean = funded_accuracy(found.reading)
    if mean is None:
        return None
    return ["all with a model", mean.sites, str(mean.alone), str(mean.untrained), str(mean.funded), ""]


def _funded(funded: object, level: int) -> tuple[Content, Content]:
    return (NOTHING, NOTHING) if funded is None else (str(funded), level)


def _named(ident: str, name: str) -> Html:
    return join([ident, " ", tag("small", name)])


def _time(iso: str) -> str:
    return iso.replace("T", " ").replace("Z", " UTC")


def _days(seconds: int) -> str:
    days, rest = divmod(seconds, DAY_S)
    return many(days, "day") if not rest else f"{seconds:,} seconds"
