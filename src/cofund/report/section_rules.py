"""The rules that were public before anybody bid, and the seals."""

from collections.abc import Iterator
from typing import Any

from cofund.market.term_forms import goal_words
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
                f"Clients sell training by the round. The {market.cohort} cheapest offers train, fees included, no "
                "edge over its capacity. All clients at an edge get the same price, set by the cheapest offer that was "
                "left out, never by their own: asking more than the true cost can only lose the place."
            ),
            _owners_rule(found)
            if found.reading.outcome.rule == "vcg"
            else (
                f"Owners buy rounds. The first {_goal(found)} are sold together, all or nothing. Every further round "
                "is bought by the largest group in which everybody's value covers its share of the cost; shares are in "
                "proportion to the public weights. Who stops paying after a round keeps the model of that round."
            ),
            (
                "Bids, and each edge operator's book of its clients' offers, are sealed until all are in. Who does not "
                "open a seal forfeits a bond to the owners. A client that does not deliver a round is not paid for it, "
                "and that money goes back to those who paid for it."
            )
            if not found.reading.sealed
            else (
                "Bids are sealed until all are in; who does not open one forfeits a bond to the owners. Each edge's "
                "book of its clients' offers stays sealed: the contract sees two costs of it without names, and nobody "
                "else any. It is opened only if it is called absent, and loses its bond if it is not opened then. A "
                "client that does not deliver a round is not paid for it, and that money goes back."
            ),
        ]
    )
    yield pairs(_terms(found))
    steps = ", ".join(f"{step:,}" for step in market.quality)
    yield fold("Quality that each round adds, in parts of a billion", paragraph(steps))
    yield table(
        f"Edges: capacity, posted fee and highest price, {coins.unit} per client-round",
        ["Edge", "Below", "Capacity", "Fee", "Ceiling"],
        [
            [named(edge.id, edge.name), edge.parent or NOTHING, edge.capacity, coins.exact(edge.fee), coins.exact(most)]
            for edge, most in zip(found.edges, market.ceilings(), strict=True)
        ],
        numbers=(2, 3, 4),
    )


def seals(found: Findings) -> Iterator[Html]:
    """Every commitment and what it hid, or that it was never opened."""
    record, coins = found.reading.record, found.reading.currency
    opening = {"owner"} if found.reading.sealed else {"owner", "book"}
    closed = [seal["id"] for seal in record["openings"] if seal["salt"] is None and seal["role"] in opening]
    bids = sum(seal["role"] == "owner" for seal in record["openings"])
    books = [seal["clients"] for seal in record["openings"] if seal["role"] == "book"]
    never = f"Never opened: {listed(closed)}." if closed else "All of them were opened."
    if found.reading.sealed:
        shown = sum(seal["role"] == "book" and seal["salt"] is not None for seal in record["openings"])
        never = (
            f"{'Bids: ' + never if closed else 'All bids were opened.'} Books stay sealed; {shown} had to be opened."
        )
    sealed = f"{many(bids, 'bid')} and {many(len(books), 'book')} of {many(sum(books), 'offer')} were sealed"
    yield paragraph(f"{sealed}. {never}")
    yield paragraph(
        "A seal is a hash of chain, campaign, account, what is sealed and a random salt: it shows nothing and fits "
        "nothing else. Owners locked an escrow that is public, rounded up so that it says little about the bid."
    )
    yield fold(
        f"All {len(record['openings'])} seals",
        table(
            f"Seals in commit order; amounts in {coins.unit}",
            ["Id", "Of", "Escrow", "Opened", "Seal", "Salt"],
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
        ("Time to veto", _vetoes(phases)),
        ("Time to sign", f"{_days(phases['delivery_window_s'])} for deliveries"),
        ("Cohort", f"{market.cohort} clients a round, at least {market.min_cohort}"),
        ("Goal", f"{_goal(found)} of at most {len(market.quality)} rounds"),
        ("Price ceiling", f"{coins.named(market.ceiling)} per client-round, fees included"),
        ("Coordinator's fee", f"{coins.named(market.coordinator_fee)} a round"),
        ("Owners", "only those listed" if terms["market"]["listed_owners"] else "whoever seals a bid"),
        ("Sponsor", _sponsor(terms["market"])),
        ("Bonds", _bonds(found, bonds)),
        (
            "May be missing",
            f"{terms['market']['tolerance'] / 10**7:g} % of an edge's client-rounds, else its book pays",
        ),
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


def _goal(found: Findings) -> str:
    return goal_words(found.reading.terms["market"]["goal"])


def _sponsor(market: dict[str, Any]) -> str:
    if market["rule"] == "vcg":
        return "pays whatever the owners do not"
    return f"pays {market['match'] / 10**7:g} % of every round" if market["match"] else "none"


def _bonds(found: Findings, bonds: dict[str, str]) -> str:
    return ", ".join(
        f"{role} {found.reading.currency.exact(int(amount))}{' a client' * (role == 'book')}"
        for role, amount in bonds.items()
    )


def _vetoes(phases: dict[str, Any]) -> str:
    if not phases["veto_window_s"]:
        return "none"
    open_at_once = many(phases["unaccepted"], "recorded round")
    return f"{_days(phases['veto_window_s'])} after each record, for most of the charges; {open_at_once} at a time"


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
    amount = many(seal["clients"], "offer") if seal["amount"] is None else coins.exact(int(seal["amount"]))
    never = "stays sealed" if seal["role"] == "book" and found.reading.sealed else tag("span", "✗ never", class_="bad")
    opened = never if seal["salt"] is None else amount
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
