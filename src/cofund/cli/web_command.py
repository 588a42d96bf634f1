"""``cofund web``: the dashboard and dapp over a node, over a record, or over a demonstration that runs meanwhile."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cofund.cli.connection import FILE, FOLDER, STATE, Address
from cofund.errors import CofundError, InputError

if TYPE_CHECKING:
    from cofund.web.board import Board, Follower
    from cofund.web.webhooks import Webhooks


@click.command("web", short_help="Show campaigns in the browser; act with your wallet.")
@click.argument("addresses", nargs=-1, type=Address(), metavar="[ADDRESS]...")
@click.option("-r", "--rpc-url", envvar="ETH_RPC_URL", help="JSON-RPC URL of a node.")
@click.option("--record", type=FILE, help="A finished campaign, without a node.")
@click.option("--demo", is_flag=True, help="Start the demonstration campaign and show it.")
@click.option(
    "--terms",
    "terms",
    type=FILE,
    multiple=True,
    help="Published terms of a campaign, for names and to compare it with; may be given several times.",
)
@click.option("--from-block", type=click.IntRange(0), default=0, help="First block to search for campaigns.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8420, show_default=True, help="0 takes any free port.")
@click.option("--allow-host", multiple=True, help="Further name by which browsers may ask for this server.")
@click.option(
    "--studies",
    type=FOLDER,
    default=Path("study-results"),
    show_default=True,
    help="Folder of saved study results.",
)
@click.option("--webhook", help="URL to which every event is posted, signed (Standard Webhooks).")
@click.option(
    "--webhook-secret-file",
    type=FILE,
    help="File with the key of the signatures: whsec_ and base64.",
)
@click.option("--webhook-from-start", is_flag=True, help="On the first start, post what happened before it too.")
@click.option(
    "--state",
    type=FOLDER,
    envvar="COFUND_STATE",
    default=STATE,
    show_default=True,
    help="Folder that remembers which campaigns were compared and which webhooks were delivered.",
)
def command(
    addresses: tuple[str, ...],
    rpc_url: str | None,
    record: Path | None,
    demo: bool,
    terms: tuple[Path, ...],
    from_block: int,
    host: str,
    port: int,
    allow_host: tuple[str, ...],
    studies: Path,
    webhook: str | None,
    webhook_secret_file: Path | None,
    webhook_from_start: bool,
    state: Path,
) -> None:
    """Show the campaigns at ADDRESS, or all that the node knows, until Ctrl-C.

    A campaign that is given by address or by its terms is compared with what was published; only then a page offers
    to pay into it.

    The server only reads. It listens on this machine alone unless --host says otherwise.
    """
    if record is None and not demo and rpc_url is None:
        raise InputError("cofund web", "", "expected -r URL of a node, --record FILE or --demo")
    if record is not None and (demo or addresses):
        raise InputError("cofund web", "--record", "expected a record alone, without --demo and addresses")
    _require_web()
    from cofund.web.board import Board, record_board

    if record is not None:
        _serve(record_board(record, studies), None, host, port, allow_host)
        return
    board = Board(studies)
    hooks = _webhooks(webhook, webhook_secret_file, state, webhook_from_start)
    board.listeners += [hooks] if hooks else []
    if demo:
        with tempfile.TemporaryDirectory(prefix="cofund-web-") as folder, _rehearsal(Path(folder), rpc_url) as url:
            follower = _follower(board, url, (), (Path(folder) / "terms.json",), 0, Path(folder) / "home")
            _serve(board, follower, host, port, allow_host, hooks)
        return
    for path in terms:
        if not path.exists():
            raise InputError(str(path), "--terms", "expected a file that exists")
    follower = _follower(board, str(rpc_url), addresses, terms, from_block, state)
    _serve(board, follower, host, port, allow_host, hooks)


def _require_web() -> None:
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("starlette", "uvicorn", "jinja2")):
        raise CofundError("cofund web needs the extra web: pip install 'cofund[web]'")


def _follower(
    board: "Board", url: str, addresses: tuple[str, ...], terms: tuple[Path, ...], first: int, home: Path
) -> "Follower":
    from cofund.web.board import Follower
    from cofund.web.rpc import Rpc

    return Follower(board, Rpc(url), addresses, terms, first, home=home)


def _webhooks(url: str | None, secret_file: Path | None, state: Path, from_start: bool) -> "Webhooks | None":
    if url is None and secret_file is None:
        return None
    if url is None or secret_file is None:
        raise InputError("cofund web", "--webhook", "expected --webhook and --webhook-secret-file together")
    from hashlib import sha256

    from cofund.web.webhooks import Webhooks, read_secret

    name = sha256(url.encode()).hexdigest()[:16]
    kept = state.expanduser() / "webhooks" / name
    return Webhooks(url, read_secret(secret_file), kept, from_start=from_start)


def _serve(
    board: "Board",
    follower: "Follower | None",
    host: str,
    port: int,
    hosts: tuple[str, ...],
    hooks: "Webhooks | None" = None,
) -> None:
    from cofund.web.serving import listen, serve

    listening = listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"cofund web  http://{shown}:{listening.getsockname()[1]}/   Ctrl-C ends it")
    if host not in {"127.0.0.1", "::1", "localhost"}:
        click.echo("others can reach this server: name it with --allow-host, or it refuses their requests", err=True)
    serve(board, [worker for worker in (follower, hooks) if worker is not None], listening, hosts)


@contextmanager
def _rehearsal(folder: Path, url: str | None) -> Iterator[str]:
    """The demonstration campaign in a process of its own; the URL of its chain."""
    import subprocess
    import sys

    arguments = [sys.executable, "-m", "cofund.web.rehearsal", str(folder), *([url] if url else [])]
    click.echo("starting the demonstration campaign (a few seconds)", err=True)
    process = subprocess.Popen(  # noqa: S603 - our own module
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdin is not None  # noqa: S101 - for the types
    assert process.stdout is not None  # noqa: S101
    try:
        answer = process.stdout.readline().strip()
        if not answer:
            process.stdin.close()
            raise CofundError("the demonstration campaign did not start")
        yield answer
    finally:
        process.stdin.close()
        process.kill()
        process.wait()
        process.stdout.close()
