"""Why an owner gets its level and pays its charge (mechanism.md, 3)."""

from itertools import groupby

from cofund.market.instance import Instance
from cofund.mechanism.charges import Purchase
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.rules import charge
from cofund.mechanism.vcg import efficient_slacks
from cofund.units import div_up, value_down


def owner_lines(instance: Instance, outcome: Outcome, position: int) -> list[str]:
    """The bid, each block bought with its arithmetic, the block not bought, and the sum."""
    owner, result = instance.owners[position], outcome.owners[position]
    cohort = choose_cohort(instance)
    lines = [f"{owner.id} bids {owner.bid:,} for the finished model; its weight is {owner.weight}."]
    if outcome.rule == "vcg":
        lines += _pivots(instance, outcome, position)
    else:
        lines += _blocks(instance, charge(instance, cohort, outcome.rule).purchases, position)
    if result.level == 0:
        return [*lines, "It gets no model and pays nothing."]
    worth = value_down(owner.bid, sum(instance.quality[: result.level]))
    return [*lines, f"It gets the model of round {result.level}, worth {worth:,} to it, for {result.charge:,}."]


def _blocks(instance: Instance, purchases: tuple[Purchase, ...], position: int) -> list[str]:
    bought = [purchase for purchase in purchases if position in purchase.buyers]
    lines = []
    for _, alike in groupby(bought, key=lambda purchase: (purchase.rounds, purchase.cost, purchase.buyers)):
        lines.append(_bought(instance, list(alike), position))
    refused = next((purchase for purchase in purchases if position not in purchase.buyers), None)
    if refused is not None:
        lines.append(_not_bought(instance, refused, position))
    return lines


def _bought(instance: Instance, alike: list[Purchase], position: int) -> str:
    """One line for consecutive blocks with the same cost and the same buyers."""
    first, last = alike[0], alike[-1]
    owner = instance.owners[position]
    total = sum(instance.owners[at].weight for at in first.buyers)
    share = div_up(owner.weight * first.cost, total)
    worth = f"{value_down(owner.bid, first.quality):,}"
    if len(alike) > 1:
        worth += f" down to {value_down(owner.bid, last.quality):,}"
    each = "each " if len(alike) > 1 else ""
    return (
        f"{_span(first.first_round, last.first_round + last.rounds - 1)}: {each}worth {worth} to it; bought with "
        f"{_many(len(first.buyers) - 1, 'other')}; share ceil({owner.weight} * {first.cost:,} / {total}) = {share:,}."
    )


def _not_bought(instance: Instance, refused: Purchase, position: int) -> str:
    """Joining those who buy would cost the owner more than the block is worth to it."""
    owner = instance.owners[position]
    total = owner.weight + sum(instance.owners[at].weight for at in refused.buyers)
    share = div_up(owner.weight * refused.cost, total)
    company = _many(len(refused.buyers), "buyer") if refused.buyers else "nobody else"
    return (
        f"{_span(refused.first_round, refused.first_round + refused.rounds - 1)}: not bought; worth "
        f"{value_down(owner.bid, refused.quality):,} to it, but its share with {company} would be "
        f"ceil({owner.weight} * {refused.cost:,} / {total}) = {share:,}."
    )


def _pivots(instance: Instance, outcome: Outcome, position: int) -> list[str]:
    """Under ``vcg`` an owner pays only in rounds that the others' bids do not carry."""
    cohort = choose_cohort(instance)
    cost, bid = cohort.true_round_cost, instance.owners[position].bid
    slacks = efficient_slacks(instance, cohort)[: outcome.rounds]
    pivotal = []
    for number, (step, slack) in enumerate(zip(instance.quality, slacks, strict=False), start=1):
        worth = value_down(bid, step)
        if worth > slack:
            pivotal.append(
                f"Round {number}: the others' values come to {cost + slack - worth:,} of the cost {cost:,}; "
                f"it pays the missing {worth - slack:,} of the {worth:,} that the round is worth to it."
            )
    free = outcome.rounds - len(pivotal)
    return [*pivotal, f"In {_many(free, 'round')} the others' values reach the cost without it: it pays nothing."]


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _span(first: int, last: int) -> str:
    return f"Round {first}" if first == last else f"Rounds {first} to {last}"
