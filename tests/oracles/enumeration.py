"""The mechanism by brute force, straight from the definitions: every subset of clients, every subset of owners.

Takes a ``cofund.instance/1`` document and gives a ``cofund.outcome/1`` document without ``reason``. It knows nothing of
cutoffs deciding winners, of price formulas or of dropping owners, and shares no code with the library.
"""

from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations
from math import ceil, floor
from typing import Any

Document = dict[str, Any]

ONE = 10**9


def solve(document: Document, rule: str) -> Document:
    market = _numbers(document)
    market["winners"] = _cheapest_set(market, range(len(market["clients"])), market["cohort"])
    _price(market)
    enough = len(market["winners"]) >= market["min_cohort"]
    result = _settle(market, rule) if enough else _nothing(market)
    return _document(market, rule, result, enough)


def _numbers(document: Document) -> Document:
    fee = {edge["id"]: int(edge["fee"]) for edge in document["edges"]}
    return {
        **document,
        "ceiling": int(document["ceiling"]),
        "coordinator_fee": int(document["coordinator_fee"]),
        "fee": fee,
        "capacity": {edge["id"]: edge["capacity"] for edge in document["edges"]},
        "bids": [int(owner["bid"]) for owner in document["owners"]],
        "weights": [owner["weight"] for owner in document["owners"]],
        "totals": [int(client["cost"]) + fee[client["edge"]] for client in document["clients"]],
        "at": [client["edge"] for client in document["clients"]],
    }


# ---------------------------------------------------------------- clients


def _feasible(market: Document, chosen: Iterable[int]) -> bool:
    """Eligible clients only, and no edge over its capacity."""
    if any(market["totals"][j] > market["ceiling"] for j in chosen):
        return False
    return all(sum(market["at"][j] == e for j in chosen) <= k for e, k in market["capacity"].items())


def _cheapest_set(market: Document, among: range, size: int) -> tuple[int, ...]:
    """The feasible set of ``size`` clients, or as many as fit, of least total cost; ties go to earlier commitments."""
    for count in range(min(size, len(among)), -1, -1):
        sets = [chosen for chosen in combinations(among, count) if _feasible(market, chosen)]
        if sets:
            return min(
                sets, key=lambda chosen: (_cost(market, chosen), sorted((market["totals"][j], j) for j in chosen))
            )
    raise AssertionError("the empty set is feasible")


def _cost(market: Document, chosen: Iterable[int]) -> int:
    return sum(market["totals"][j] for j in chosen)


def _cost_without(market: Document, absent: int) -> int:
    """Least cost of as many clients as the cohort has, without one of them; an outsider may serve at the ceiling."""
    size = len(market["winners"])
    others = [j for j in range(len(market["totals"])) if j != absent]
    costs = []
    for hired in range(size + 1):
        sets = [chosen for chosen in combinations(others, size - hired) if _feasible(market, chosen)]
        costs += [_cost(market, chosen) + hired * market["ceiling"] for chosen in sets]
    return min(costs)


def _price(market: Document) -> None:
    """Clarke payments of the winners, one price per edge with winners; the definition of the price elsewhere."""
    winners, clients = market["winners"], range(len(market["totals"]))
    losers = [j for j in clients if j not in winners and market["totals"][j] <= market["ceiling"]]
    full = {e: sum(market["at"][j] == e for j in winners) == k for e, k in market["capacity"].items()}
    with_room = [market["totals"][j] for j in losers if not full[market["at"][j]]]
    market["cutoff"] = min(with_room, default=None)
    market["edge_cutoffs"], market["prices"] = {}, {}
    for e in market["capacity"]:
        here = [market["totals"][j] for j in losers if market["at"][j] == e]
        market["edge_cutoffs"][e] = min(here, default=None)
        market["prices"][e] = min([market["ceiling"], *with_room, *(here if full[e] else [])])
    market["pivots"] = {j: _cost_without(market, j) - (_cost(market, winners) - market["totals"][j]) for j in winners}
    for j in winners:
        assert market["pivots"][j] == market["prices"][market["at"][j]], "a Clarke payment is not the edge's price"
    market["P"] = sum(market["pivots"].values()) + market["coordinator_fee"]
    market["C"] = _cost(market, winners) + market["coordinator_fee"]


# ---------------------------------------------------------------- owners


def _value(market: Document, i: int, quality: int) -> int:
    return floor(Fraction(market["bids"][i] * quality, ONE))


def _nothing(market: Document) -> Document:
    nobody = [0] * len(market["bids"])
    return {
        "levels": nobody,
        "charges": list(nobody),
        "rounds": 0,
        "pay": dict.fromkeys(market["winners"], 0),
        "sponsor": 0,
    }


def _settle(market: Document, rule: str) -> Document:
    if rule == "vcg":
        return _pivotal(market)
    return _share(market, len(market["quality"]) if rule == "provision" else market["goal"])


def _share(market: Document, goal: int) -> Document:
    matched = floor(Fraction(market["match"] * market["P"], ONE))
    result = _nothing(market)
    buyers = frozenset(range(len(market["bids"])))
    for block in [range(goal), *([r] for r in range(goal, len(market["quality"])))]:
        quality = sum(market["quality"][r] for r in block)
        cost = len(block) * (market["P"] - matched)
        buyers, shares = _largest_stable(market, buyers, quality, cost)
        for i in buyers:
            result["levels"][i] += len(block)
            result["charges"][i] += shares[i]
    result["rounds"] = max(result["levels"], default=0)
    result["pay"] = {j: (market["pivots"][j] - _fee(market, j)) * result["rounds"] for j in market["winners"]}
    result["sponsor"] = matched * result["rounds"]
    return result


def _largest_stable(
    market: Document, among: frozenset[int], quality: int, cost: int
) -> tuple[frozenset[int], dict[int, int]]:
    """The largest of all subsets whose members can pay their shares; every other such subset is part of it."""
    stable = [frozenset()]
    for count in range(1, len(among) + 1):
        stable += [frozenset(s) for s in combinations(sorted(among), count) if _can_pay(market, s, quality, cost)]
    largest = max(stable, key=len)
    assert all(other <= largest for other in stable), "the largest stable set is not unique"
    return largest, _shares(market, largest, cost)


def _shares(market: Document, owners: Iterable[int], cost: int) -> dict[int, int]:
    total = sum(market["weights"][i] for i in owners)
    return {i: ceil(Fraction(market["weights"][i] * cost, total)) for i in owners}


def _can_pay(market: Document, owners: Iterable[int], quality: int, cost: int) -> bool:
    return all(_value(market, i, quality) >= share for i, share in _shares(market, owners, cost).items())


def _pivotal(market: Document) -> Document:
    """Clarke pivots of the decision, round by round, between nothing and the best cohort."""
    result = _nothing(market)
    for quality in market["quality"]:
        worth = [_value(market, i, quality) for i in range(len(market["bids"]))]
        if not worth or sum(worth) < market["C"]:
            break
        welfare = sum(worth) - market["C"]
        result["rounds"] += 1
        for i, own in enumerate(worth):
            result["levels"][i] += 1
            result["charges"][i] += max(0, welfare - own) - (welfare - own)
        for j in market["winners"]:
            dearer = _cost_without(market, j) + market["coordinator_fee"]
            without = max(0, sum(worth) - dearer)
            result["pay"][j] += market["totals"][j] + welfare - without - _fee(market, j)
    costs = sum(result["pay"].values()) + _others_pay(market) * result["rounds"]
    result["sponsor"] = costs - sum(result["charges"])
    return result


def _fee(market: Document, j: int) -> int:
    return market["fee"][market["at"][j]]


def _others_pay(market: Document) -> int:
    return sum(_fee(market, j) for j in market["winners"]) + market["coordinator_fee"]


# ---------------------------------------------------------------- document


def _document(market: Document, rule: str, result: Document, enough: bool) -> Document:
    edges = sum(_fee(market, j) for j in market["winners"]) * result["rounds"]
    coordinator = market["coordinator_fee"] * result["rounds"]
    clients = sum(result["pay"].values())
    owners = sum(result["charges"])
    per_round = [sum(_value(market, i, q) for i in range(len(market["bids"]))) - market["C"] for q in market["quality"]]
    got = sum(_value(market, i, q) for i, level in enumerate(result["levels"]) for q in market["quality"][:level])
    return {
        "schema": "cofund.outcome/1",
        "rule": rule,
        "funded": result["rounds"] > 0,
        "rounds": result["rounds"],
        "cohort": len(market["winners"]),
        "cutoff": _text(market["cutoff"]),
        "edge_cutoffs": {e: _text(amount) for e, amount in market["edge_cutoffs"].items()},
        "prices": {e: str(price) for e, price in market["prices"].items()},
        "round_cost": str(market["P"]),
        "winners": [_winner(market, rule, result, j) for j in sorted(market["winners"])],
        "owners": [
            {"id": owner["id"], "level": level, "charge": str(charge)}
            for owner, level, charge in zip(market["owners"], result["levels"], result["charges"], strict=True)
        ],
        "clients_paid": str(clients),
        "edges_paid": str(edges),
        "coordinator_paid": str(coordinator),
        "owners_paid": str(owners),
        "sponsor_paid": str(result["sponsor"]),
        "surplus": str(owners + result["sponsor"] - clients - edges - coordinator),
        "welfare": str(got - market["C"] * result["rounds"]),
        "first_best": str(sum(max(0, gain) for gain in per_round) if enough and market["bids"] else 0),
    }


def _text(amount: int | None) -> str | None:
    return None if amount is None else str(amount)


def _winner(market: Document, rule: str, result: Document, j: int) -> Document:
    client = market["clients"][j]
    winner = {"id": client["id"], "edge": client["edge"], "pay_per_round": str(market["pivots"][j] - _fee(market, j))}
    return {**winner, "pay": str(result["pay"][j])} if rule == "vcg" else winner
