"""``/metrics``: the state of every campaign in Prometheus' text format (version 0.0.4)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from cofund.web.shown import Shown

if TYPE_CHECKING:
    from cofund.web.board import Board

KINDS: Final[dict[str, tuple[str, Callable[[Shown], int | str | None]]]] = {
    "cofund_deposited_base_units": ("Tokens that came in.", lambda shown: shown.money["deposited"]),
    "cofund_paid_out_base_units": ("Tokens that went out.", lambda shown: shown.money["paid_out"]),
    "cofund_held_base_units": ("Tokens that are still held.", lambda shown: shown.money["held"]),
    "cofund_owners": ("Sealed bids.", lambda shown: shown.counts["owners"]),
    "cofund_offers": ("Offers in sealed books.", lambda shown: shown.counts["offers"]),
    "cofund_rounds_bought": ("Rounds that owners bought.", lambda shown: shown.counts["rounds"]),
    "cofund_rounds_done": ("Rounds recorded.", lambda shown: shown.counts["rounds_done"]),
    "cofund_metric_ratio": (
        "Validation metric of the last recorded round; for graphs only, a float.",
        lambda shown: (
            shown.rounds[-1]["metric"] if shown.rounds and shown.rounds[-1]["metric_ppb"] is not None else None
        ),
    ),
    "cofund_phase_ends_timestamp_seconds": ("When the phase ends by the clock.", lambda shown: shown.campaign.until),
    "cofund_block_timestamp_seconds": ("Time of the last block.", lambda shown: shown.campaign.now),
    "cofund_checks_failing": ("Recomputations that do not hold.", lambda shown: len(shown.problems)),
}
"""Name -> what it says, and its value; None where there is none."""


def metrics(request: Request) -> Response:
    """All campaigns, and whether the node can be read."""
    board: Board = request.app.state.board
    lines = ["# HELP cofund_node_up Whether the node could be read.", "# TYPE cofund_node_up gauge"]
    lines.append(f"cofund_node_up {int(not board.trouble)}")
    campaigns = list(board.snapshots.values())
    for name, (text, value) in KINDS.items():
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
        samples = [(labels(shown), value(shown)) for shown in campaigns]
        lines += [f"{name}{{{where}}} {found}" for where, found in samples if found is not None]
    lines += ["# HELP cofund_phase Phase of the campaign; always 1.", "# TYPE cofund_phase gauge"]
    for shown in campaigns:
        lines.append(f'cofund_phase{{{labels(shown)},phase="{shown.campaign.phase}"}} 1')
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def labels(shown: Shown) -> str:
    """Chain and address; names are free text and stay out."""
    return f'chain="{shown.campaign.place.chain_id}",campaign="{shown.address}"'
