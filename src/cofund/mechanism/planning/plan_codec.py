"""``cofund.plan/1``: a plan as a JSON document. Estimates, so numbers and not decimal strings."""

from typing import Any, Final

from cofund.mechanism.planning.market_plan import CohortPlan, MarketPlan
from cofund.mechanism.planning.reason import reason

SCHEMA: Final = "cofund.plan/1"


def encode_plan(plan: MarketPlan) -> dict[str, Any]:
    """The suggestion, why, every goal of its cohort at every scale, and the other cohorts with their goals."""
    suggested = plan.suggested
    return {
        "schema": SCHEMA,
        "suggested": {
            "cohort": suggested.option.cohort,
            "min_cohort": suggested.option.min_cohort,
            "goal": suggested.choice.goal,
            "rounds": suggested.rounds,
        },
        "goal_table": _table(plan),
        "why": list(reason(plan)),
        "best_if_the_prior_is_right": suggested.choice.trusting,
        "draws": plan.draws,
        "seed": plan.seed,
        "scales": [
            {
                "values_times": round(scale, 6),
                "first_best": round(suggested.first_best[at]),
                "ceiling_of_first_best": None if plan.ceiling is None else round(plan.ceiling[at], 4),
                "goals": [_goal(plan, goal, at) for goal in range(1, len(suggested.option.quality) + 1)],
            }
            for at, scale in enumerate(plan.scales)
        ],
        "cohorts": [_cohort(each) for each in plan.cohorts],
    }


def _table(plan: MarketPlan) -> dict[str, Any] | None:
    """What the terms may have instead of the goal, as they write it."""
    if plan.table is None:
        return None
    return {
        "goal": [{"weight": weight, "rounds": rounds} for weight, rounds in plan.table.entries],
        "of_first_best": [round(share, 4) for share in plan.table.shares],
        "constant_of_first_best": [round(share, 4) for share in plan.table.instead_of],
    }


def _goal(plan: MarketPlan, goal: int, at: int) -> dict[str, Any]:
    expected = plan.suggested.expected[at][goal - 1]
    share = plan.share(goal, at)
    return {
        "goal": goal,
        "funded": round(expected.funded, 4),
        "rounds": round(expected.rounds, 3),
        "charge": round(expected.charge),
        "client_pay": round(expected.client_pay),
        "welfare": round(expected.welfare),
        "of_first_best": round(share, 4),
        "of_ceiling": None if plan.ceiling is None else round(share / plan.ceiling[at], 4),
    }


def _cohort(each: CohortPlan) -> dict[str, Any]:
    middle = each.expected[len(each.expected) // 2][each.choice.goal - 1]
    return {
        "cohort": each.option.cohort,
        "goal": each.choice.goal,
        "rounds_to_offer": each.rounds,
        "enough_clients": round(each.placeable, 4),
        "funded": round(middle.funded, 4),
        "welfare": [round(goals[each.choice.goal - 1].welfare) for goals in each.expected],
    }
