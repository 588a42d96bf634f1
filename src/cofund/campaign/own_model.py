"""An owner's model: its box fetched from the store, opened, and held against the chain."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from cofund.campaign.creations import Created
from cofund.campaign.onchain import events_of
from cofund.campaign.published import published_terms, read_releases
from cofund.campaign.release import Release, encryption_key, open_model, release_from
from cofund.campaign.store import Store, box_name
from cofund.campaign.tasks import task_of
from cofund.campaign.views import seat_at
from cofund.chain.contract import Contract
from cofund.errors import AccountError, CheckFailed, InputError
from cofund.market.validation import shortened
from cofund.training.returned import asked, measured

if TYPE_CHECKING:
    from cofund.chain.node import Node
    from cofund.training.model import Model

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class OwnModel:
    """What an owner got.

    Args:
        terms: the campaign's published terms.
        owner: id in the terms, empty if they do not name it.
        account: of the owner.
        level: round whose checkpoint it is.
        digest: SHA-256 of its canonical bytes, as recorded on chain.
        model: the checkpoint.
        store: URL of where the box came from.
    """

    terms: dict[str, Any]
    owner: str
    account: str
    level: int
    digest: bytes
    model: "Model"
    store: str


def from_record(record: dict[str, Any], owner: str, secret: bytes, store: str) -> OwnModel:
    """The model of an owner of a recorded campaign.

    Args:
        record: a verified record, so that its digests are those on chain.
        owner: id.
        secret: the owner's 32 secret bytes.
        store: URL.

    Raises:
        InputError: there is no such box.
        CheckFailed: the owner bought nothing, or the box is not what the chain says.
    """
    mine = _mine([release_from(entry) for entry in record["releases"]], account_of(record, owner))
    digest = bytes.fromhex(record["rounds"][mine.level - 1]["model_digest"])
    model = _opened(Store(store), mine, secret, digest)
    return OwnModel(record["terms"], owner, mine.owner, mine.level, digest, model, store)


def account_of(record: dict[str, Any], owner: str) -> str:
    """An owner's account.

    Raises:
        InputError: the terms name no such owner.
    """
    accounts = {party["id"]: party["account"] for party in record["terms"]["owners"]}
    if owner not in accounts:
        raise InputError("--owner", "", f"expected one of {', '.join(accounts)}, got {shortened(owner)}")
    return str(accounts[owner])


def from_chain(node: "Node", address: str, created: Created, secret: bytes, store: str | None, state: Path) -> OwnModel:
    """The model of the owner whose key this is, from a campaign on a node.

    Args:
        node: the chain.
        address: of the campaign.
        created: where it was created.
        secret: the owner's 32 secret bytes; their public key stands in its bid.
        store: URL, or None for the one announced on chain.
        state: folder for the index of events.

    Raises:
        AccountError: no bid carries the key.
        InputError: there is no store or box.
        CheckFailed: nothing is released yet, or terms, list or box are not those that the chain has digests of.
    """
    campaign = Contract(node, "Campaign", address)
    events = events_of(campaign, created, state)
    accounts = _accounts_of(events, encryption_key(secret))
    boxes = [event.arguments["boxes"] for event in events if event.name == "ModelsReleased"]
    if not boxes:
        raise CheckFailed(f"{address}: the coordinator has released no models yet")
    published = published_terms(node, address, created, store)
    releases = read_releases(published.store, boxes[-1])
    digests = {e.arguments["round"]: e.arguments["model_digest"] for e in events if e.name == "RoundRecorded"}
    names = {party["account"]: party["id"] for party in published.document["owners"]}

    def opened(account: str) -> OwnModel:
        mine, seat = _mine(releases, account), seat_at(campaign, account)
        level = 0 if seat.owner is None else min(seat.owner.level, seat.rounds_done)
        if mine.level != level or level not in digests:
            raise CheckFailed(
                f"{address}: owner {account} bought {level} rounds, the coordinator released {mine.level}"
            )
        digest = bytes(digests[level])
        model = _opened(published.store, mine, secret, digest)
        return OwnModel(published.document, names.get(account, ""), account, level, digest, model, published.store.url)

    return _first_that_opens(accounts, opened)


def _first_that_opens(accounts: list[str], opened: Callable[[str], OwnModel]) -> OwnModel:
    """The model of an owner whose key others may have copied into bids of theirs, to hide its own.

    Raises:
        CheckFailed, InputError: none of them has a model; what is wrong with the last.
    """
    *others, last = accounts
    for account in others:
        with contextlib.suppress(CheckFailed, InputError):
            return opened(account)
    return opened(last)


def read_secret(path: Path) -> bytes:
    """An owner's secret: 64 hex digits in a file.

    Raises:
        AccountError: there is no such file, or something else in it.
    """
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip().removeprefix("0x"))
    except OSError as error:
        raise AccountError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise AccountError(f"{path}: expected the secret key of the bid, {2 * SECRET_BYTES} hex digits")
    return secret


def evaluate(found: OwnModel) -> tuple[str, float] | None:
    """What the model reaches, and on what: the owner's own sites, else the validation data of who is no client.

    None if the terms name no task, or there is no such data here.

    Raises:
        CheckFailed: the task has no metric of this model.
    """
    if found.terms["training"] is None:
        return None
    task, judge = task_of(found.terms["training"])
    sites = asked(task.sites, found.owner)
    data = {name: site.test for name, site in sites.items()}
    data = data or dict(asked(task.federation, []).validation)
    if not data:
        return None
    metrics = [asked(measured, judge, found.model, each) for each in data.values()]
    what = "on test data of" if sites else "on validation data of"
    return f"{task.metric} {what} {', '.join(data)}", sum(metrics) / len(metrics)


def write_model(model: "Model", path: Path) -> None:
    """A NumPy archive of float32 arrays ``array_00``, ``array_01``, … in the task's order; whole or not at all."""
    import numpy as np  # noqa: PLC0415 - only commands that write need it

    temporary = path.with_name(f"{path.name}.part")
    with temporary.open("wb") as file:
        np.savez(file, **{f"array_{at:02d}": array for at, array in enumerate(model)})  # type: ignore[arg-type]
    temporary.replace(path)


def _accounts_of(events: list[Any], key: bytes) -> list[str]:
    """Whose bids carry the key; everybody can copy one that it sees."""
    bids = (event.arguments for event in events if event.name == "BidCommitted")
    found = [str(bid["owner"]) for bid in bids if bid["encryption_key"] == key]
    if not found:
        raise AccountError("no bid of this campaign carries the public key of this secret")
    return found


def _mine(releases: list[Release], account: str) -> Release:
    for release in releases:
        if release.owner.lower() == account.lower():
            return release
    raise CheckFailed(f"owner {account}: no model was released to it, since it bought no round that was done")


def _opened(store: Store, mine: Release, secret: bytes, digest: bytes) -> "Model":
    name = box_name(mine.owner)
    box = store.get(name)
    if keccak(box) != mine.digest:
        raise CheckFailed(f"{store.where(name)}: not the box that the coordinator committed to on chain")
    try:
        return open_model(box, secret, digest)
    except ValueError as error:
        raise CheckFailed(f"{store.where(name)}: {error}") from error
