"""``--log-to``: what is written to TensorBoard and MLflow is read back with their own readers."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cofund.campaign.demo import air_quality_script
from cofund.campaign.logged import Logged
from cofund.campaign.watch import Silent
from cofund.cli.main import cli
from cofund.errors import InputError
from cofund.training.deliveries import NO_DIGEST, Delivery
from cofund.training.hierfavg import Round
from cofund.training.round_log import measures_of, open_log

DIGITS = ("digits", "--clients", "10", "--edges", "2", "--rounds", "3", "--edge-rounds", "1", "--json", "-q")
NOISE = ("--norm-bound", "1", "--noise-multiplier", "2")


def train(*arguments: str) -> dict[str, Any]:
    found = CliRunner().invoke(cli, ["train", *DIGITS, *arguments], catch_exceptions=False)
    assert found.exit_code == 0
    return json.loads(found.stdout)


def half_delivered(number: int = 1, metric: float | None = 0.5) -> Round:
    rows = [("a", "north"), ("b", "north"), ("c", "süd/1 (old)")]
    deliveries = tuple(Delivery(c, e, number, c != "b", "", 0, NO_DIGEST) for c, e in rows)
    return Round(number, (), bytes(32), deliveries, metric)


def events(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder))
    found.Reload()
    return found


def test_tensorboard_reads_every_round_back(tmp_path: Path) -> None:
    printed = train(*NOISE, "--log-to", f"tensorboard:{tmp_path}")
    found, rounds = events(tmp_path), printed["rounds"]
    tags = {"accuracy", "participation", "participation/edge-1", "participation/edge-2", "seconds", "epsilon"}
    assert set(found.Tags()["scalars"]) == tags
    for tag, expected in (
        ("accuracy", [each["metric"] for each in rounds]),
        ("participation/edge-2", [1, 1, 1]),
        ("epsilon", printed["privacy"]["epsilon"]),
    ):
        assert [event.step for event in found.Scalars(tag)] == [1, 2, 3]
        assert [event.value for event in found.Scalars(tag)] == pytest.approx(expected)
    assert all(event.value > 0 for event in found.Scalars("seconds"))
    texts = found.Tensors("model digest/text_summary")
    assert [t.tensor_proto.string_val[0].decode() for t in texts] == [each["digest"] for each in rounds]
    (parameters,) = found.Tensors("parameters/text_summary")
    assert "| norm_bound | 1.0 |" in parameters.tensor_proto.string_val[0].decode()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the packages that MLflow brings
def test_mlflow_reads_every_round_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rounds = train("--log-to", "mlflow:logs")["rounds"]
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{tmp_path}/logs/mlflow.db")
    (run,) = client.search_runs([client.get_experiment_by_name("cofund").experiment_id])
    history = client.get_metric_history(run.info.run_id, "accuracy")
    assert [(one.step, one.value) for one in history] == [(each["round"], each["metric"]) for each in rounds]
    assert set(run.data.metrics) == {
        "accuracy",
        "participation",
        "participation/edge-1",
        "participation/edge-2",
        "seconds",
    }
    assert [run.data.tags[f"model digest.{at:04d}"] for at in (1, 2, 3)] == [each["digest"] for each in rounds]
    assert run.data.params["rounds"] == "3"
    assert run.info.status == "FINISHED"
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]  # nothing beside the folder that was named


def test_participation_is_counted_for_all_and_for_each_edge() -> None:
    measures = measures_of(half_delivered(), "accuracy: mean")
    assert measures.pop("participation") == pytest.approx(2 / 3)
    assert measures == {"accuracy__mean": 0.5, "participation/north": 0.5, "participation/süd_1__old_": 1.0}
    assert "metric" not in measures_of(half_delivered(metric=None), "metric")


def test_a_campaign_is_logged_and_its_other_watch_told(tmp_path: Path) -> None:
    class Counting(Silent):
        told = 0

        def round(self, finished: Round) -> None:
            self.told += finished.number

    watch = Counting()
    with Logged(watch, air_quality_script(), f"tensorboard:{tmp_path}") as logged:
        logged.settled({"training": {"rounds": 2}}, {}, 3, 1)
        logged.phase("Training", 2)
        logged.step("round")
        for number in (1, 2):
            logged.round(half_delivered(number))
    assert watch.told == 3
    found = events(tmp_path)
    assert [event.value for event in found.Scalars("mean_station_AUC")] == [0.5, 0.5]
    assert [event.value for event in found.Scalars("participation/north")] == [0.5, 0.5]


def test_what_is_wrong_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for where, expected in (
        ("wandb:x", "expected tensorboard:DIR"),
        ("tensorboard:", "expected tensorboard:DIR"),
        (f"tensorboard:{tmp_path}/file/x", "expected a folder that can be written to"),
        (f"mlflow:{tmp_path}/file/x", "expected a folder that can be written to"),
    ):
        with pytest.raises(InputError, match=expected) as refusal:
            open_log(where, "title")
        assert "\n" not in str(refusal.value)
