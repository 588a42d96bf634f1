"""What nobody can change about a campaign once it is created, in words and whole tokens."""

from typing import Any

from cofund.campaign.publication import terms_of
from cofund.campaign.unusual_terms import duration
from cofund.market.term_forms import goal_words
from cofund.money import Currency
from cofund.report.words import many


def immutable_lines(document: dict[str, Any]) -> list[str]:
    """A line for every part of the terms."""
    coins = Currency(document["token"]["unit"], document["token"]["decimals"])
    return ["what nobody can change later:", *(f"  {name:<11} {text}" for name, text in _parts(document, coins))]


def _parts(document: dict[str, Any], coins: Currency) -> list[tuple[str, str]]:
    phases, market, bonds, token = (document[name] for name in ("phases", "market", "bonds", "token"))
    windows = [duration(phases[name]) for name in ("round_limit_s", "veto_window_s", "delivery_window_s")]
    amounts = [f"{name} {coins.named(int(bonds[name]))}" for name in ("owner", "book", "edge", "coordinator")]
    return [
        ("token", f"{token['address']}  {token['unit'] or 'without a symbol'}, {many(token['decimals'], 'decimal')}"),
        ("phases", f"sealed until {phases['commit_end']}, opened until {phases['reveal_end']},"),
        ("", f"settled until {phases['settle_end']}"),
        ("rounds", f"{len(document['quality'])} on offer; sold only together, the first {goal_words(market['goal'])}"),
        ("windows", f"{windows[0]} a round, {windows[1]} to veto it, {windows[2]} for deliveries"),
        ("clients", f"{market['cohort']}, at least {market['min_cohort']}"),
        ("", f"for client-rounds that are missing beyond {_percent(market['tolerance'])} % an edge's book pays"),
        ("price", f"at most {coins.named(int(market['ceiling']))} a client-round, edge fees included"),
        *([("books", _sealed(document["sealed"], coins))] if document["sealed"]["books"] else []),
        ("coordinator", f"{document['coordinator']}  {coins.named(int(market['coordinator_fee']))} a round"),
        ("bonds", ", ".join(amounts)),
        ("owners", _owners(document)),
        *([("sponsor", _sponsor(document, coins))] if market["sponsor"] else []),
        *(("edge", _edge(edge, coins)) for edge in document["edges"]),
    ]


def _percent(part: int) -> str:
    whole, rest = divmod(part, 10**7)
    return f"{whole}.{rest:07}".rstrip("0").rstrip(".")


def _sealed(sealed: dict[str, Any], coins: Currency) -> str:
    window, stake = duration(sealed["absence_window_s"]), coins.named(int(sealed["stake"]))
    return f"stay sealed; one that is called absent can be opened for {window}, against a stake of {stake}"


def _owners(document: dict[str, Any]) -> str:
    named = ", ".join(f"{owner['id']} (weight {owner['weight']})" for owner in document["owners"])
    return f"only {named}" if document["market"]["listed_owners"] else "anybody may bid, everybody weighs the same"


def _sponsor(document: dict[str, Any], coins: Currency) -> str:
    market = document["market"]
    part = "whatever the owners do not" if market["rule"] == "vcg" else f"{_percent(market['match'])} % of every round"
    most = coins.named(terms_of(document).sponsorship)
    return f"{market['sponsor']}  pays {part}, at most {most} in all"


def _edge(edge: dict[str, Any], coins: Currency) -> str:
    below = "" if edge["parent"] is None else f", below {edge['parent']}"
    fee, price = coins.named(int(edge["fee"])), coins.named(int(edge["ceiling"]))
    places = f"{many(edge['capacity'], 'place')} at {fee} a client-round, price at most {price}"
    return f"{edge['id']}  {edge['operator']}{below}, {places}"
