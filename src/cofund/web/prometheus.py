"""``/metrics``: the state of every campaign in Prometheus' text format (version 0.0.4)."""

from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from cofund.web.shown import Shown

if TYPE_CHECKING:
    from cofund.web.board import Board

KINDS: Final = (
    ("cofund_deposited_base_units", "Tokens that came in."),
    ("cofund_paid_out_base_units", "Tokens that went out."),
    ("cofund_held_base_units", "Tokens that are still held."),
    ("cofund_owners", "Sealed bids."),
    ("cofund_offers", "Sealed offers."),
    ("cofund_rounds_bought", "Rounds that owners bought."),
    ("cofund_rounds_done", "Rounds recorded."),
    ("cofund_metric_ratio", "Validation metric of the last recorded round; for graphs only, a float."),
    ("cofund_phase_ends_timestamp_seconds", "When the phase ends by the clock."),
    ("cofund_block_timestamp_seconds", "Time of the last block."),
    ("cofund_checks_failing", "Recomputations that do not hold."),
)


def metrics(request: Request) -> Response:
    """All campaigns, and whether the node can be read."""
    board: Board = request.app.state.board
    lines = ["# HELP cofund_node_up Whether the node could be read.", "# TYPE cofund_node_up gauge"]
    lines.append(f"cofund_node_up {int(not board.trouble)}")
    samples = [(labels(shown), values(shown)) for shown in board.snapshots.values()]
    for name, text in KINDS:
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
        lines += [f"{name}{{{where}}} {found[name]}" for where, found in samples if name in found]
    lines += ["# HELP cofund_phase Phase of the campaign; always 1.", "# TYPE cofund_phase gauge"]
    for shown in board.snapshots.values():
        lines.append(f'cofund_phase{{{labels(shown)},phase="{shown.phase}"}} 1')
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def labels(shown: Shown) -> str:
    """Chain and address; names are free text and stay out."""
    return f'chain="{shown.chain_id}",campaign="{shown.address}"'


def values(shown: Shown) -> dict[str, int | str]:
    """Every number that is known."""
    money, counts = shown.money, shown.counts
    found: dict[str, int | str] = {
        "cofund_deposited_base_units": money["deposited"],
        "cofund_paid_out_base_units": money["paid_out"],
        "cofund_held_base_units": money["held"],
        "cofund_owners": counts["owners"],
        "cofund_offers": counts["offers"],
        "cofund_rounds_bought": counts["rounds"],
        "cofund_rounds_done": counts["rounds_done"],
        "cofund_block_timestamp_seconds": shown.now,
        "cofund_checks_failing": len(shown.problems),
    }
    if shown.rounds and shown.rounds[-1]["metric_ppb"] is not None:
        found["cofund_metric_ratio"] = shown.rounds[-1]["metric"]
    if shown.until is not None:
        found["cofund_phase_ends_timestamp_seconds"] = shown.until
    return found
