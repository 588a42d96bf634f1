"""The commands of the guide for every role are commands with these options; the test on a node runs them."""

import re
from pathlib import Path

import click
import pytest

from cofund.cli.main import cli

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "every-role.md"
LINES = re.findall(r"^    (cofund .*)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_guide_has_commands_of_every_role() -> None:
    assert {line.split()[1] for line in LINES} == {
        "campaign", "client", "coordinator", "edge", "kits", "owner", "verify",
    }  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_guide_has_its_options(line: str) -> None:
    command: click.Command | None = cli
    words = line.split()[1:]
    while isinstance(command, click.Group):
        command = command.get_command(click.Context(command), words.pop(0))
    assert command is not None, line
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= options, line
    plain = {name for parameter in command.params if getattr(parameter, "is_flag", False) for name in parameter.opts}
    given = [word for at, word in enumerate(words) if not word.startswith("-") and not takes(words, at, plain)]
    places = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    assert len([place for place in places if place.required]) <= len(given) <= max(1, len(places)), line


def takes(words: list[str], at: int, flags: set[str]) -> bool:
    """Whether the word is the value of the option before it."""
    return at > 0 and words[at - 1].startswith("-") and words[at - 1] not in flags
