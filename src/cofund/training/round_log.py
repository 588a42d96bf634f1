"""What a finished round puts into a log of experiments, and the logs by name: ``tensorboard:DIR``, ``mlflow:WHERE``."""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Final, Protocol

from cofund.errors import InputError
from cofund.training.hierfavg import Round

KINDS: Final = {"tensorboard": "tensorboardX", "mlflow": "mlflow"}
"""Name of a log, which is its module in ``round_logs`` and the extra that it needs -> the package that it imports."""


class RoundLog(Protocol):
    """Somewhere that numbers are written to, round by round."""

    def parameters(self, values: Mapping[str, str]) -> None:
        """What does not change from round to round; called once, before the first of them."""
        ...

    def round(self, number: int, measures: Mapping[str, float], digest: str) -> None:
        """Numbers of a round by name, and the digest of its model in hex."""
        ...

    def close(self) -> None:
        """Nothing more comes; everything is on the disk or with the server."""
        ...


def open_log(where: str, title: str) -> RoundLog:
    """The log that ``where`` names.

    Args:
        where: kind, colon, and a folder, or for MLflow the address of a server.
        title: of the run.

    Raises:
        InputError: no such kind, nothing behind the colon, or its package is not installed.
    """
    kind, _, place = where.partition(":")
    if kind not in KINDS or not place:
        raise InputError("--log-to", "", f"expected tensorboard:DIR, mlflow:DIR or mlflow:http://HOST, got {where}")
    if find_spec(KINDS[kind]) is None:
        raise InputError("--log-to", "", f"{kind} is not installed: pip install 'cofund[{kind}]'")
    make: Callable[[str, str], RoundLog] = import_module(f"cofund.training.round_logs.{kind}").make
    return make(place, title)


class Logging:
    """Writes rounds to a log as they finish, with the seconds that each of them took."""

    def __init__(self, log: RoundLog, metric: str) -> None:
        """Time runs from here; ``metric`` is what the task calls its metric."""
        self.log, self.metric = log, metric
        self._since = time.monotonic()

    def round(self, finished: Round, also: Mapping[str, float] | None = None) -> None:
        """Write a round; ``also`` are other numbers of it by name."""
        now = time.monotonic()
        measures = measures_of(finished, self.metric) | {"seconds": now - self._since} | dict(also or {})
        self._since = now
        self.log.round(finished.number, measures, finished.digest.hex())


def measures_of(finished: Round, metric: str) -> dict[str, float]:
    """Metric, share of the clients that delivered, and that share at each edge, by names that every log takes."""
    by_edge: defaultdict[str, list[bool]] = defaultdict(list)
    for delivery in finished.deliveries:
        by_edge[delivery.edge].append(delivery.accepted)
    delivered = [accepted for edge in by_edge.values() for accepted in edge]
    measures = {} if finished.metric is None else {_name(metric): finished.metric}
    measures["participation"] = sum(delivered) / len(delivered)
    return measures | {f"participation/{_name(edge)}": sum(own) / len(own) for edge, own in by_edge.items()}


def _name(text: str) -> str:
    """The text with everything replaced that one of the logs refuses in names or replaces itself."""
    return re.sub(r"[^\w.-]", "_", text)
