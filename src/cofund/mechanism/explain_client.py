"""Why a client trains or not, and who set its price (mechanism.md, 2 and 5.1)."""

from collections.abc import Callable
from dataclasses import replace

from cofund.market.instance import Instance, parent_positions
from cofund.mechanism.certificate import Key
from cofund.mechanism.cohort import Cohort, choose_cohort
from cofund.mechanism.edge_tree import bounds_above, path_up
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.rules import clear


def price_setter(instance: Instance, cohort: Cohort, edge: int, called: Callable[[int], str] | None = None) -> str:
    """Who set the price at the edge in this position: the cheapest loser who could step in, or the ceiling.

    ``called`` gives the name of the client in a position, if ``instance`` holds no clients.
    """
    loser = _bound(instance, cohort, edge)
    if loser is None:
        return "the ceiling: no loser could step in"
    name = called(loser.position) if called else instance.clients[loser.position].id
    if loser == cohort.cutoff:
        return f"{name}, left out though its edge has room"
    *_, full = (node for node in path_up(parent_positions(instance.edges), edge) if cohort.edge_cutoffs[node] == loser)
    return f"{name}, left out of {'this full edge' if full == edge else f'the full {instance.edges[full].id}'}"


def client_lines(instance: Instance, outcome: Outcome, position: int) -> list[str]:
    """The offer, the price and what another offer would have earned."""
    client = instance.clients[position]
    edge, total = instance.offers()[position]
    cohort = choose_cohort(instance)
    lines = [f"{client.id} asks {client.cost:,} a round; with {_fees(instance, edge)} that is {total:,}."]
    if position in cohort.winners:
        setter = price_setter(instance, cohort, edge)
        lines.append(f"The price at {client.edge} is {cohort.prices[edge]:,} a client-round, set by {setter}.")
        return [*lines, _paid(instance, outcome, position), _other_offers(instance, outcome, position, cohort)]
    return [*lines, _why_left_out(instance, cohort, edge, total), _what_it_took(instance, position)]


def _fees(instance: Instance, edge: int) -> str:
    """The fees on the way to the cloud."""
    path = [instance.edges[node] for node in path_up(parent_positions(instance.edges), edge)]
    fees = " + ".join(f"{node.fee:,}" for node in path)
    return f"the fee{'s' if len(path) > 1 else ''} {fees} of {', '.join(node.id for node in path)}"


def _paid(instance: Instance, outcome: Outcome, position: int) -> str:
    client = instance.clients[position]
    winner = next(winner for winner in outcome.winners if winner.id == client.id)
    total = outcome.pay_of(client.id)
    line = f"It is paid {winner.pay_per_round:,} a round after the fee; {outcome.rounds} rounds"
    full = winner.pay_per_round * outcome.rounds
    if total == full:
        return f"{line}: {total:,}."
    return f"{line} would be {full:,}, less {full - total:,} where a round's slack is below its margin: {total:,}."


def _other_offers(instance: Instance, outcome: Outcome, position: int, cohort: Cohort) -> str:
    highest = _highest_winning(instance, cohort, position)
    profits = [_profit(instance, outcome.rule, position, ask) for ask in (0, highest, highest + 1)]
    honest = _profit(instance, outcome.rule, position, instance.clients[position].cost)
    return (
        f"Its profit is {honest:,}. Had it asked 0: {profits[0]:,}; {highest:,}, the most that still wins: "
        f"{profits[1]:,}; one unit more: {profits[2]:,}."
    )


def _why_left_out(instance: Instance, cohort: Cohort, edge: int, total: int) -> str:
    ceiling = instance.ceilings()[edge]
    if total > ceiling:
        return f"It does not train: {total:,} is above the ceiling {ceiling:,}."
    for node in path_up(parent_positions(instance.edges), edge):
        place = instance.edges[node]
        if cohort.counts[node] == place.capacity:
            rivals = f"{place.capacity} cheaper or equally cheap earlier offers"
            return f"It does not train: {place.id} is full with {rivals}."
    return f"It does not train: the {instance.cohort} places of the cohort went to cheaper or equally cheap offers."


def _what_it_took(instance: Instance, position: int) -> str:
    """The critical value of a loser, found by letting it ask nothing."""
    free = _asking(instance, position, 0)
    cohort = choose_cohort(free)
    if position not in cohort.winners:
        return "Not even an offer of 0 would have won a place."
    edge, _ = free.offers()[position]
    pay = cohort.prices[edge] - free.path_fees()[edge]
    highest = _highest_winning(free, cohort, position)
    cost = instance.clients[position].cost
    return (
        f"To train it had to ask at most {highest:,}, for a pay of {pay:,} a round: {cost - pay:,} below what it asks."
    )


def _highest_winning(instance: Instance, cohort: Cohort, position: int) -> int:
    """The most that a winner can ask and still win: losers set it, not the winner's own offer."""
    edge, _ = instance.offers()[position]
    lost, highest = _bound(instance, cohort, edge), instance.ceilings()[edge]
    if lost is not None:
        highest = min(highest, lost.amount - (position > lost.position))
    return highest - instance.path_fees()[edge]


def _bound(instance: Instance, cohort: Cohort, edge: int) -> Key | None:
    """The cheapest loser who could take a place at the edge."""
    return bounds_above(parent_positions(instance.edges), cohort.cutoff, cohort.edge_cutoffs)[edge]


def _asking(instance: Instance, position: int, cost: int) -> Instance:
    clients = list(instance.clients)
    clients[position] = replace(clients[position], cost=cost)
    return replace(instance, clients=tuple(clients))


def _profit(instance: Instance, rule: str, position: int, ask: int) -> int:
    """Pay minus the cost that the client states in ``instance``, if it asks ``ask`` instead."""
    client = instance.clients[position]
    outcome = clear(_asking(instance, position, ask), rule)
    trains = any(winner.id == client.id for winner in outcome.winners)
    return outcome.pay_of(client.id) - client.cost * outcome.rounds * trains
