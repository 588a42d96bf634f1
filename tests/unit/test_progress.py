"""Progress: a bar on a terminal, without one a plain line for each tenth of the rounds, nothing if not wanted."""

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from fcntl import ioctl

import pytest

from cofund.campaign.demo import air_quality_script
from cofund.cli.progress import Progress
from cofund.cli.round_bar import Tenths
from cofund.training.deliveries import NO_DIGEST, Delivery
from cofund.training.hierfavg import Round

TRAIN = (sys.executable, "-m", "cofund", "train", "digits", "--rounds", "20", "--local-steps", "2", "--clients", "10")
CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What the command writes to a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "FORCE_COLOR"}}
    running = subprocess.Popen(
        arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=kept | {"TERM": "xterm"} | environment
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    assert running.wait() == 0
    return b"".join(parts).decode()


def one(number: int, missing: int = 0) -> Round:
    rows = [Delivery(f"c{at}", "edge", number, at >= missing, "", 0, NO_DIGEST) for at in range(5)]
    return Round(number, (), bytes(32), tuple(rows), 0.25)


def test_a_terminal_shows_rounds_metric_participation_and_time_left() -> None:
    shown = on_a_terminal(*TRAIN)
    assert "\x1b[3" in shown  # colours
    frames = [line for line in CODES.sub("", shown).replace("\r", "\n").splitlines() if line.startswith("Training")]
    whole = re.compile(r"Training [━╸╺ ]+ {1,2}(\d+)/20 accuracy 0\.\d{3}, 10/10 delivered (\d\d:\d\d|-:--:--|--:--)")
    matched = [whole.fullmatch(frame.rstrip()) for frame in frames]
    assert all(matched[1:])  # the first may be drawn before any round is done
    assert {match[1] for match in matched if match} & {"20"}


def test_no_color_is_honoured_and_quiet_is_silent() -> None:
    plain = on_a_terminal(*TRAIN, NO_COLOR="1")
    assert "10/10 delivered" in plain
    assert not re.search(r"\x1b\[[0-9;]*3\d", plain)
    quiet = on_a_terminal(*TRAIN, "--quiet")
    assert "delivered\n" not in quiet
    assert "\x1b[?25l" in plain  # a bar hides the cursor
    assert "\x1b[?25l" not in quiet
    assert CODES.sub("", quiet).startswith("round  accuracy")


def test_without_a_terminal_there_is_a_line_for_each_tenth() -> None:
    done = subprocess.run(TRAIN, capture_output=True, text=True, check=True)
    lines = done.stderr.splitlines()
    pattern = re.compile(r"round (\d+)/20: accuracy 0\.\d{3}, 10/10 delivered(, about \d+ s left)?")
    matched = [pattern.fullmatch(line) for line in lines]
    assert [match and int(match[1]) for match in matched] == [*range(2, 21, 2)]
    assert [bool(match and match[2]) for match in matched] == [True] * 9 + [False]
    assert subprocess.run([*TRAIN, "-q"], capture_output=True, text=True, check=True).stderr == ""


@pytest.mark.parametrize(("rounds", "said"), [(1, [1]), (3, [1, 2, 3]), (10, [*range(1, 11)]), (256, 10), (25, 10)])
def test_there_are_never_more_than_ten_lines_and_the_last_round_is_one(rounds: int, said: list[int] | int) -> None:
    lines: list[str] = []
    tenths = Tenths(rounds, "AUC", lines.append)
    for number in range(1, rounds + 1):
        tenths.round(one(number, missing=2))
    numbers = [int(line.partition(" ")[2].partition("/")[0]) for line in lines]
    assert (numbers if isinstance(said, list) else len(numbers)) == said
    assert lines[-1] == f"round {rounds}/{rounds}: AUC 0.250, 3/5 delivered"


def test_a_campaign_without_a_terminal_says_its_rounds_too(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(air_quality_script(), continued=False) as progress:
        progress.phase("Training", 4)
        for number in range(1, 5):
            progress.step("round")
            progress.round(one(number, missing=1))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines[1:5]] == [
        f"    round {number}/4: mean station AUC 0.250" for number in range(1, 5)
    ]
    assert lines[4].endswith("4/5 delivered")
    assert re.fullmatch(r"  ✓ Training +\d+\.\d s  mean station AUC 0\.250, 4/5 delivered", lines[5])
