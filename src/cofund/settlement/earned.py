"""What the rounds done have earned of every charge, and what of it was not delivered (protocol.md, "Closing")."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cofund.market.instance import goal_for
from cofund.units import ONE, div_down, div_up, value_down


@dataclass(frozen=True, slots=True)
class Earned:
    """Base units, by owner in the order of the bids.

    Attributes:
        earned: of each charge by the rounds done.
        more: what an early end inside the goal costs beyond that.
        back: of what was not delivered.
        sponsored: what the sponsor pays for the rounds done.
        sponsor_back: of what was not delivered.
    """

    earned: tuple[int, ...]
    more: tuple[int, ...]
    back: tuple[int, ...]
    sponsored: int
    sponsor_back: int

    @property
    def covered(self) -> int:
        """What owners and sponsor pay together for the rounds done at their shares."""
        return sum(self.earned) + self.sponsored


@dataclass(frozen=True, slots=True)
class Bought:
    """One owner's bid and what it bought."""

    bid: int
    weight: int
    level: int
    charge: int


def share_up(weight: int, size: int, round_cost: int, total_weight: int) -> int:
    """One buyer's share of a block of ``size`` rounds: ``ceil(weight * size * round_cost / total_weight)``."""
    return div_up(weight * size * round_cost, total_weight)


def stretches(owners: Sequence[Bought], goals: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The rounds that were sold, in stretches with the same buyers, as (rounds before, last round); first the goal."""
    goal = goal_for(goals, sum(owner.weight for owner in owners if owner.level))
    ends = sorted({goal, *(owner.level for owner in owners if owner.level)})
    return list(zip([0, *ends[:-1]], ends, strict=True))


def serial_earned(
    owners: Sequence[Bought],
    goals: Sequence[tuple[int, int]],
    quality: Sequence[int],
    round_cost: int,
    matched: int,
    undelivered: Sequence[int],
    ended_by: Collection[int],
) -> Earned:
    """Under ``serial``.

    Who bought round r are exactly those whose level is at least r, so shares follow from levels. Inside the goal a
    share counts pro rata, rounded down: quality falls, so that is never more than the rounds done are worth (I-5).

    Args:
        owners: shape (owners,).
        goals: the goal table.
        quality: of every round, parts of ONE.
        round_cost: base units, less the sponsor's match.
        matched: the sponsor's part of a round.
        undelivered: of every round done, what clients and edges would have got for it.
        ended_by: owners who pay for an early end inside the goal, if anything was delivered.
    """
    done, many = len(undelivered), range(len(owners))
    earned, more, back, sponsor_back = [0] * len(owners), [0] * len(owners), [0] * len(owners), 0
    for first, last in stretches(owners, goals):
        rounds = min(done, last) - first
        if rounds <= 0:
            break
        buyers = [i for i in many if owners[i].level > first]
        total = sum(owners[i].weight for i in buyers)
        paid = dict.fromkeys(buyers, 0)
        for i in buyers:
            if first:
                paid[i] = rounds * share_up(owners[i].weight, 1, round_cost, total)
                continue
            share = share_up(owners[i].weight, last, round_cost, total)
            paid[i] = div_down(share * rounds, last)
            if rounds < last and i in ended_by:
                more[i] = max(paid[i], min(share, value_down(owners[i].bid, sum(quality[:done])))) - paid[i]
        lost, collected = sum(undelivered[first : first + rounds]), sum(paid.values()) + matched * rounds
        for i, amount in paid.items():
            earned[i] += amount
            back[i] += div_down(lost * amount, collected) if collected else 0
        sponsor_back += div_down(lost * matched * rounds, collected) if collected else 0
    return Earned(tuple(earned), tuple(more), tuple(back), matched * done, sponsor_back)


def pivots_earned(
    owners: Sequence[Bought],
    quality: Sequence[int],
    slacks: Sequence[int],
    round_cost: int,
    undelivered: Sequence[int],
) -> Earned:
    """Under ``vcg``: the pivots of the rounds done, ``sum over r of max(0, value of r to the owner - slack of r)``.

    Everybody who bought rounds bought all of them, so what was not delivered goes back by what each paid.

    Args:
        owners: shape (owners,).
        quality: of every round, parts of ONE.
        slacks: value less true cost of the rounds that run, base units.
        round_cost: base units.
        undelivered: of every round done.
    """
    pivots = [
        [max(0, value_down(owner.bid, quality[r]) - slacks[r]) for r in range(len(undelivered))] if owner.level else []
        for owner in owners
    ]
    earned = tuple(map(sum, pivots))
    due, lost = round_cost * len(undelivered), sum(undelivered)
    back = tuple(div_down(lost * amount, due) if due else 0 for amount in earned)
    sponsored = due - sum(earned)
    return Earned(earned, (0,) * len(owners), back, sponsored, sum(undelivered) - sum(back))


__all__ = ["ONE", "Bought", "Earned", "pivots_earned", "serial_earned", "share_up", "stretches"]
