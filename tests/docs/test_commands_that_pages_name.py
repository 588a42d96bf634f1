"""Every command that a page names, wherever it does, is a command with these options."""

import re
from pathlib import Path

import click
import pytest
from test_docs import PAGES, named

from cofund.cli.main import cli

NAMED = re.compile(r"`(cofund [a-z][^`]*)`|^(?: {4}|\$ )(?:cd \w+ && )?(cofund [a-z].*)$", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])(--?[a-z][a-z-]*)")
ALL = {page: [one or other for one, other in NAMED.findall(page.read_text(encoding="utf-8"))] for page in PAGES}


def commands(words: list[str], group: click.Command = cli) -> list[click.Command]:
    """The commands that words name; some pages write several as ``one|other``."""
    if not isinstance(group, click.Group) or not words or words[0].startswith(("-", "ROLE", "…")):
        return [group]
    found = []
    for word in words[0].rstrip(".,;").split("|"):
        command = group.get_command(click.Context(group), word)
        assert command is not None, f"no command {word} in {words}"
        found += commands(words[1:], command)
    return found


@pytest.mark.parametrize("page", [page for page, found in ALL.items() if found], ids=named)
def test_a_command_that_a_page_names_is_there_with_its_options(page: Path) -> None:
    for line in ALL[page]:
        words = line.replace("\\|", "|").split("#")[0].split(" | ")[0].split()[1:]
        known = {name for command in commands(words) for each in command.params for name in each.opts}
        asked = set(OPTION.findall(" ".join(words))) - {"--help"}
        assert asked <= known, (line, asked - known)
