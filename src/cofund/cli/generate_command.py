"""``cofund generate``: a seeded random instance, the same on every machine."""

from decimal import Decimal
from pathlib import Path

import click

from cofund.errors import InputError
from cofund.market.codec import encode_instance
from cofund.market.document import written
from cofund.market.generate import generate
from cofund.market.validation import MAX_ROUNDS
from cofund.units import ONE


class PartOfOne(click.ParamType):
    """A decimal from 0 to 1 with at most 9 decimals, converted to parts of ``ONE`` exactly."""

    name = "part"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parts of ``ONE``; anything that is not a whole number of them is refused."""
        try:
            parts = Decimal(str(value)) * ONE
        except ArithmeticError:
            parts = Decimal("NaN")
        if not parts.is_finite() or not 0 <= parts <= ONE or parts != int(parts):
            self.fail(f"{value!a} is not a number from 0 to 1 with at most 9 decimals", param, ctx)
        return int(parts)


@click.command("generate", short_help="Write a seeded random instance.")
@click.option("--owners", type=click.IntRange(0, 100_000), default=8, show_default=True, help="Model owners.")
@click.option("--clients", type=click.IntRange(0, 1_000_000), default=200, show_default=True, help="Clients.")
@click.option("--edges", type=click.IntRange(1, 100_000), default=10, show_default=True, help="Edge servers.")
@click.option("--regions", type=click.IntRange(0, 100_000), default=0, show_default=True, help="Edges above edges.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same instance.")
@click.option(
    "--rounds", type=click.IntRange(1, MAX_ROUNDS), default=40, show_default=True, help="Length of the curve."
)
@click.option("--goal", type=click.IntRange(1, MAX_ROUNDS), default=1, show_default=True, help="Rounds sold together.")
@click.option("--match", type=PartOfOne(), default="0", show_default=True, help="Sponsor's part of each round, 0 to 1.")
@click.option("-o", "--output", metavar="FILE", default="-", show_default=True, help="Where to write; - is stdout.")
def command(
    *, owners: int, clients: int, edges: int, regions: int, seed: int, rounds: int, goal: int, match: int, output: str
) -> None:
    """Write a random instance (cofund.instance/1) that is usually funded, with some edges full."""
    if goal > rounds:
        raise InputError("", "--goal", f"expected at most the {rounds} rounds, got {goal}")
    instance = generate(owners, clients, edges, seed, rounds=rounds, goal=goal, match=match, regions=regions)
    text = written(encode_instance(instance))
    if output == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(output, "", f"cannot be written: {error}") from None
