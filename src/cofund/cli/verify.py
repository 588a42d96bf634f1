"""``cofund verify``: recompute everything in a record."""

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(file: Path, as_json: bool) -> None:
    """Recompute everything in the record FILE.

    Executes its signed transactions again in a fresh chain with the packaged contracts, clears the market again, keeps
    the books again, and evaluates the recorded models again. Ends with exit code 1 and the line that is wrong.
    """
    import json

    from cofund.campaign.verify import verify

    found = verify(file)
    if as_json:
        counts = {"lines": found.lines, "transactions": found.transactions, "deliveries": found.deliveries}
        click.echo(json.dumps({"verified": True, "checkpoints": found.checkpoints} | counts))
        return
    click.echo(f"{file}: verified, every line of {found.lines}")
    click.echo(f"  {found.transactions} signed transactions executed again: same blocks, gas and results")
    click.echo("  market cleared again: same cohort, prices, levels and charges as the contract")
    click.echo("  books kept again by the integer model: same money to the unit, nothing left over or missing")
    click.echo(f"  {found.deliveries} deliveries hashed again: same roots as recorded and as signed by the edges")
    click.echo(f"  {found.checkpoints} models hashed and evaluated again: same digests and metrics")
