"""Rounds as a run of MLflow: on a server, or in ``mlflow.db`` of a folder, which needs no server."""

import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError

# Before the import, which reads them: nothing leaves the host unasked, and a server that is down is noticed in seconds.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")

from mlflow.entities import Metric, RunTag
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

EXPERIMENT: Final = "cofund"


class MLflow:
    """A new run of the experiment ``cofund``."""

    def __init__(self, address: str, title: str, artifacts: str | None = None) -> None:
        """Start the run; without a server the experiment's artifacts need a place too, or they go where one stands.

        Raises:
            InputError: there is no such server, or it refuses.
        """
        logging.getLogger("mlflow").setLevel(logging.WARNING)  # it announces every table of a new database
        logging.getLogger("alembic").setLevel(logging.WARNING)
        self._client, self._address = MlflowClient(address), address
        found = self._asked(self._client.get_experiment_by_name, EXPERIMENT)
        experiment = (
            found.experiment_id if found else self._asked(self._client.create_experiment, EXPERIMENT, artifacts)
        )
        self._run: str = self._asked(self._client.create_run, experiment, run_name=title).info.run_id

    def parameters(self, values: Mapping[str, str]) -> None:
        """See ``RoundLog``."""
        for name, value in values.items():
            self._asked(self._client.log_param, self._run, name, value)

    def round(self, number: int, measures: Mapping[str, float], digest: str) -> None:
        """See ``RoundLog``; the digest is a tag of the run."""
        now = time.time_ns() // 10**6
        metrics = [Metric(name, value, now, number) for name, value in measures.items()]
        tags = [RunTag(f"model digest.{number:04d}", digest)]
        self._asked(self._client.log_batch, self._run, metrics=metrics, tags=tags)

    def close(self) -> None:
        """See ``RoundLog``."""
        self._asked(self._client.set_terminated, self._run)

    def _asked(self, call: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        except MlflowException as error:
            first_line, _, _ = str(error).partition("\n")
            raise InputError("--log-to", self._address, f"expected an MLflow that takes runs ({first_line})") from error


def make(place: str, title: str) -> MLflow:
    """The log at an address, or in a folder."""
    if "://" in place:
        return MLflow(place, title)
    try:
        Path(place).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(place, "", f"expected a folder that can be written to ({error.strerror})") from error
    folder = Path(place).resolve()
    return MLflow(f"sqlite:///{folder}/mlflow.db", title, (folder / "artifacts").as_uri())
