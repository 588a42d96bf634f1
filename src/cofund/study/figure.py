"""How every figure looks, and how it is saved: the same bytes on every run.

Four colours that colour-blind readers can tell apart, and beside each colour its own marker and line, so that a figure
can be read in black and white. Matplotlib comes with the extra ``study``; only this module imports it, when it draws.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.errors import InputError
from cofund.study.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*", "p", "h")
LINES: Final = ("-", "--", ":")

_LOOK: Final[Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "svg.hashsalt": "cofund",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}
_DATES: Final[dict[str, dict[str, Any]]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None, "ModDate": None}}


def require_matplotlib() -> None:
    """Refuse before the work, not after it.

    Raises:
        InputError: if matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise InputError("", "figure", "needs matplotlib: pip install 'cofund[study]', or use --no-figure")


def save(result: Result, stem: Path) -> list[Path]:
    """Draw the figure and write ``stem.svg`` and ``stem.pdf``; dates are left out, so a repetition is identical."""
    from matplotlib import rc_context  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    paths = []
    with rc_context(_LOOK):
        figure = Figure(figsize=result.inches, layout="constrained")
        result.draw(figure)
        for kind, metadata in _DATES.items():
            path = stem.with_suffix(f".{kind}")
            figure.savefig(path, format=kind, metadata=metadata)
            paths.append(path)
    return paths


def style(number: int) -> dict[str, Any]:
    """Colour, marker and line of the line with this number."""
    return {
        "color": COLOURS[number % len(COLOURS)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": LINES[number // len(COLOURS) % len(LINES)],
    }


def lines(
    axes: "Axes", across: Sequence[float], heights: Mapping[str, Sequence[float]], across_label: str, *, every: int = 1
) -> None:
    """One line per name, styled by its position, with a marker at ``every`` point, not at the same ones."""
    for number, (name, line) in enumerate(heights.items()):
        axes.plot(across, line, label=name, markevery=(number * every // len(heights), every), **style(number))
    axes.set_xlabel(across_label)
