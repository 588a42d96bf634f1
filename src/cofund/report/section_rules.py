"""The rules that were public before anybody bid, and the seals."""

from collections.abc import Iterator
from typing import Any

from cofund.report.markup import Content, Html, bullets, code, fold, named, pairs, paragraph, table, tag
from cofund.report.verdict import Findings
from cofund.report.words import MINUS, NOTHING, TIMES, listed, many, stamp

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
            _owners_rule(found)
            if found.reading.outcome.rule == "vcg"
            else (
                f"Owners buy rounds. The first {market.goal} are sold together, all or nothing. Every further round is "
                "bought by the largest group in which everybody's value covers its share of the cost; shares are in "
                "proportion to the public weights. Who stops paying after a round keeps the model of that round."
            ),
            (
                "Bids and offers are sealed until all are in. Who does not open a seal forfeits a bond. A client that "
                "does not deliver a round is not paid for it, and that money goes back to those who paid."
            ),
        ]
    )
    yield pairs(_terms(found))
    steps = ", ".join(f"{step:,}" for step in market.quality)
    yield fold("Quality that each round adds, in parts of a billion", paragraph(steps))
    yield table(
        f"Edges: capacity and posted fee, {coins.unit} per client-round",
        ["Edge", "Capacity", "Fee"],
        [[named(edge.id, edge.name), edge.capacity, coins.exact(edge.fee)] for edge in found.edges],
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


def _terms(found: Findings) -> list[tuple[Content, Content]]:
    reading, terms, coins = found.reading, found.reading.terms, found.reading.currency
    market, phases, bonds, training = reading.instance, terms["phases"], terms["bonds"], terms["training"]
    return [
        ("Bids close", f"{stamp(phases['commit_end'])} UTC"),
        ("Seals open until", f"{stamp(phases['reveal_end'])} UTC"),
        ("Settled until", f"{stamp(phases['settle_end'])} UTC"),
        ("Time for a round", _days(phases["round_limit_s"])),
        ("Time to veto", f"{_days(phases['veto_window_s'])} after each record, for most of the charges"),
        ("Time to sign", f"{_days(phases['delivery_window_s'])} for deliveries"),
        ("Cohort", f"{market.cohort} clients a round, at least {market.min_cohort}"),
        ("Goal", f"{market.goal} of at most {len(market.quality)} rounds"),
        ("Price ceiling", f"{coins.named(market.ceiling)} per client-round, fee included"),
        ("Coordinator's fee", f"{coins.named(market.coordinator_fee)} a round"),
        ("Sponsor", _sponsor(terms["market"])),
        ("Bonds", _bonds(found, bonds)),
        ("Rounds a client may miss", f"{terms['market']['tolerance']}, else its bond is lost"),
        ("Smallest step", f"{coins.named(int(terms['token']['tick']))} (offers and fees)"),
        ("Quality curve", _curve(terms["rehearsal"])),
        ("Training", _training(training)),
    ]


def _owners_rule(found: Findings) -> str:
    return (
        "A round runs if it is worth more to all owners together than its clients ask. Each owner pays what the round "
        f"would lack without it, and nothing if it lacks nothing. A sponsor pays the rest of up to "
        f"{len(found.reading.instance.quality)} rounds."
    )


def _sponsor(market: dict[str, Any]) -> str:
    if market["rule"] == "vcg":
        return "pays whatever the owners do not"
    return f"pays {market['match'] / 10**7:g} % of every round" if market["match"] else "none"


def _bonds(found: Findings, bonds: dict[str, str]) -> str:
    return ", ".join(f"{role} {found.reading.currency.exact(int(amount))}" for role, amount in bonds.items())


def _curve(rehearsal: dict[str, Any] | None) -> str:
    if rehearsal is None:
        return "as listed above; the terms name no rehearsal"
    return f"1 {MINUS} e^({MINUS}{rehearsal['rate']} {TIMES} round), scaled to 1; from a rehearsal"


def _training(training: dict[str, Any] | None) -> str:
    if training is None:
        return "not described in the terms"
    return (
        f"{training['task']}: {training['edge_rounds']} edge rounds of {training['local_steps']} local steps a round, "
        f"batch {training['batch']}, learning rate {training['learning_rate']}, seed {training['seed']}"
    )


def _seal(found: Findings, seal: dict[str, Any]) -> list[Content]:
    coins = found.reading.currency
    escrow = NOTHING if seal["escrow"] is None else coins.exact(int(seal["escrow"]))
    opened = tag("span", "✗ never", class_="bad") if seal["amount"] is None else coins.exact(int(seal["amount"]))
    return [
        seal["id"],
        seal["role"],
        escrow,
        opened,
        code(seal["commitment"] or NOTHING),
        code(seal["salt"] or NOTHING),
    ]


def _days(seconds: int) -> str:
    days, rest = divmod(seconds, DAY_S)
    return many(days, "day") if not rest else f"{seconds:,} seconds"
