"""Why this goal: two sentences for whoever has to decide."""

from cofund.mechanism.planning.goal_table import TablePlan
from cofund.mechanism.planning.market_plan import MarketPlan


def reason(plan: MarketPlan) -> tuple[str, str]:
    """What the goal does and reaches; what speaks against the goal that is best if the prior is right."""
    return _what_it_reaches(plan), _why_not_another(plan)


def table_reason(plan: MarketPlan, table: TablePlan) -> str:
    """What a goal table reaches instead of the goal, on markets that neither was chosen for."""
    said = (
        f"{_percent(share)} instead of {_percent(before)} if values are "
        + ("as expected" if scale == 1 else scale_words(scale))
        for scale, share, before in zip(plan.scales, table.shares, table.instead_of, strict=True)
    )
    return f"A goal that depends on how many buy would create {', '.join(said)}. In the terms, if every owner weighs 1:"


def scale_words(scale: float) -> str:
    """A scale as an owner would say it."""
    return {0.5: "half", 1.0: "just", 2.0: "twice"}.get(scale, f"{scale:.3g} times") + " as high"


def _what_it_reaches(plan: MarketPlan) -> str:
    goal, middle = plan.suggested.choice.goal, len(plan.scales) // 2
    if plan.suggested.first_best[middle] <= 0:
        return "No round is expected to be worth its cost to all owners together: expect not to be funded."
    share = _percent(plan.share(goal, middle))
    if goal == 1:
        return (
            f"Every round is sold by itself (goal 1), which is expected to create {share} of the best possible welfare."
        )
    return (
        f"The first {goal} rounds are sold together or not at all, later ones one by one, which is expected to create "
        f"{share} of the best possible welfare; with every round sold by itself (goal 1) it would be "
        f"{_percent(plan.share(1, middle))}."
    )


def _why_not_another(plan: MarketPlan) -> str:
    goal, trusting, middle = plan.suggested.choice.goal, plan.suggested.choice.trusting, len(plan.scales) // 2
    if len(plan.scales) == 1:
        return "No goal is better if the owners' values are as expected, and no goal was ruled out."
    if goal == trusting:
        low, high = _percent(plan.share(goal, 0)), _percent(plan.share(goal, 2))
        return (
            f"No goal is better if the owners' values are as expected; if they are {scale_words(plan.scales[0])} it "
            f"creates {low}, if {scale_words(plan.scales[2])} {high}."
        )
    worse = min((0, 2), key=lambda scale: plan.share(trusting, scale) - plan.share(goal, scale))
    return (
        f"Goal {trusting} would create {_percent(plan.share(trusting, middle))} if the owners' values are as expected, "
        f"but {_percent(plan.share(trusting, worse))} if they are {scale_words(plan.scales[worse])}, where this "
        f"goal creates {_percent(plan.share(goal, worse))} and goal 1 {_percent(plan.share(1, worse))}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
