"""What rounds done have earned of an owner's charge when training ends early (protocol.md, "Halting")."""

from collections.abc import Sequence

from cofund.units import div_down, div_up, value_down


def share_up(weight: int, size: int, round_cost: int, total_weight: int) -> int:
    """One buyer's share of a block of ``size`` rounds: ``ceil(weight * size * round_cost / total_weight)``."""
    return div_up(weight * size * round_cost, total_weight)


def shares_earned(
    weights: Sequence[int], levels: Sequence[int], goal: int, round_cost: int, rounds_done: int
) -> list[int]:
    """Under ``serial``: base units of each owner's charge that ``rounds_done`` rounds have earned.

    Round r was bought by exactly the owners whose level is at least r, so the shares follow from the levels. Inside
    the goal the goal's share counts pro rata, rounded down: marginal quality never rises, so this stays at or below
    the value of the rounds delivered (invariant I-5).

    Args:
        weights: public size weights, shape (owners,).
        levels: rounds bought, shape (owners,).
        goal: rounds sold together.
        round_cost: base units per round, less the sponsor's match.
        rounds_done: rounds recorded.

    Returns:
        Base units, exact, shape (owners,).
    """
    amounts = [0] * len(weights)
    buyers = [i for i, level in enumerate(levels) if level > 0]
    if rounds_done == 0 or not buyers:
        return amounts
    total = sum(weights[i] for i in buyers)
    for i in buyers:
        goal_share = share_up(weights[i], goal, round_cost, total)
        amounts[i] = div_down(goal_share * min(rounds_done, goal), goal)
    for r in range(goal + 1, rounds_done + 1):
        buyers = [i for i in buyers if levels[i] >= r]
        total = sum(weights[i] for i in buyers)
        for i in buyers:
            amounts[i] += share_up(weights[i], 1, round_cost, total)
    return amounts


def pivots_earned(
    bids: Sequence[int], levels: Sequence[int], quality: Sequence[int], slacks: Sequence[int], rounds_done: int
) -> list[int]:
    """Under ``vcg``: the pivots of the rounds done, ``sum over r of max(0, value of r to the owner - slack of r)``.

    Args:
        bids: base units for full quality, shape (owners,).
        levels: rounds bought, shape (owners,).
        quality: what each round adds, parts of ONE.
        slacks: value less true cost of the rounds that run, base units.
        rounds_done: rounds recorded.

    Returns:
        Base units, exact, shape (owners,).
    """
    return [
        sum(max(0, value_down(bid, quality[r]) - slacks[r]) for r in range(min(level, rounds_done)))
        for bid, level in zip(bids, levels, strict=True)
    ]
