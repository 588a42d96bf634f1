"""The type of ``--rule``: a standard rule, one of the laboratory, an installed one, or ``module:attribute``."""

import sys
from pathlib import Path
from typing import Any

import click

from cofund.errors import InputError
from cofund.mechanism.registry import Rule, rule


class RuleName(click.ParamType):
    """Turns a name into a ``Rule``; modules are also looked for in the working directory."""

    name = "rule"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Rule:
        """The rule of this name; a usage error if there is none."""
        if isinstance(value, Rule):
            return value
        if ":" in value and str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))
        try:
            return rule(value)
        except InputError as error:
            self.fail(error.expected, param, ctx)
