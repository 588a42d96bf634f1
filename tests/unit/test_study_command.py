"""``cofund study`` lists, refuses, saves the same bytes twice, and needs matplotlib only for the figure."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cofund.cli.main import cli
from cofund.errors import InputError
from cofund.study import catalogue, figure, frontier_study, goal_study, social_utility_study, truthfulness_study

SMALL: dict[str, tuple[Any, Any]] = {
    "frontier": (
        frontier_study,
        frontier_study.FrontierConfiguration(
            owners=(3,), ratios=(2,), markets=2, rehearsed=1, searched=1, tried=1, profiles=200
        ),
    ),
    "goal": (
        goal_study,
        goal_study.GoalConfiguration(owners=(3,), values=("two-point",), ratios=(2,), draws=50, profiles=100),
    ),
    "social-utility": (
        social_utility_study,
        social_utility_study.SocialUtilityConfiguration(owners=(2, 8), clients=(12, 24), budgets=(1, 2), markets=2),
    ),
    "truthfulness": (truthfulness_study, truthfulness_study.TruthfulnessConfiguration(each=2, points=11)),
}


def study(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["study", *arguments], catch_exceptions=False)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(params=SMALL)
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    module, configuration = SMALL[request.param]
    monkeypatch.setattr(module, "DEFAULT", configuration)
    return str(request.param)


def test_without_a_name_it_lists_the_studies() -> None:
    listed = study()
    assert (listed.exit_code, [line.split()[0] for line in listed.stdout.splitlines()]) == (0, list(catalogue.STUDIES))


def test_an_unknown_name_is_one_clear_line(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "cofund"), "study", "frontiers"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: study: 'frontiers' is not one of {', '.join(catalogue.STUDIES)}\n"
    assert not list(tmp_path.iterdir())


def test_only_a_study_of_images_takes_a_folder_of_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--data: only for studies that train on images, not truthfulness"):
        study("truthfulness", "--data", str(tmp_path), "--out", str(tmp_path / "out"))
    with pytest.raises(InputError, match=r"train-images-idx3-ubyte: no such file"):
        study("hierarchy", "--data", str(tmp_path), "--out", str(tmp_path / "out"), "-q")
    assert catalogue.configured("hierarchy", data=tmp_path).folder == tmp_path


def test_it_writes_tables_and_figure_the_same_twice(small: str, tmp_path: Path) -> None:
    for run in ("first", "second"):
        printed = study(small, "--out", str(tmp_path / run), "-q")
        assert printed.exit_code == 0
    first = files(tmp_path / "first")
    assert first == files(tmp_path / "second")
    assert {f"{small}.svg", f"{small}.pdf"} < first.keys()
    assert any(name.endswith(".csv") for name in first)
    assert all(str(tmp_path / "second" / name) in printed.stdout.split() for name in first)


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import runpy, sys; from cofund.study import truthfulness_study as t; "
        "t.DEFAULT = t.TruthfulnessConfiguration(each=2, points=11); "
        f"sys.argv = ['cofund', 'study', 'truthfulness', '-q', '--out', {str(tmp_path / 'there')!r}]; "
        "from cofund.cli.main import main; main()"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1"}
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, env=environment)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(truthfulness_study, "DEFAULT", truthfulness_study.TruthfulnessConfiguration(each=2, points=11))
        assert study("truthfulness", "-q", "--out", str(tmp_path / "here")).exit_code == 0
    assert files(tmp_path / "there") == files(tmp_path / "here")


def test_without_matplotlib_it_says_which_extra_before_it_works(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(figure, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"needs matplotlib: pip install 'cofund\[study\]', or use --no-figure"):
        study("truthfulness", "--out", str(tmp_path / "out"))
    assert InputError.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_no_figure_needs_no_matplotlib(small: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # importing it now fails
    printed = study(small, "--out", str(tmp_path), "--no-figure", "--json", "-q")
    told = json.loads(printed.stdout)
    assert [Path(path).suffix for path in told["files"]] == [".csv"] * len(told["tables"])
    assert {Path(path).stem for path in told["files"]} == told["tables"].keys()
    assert set(told["files"]) == {str(path) for path in tmp_path.iterdir()}


def test_progress_goes_to_stderr(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(truthfulness_study, "DEFAULT", SMALL["truthfulness"][1])
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    arguments = ["study", "truthfulness", "--out", str(tmp_path), "--no-figure"]
    cli.main([*arguments, "-q"], standalone_mode=False)
    quiet = capsys.readouterr()
    cli.main(arguments, standalone_mode=False)
    loud = capsys.readouterr()
    assert quiet.out == loud.out != ""
    assert (quiet.err, "truthfulness" in loud.err) == ("", True)


def test_steps_are_told_up_to_the_last(small: str) -> None:
    told: list[tuple[int, int]] = []
    catalogue.run(small, lambda done, steps: told.append((done, steps)), catalogue.configured(small))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]
    assert len({steps for _, steps in told}) == 1
