"""What the coordinator sends once a campaign is settled: its rounds, the sealed models, stand-in signatures, the end.

Every function looks at the chain and returns what is left to do, so that a coordinator that was killed at any moment
goes on where the chain and its own files say.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import to_checksum_address

from cofund.campaign.metrics import metric_ppb
from cofund.campaign.published import publish_releases, publish_round
from cofund.campaign.release import release_of, seal_model
from cofund.campaign.store import Store, box_name
from cofund.chain.patience import looked_again
from cofund.errors import CheckFailed, CofundError, InputError
from cofund.roles import collecting
from cofund.roles.desk import Desk, Work
from cofund.roles.duties import may_close, may_record, must_release, must_stand_in
from cofund.roles.signing import Books, post, rows_of, signed_before
from cofund.roles.store_evidence import events
from cofund.training.deliveries import Delivery
from cofund.training.hierfavg import Round
from cofund.whole_files import write_whole

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat

RECORD_GAS_UP: Final = 400_000
RELEASE_GAS_UP: Final = 150_000
CLOSE_GAS_UP: Final = 3_000_000


def record(desk: Desk, seen: "Seat", trained: Sequence[Round], store: Store) -> Work:
    """Record the next of the rounds that are trained and not on chain yet.

    No work if there is none, or too many before it may still be vetoed.

    Args:
        desk: the coordinator's.
        seen: now.
        trained: all rounds so far, in order.
        store: where it is published who delivered, before the root of it is recorded.

    Raises:
        CheckFailed: the chain has another model for one of these rounds.
    """
    done = seen.rounds_done
    if 0 < done <= len(trained):
        mine = trained[done - 1].digest
        on_chain = looked_again(lambda: bytes(desk.at(seen).view("model_digest", done)), mine.__eq__)
        if on_chain != mine:
            raise CheckFailed(f"round {done}: the chain has the model 0x{on_chain.hex()}, this kit 0x{mine.hex()}")
    if done >= len(trained) or not may_record(seen):
        return Work(())
    following = trained[done]

    def keep() -> list[Path]:
        publish_round(store, following.number, following.deliveries)
        return []

    what = (following.number, following.digest, following.updates_root, metric_ppb(following.metric))
    note = f"record round {following.number}"
    return Work((desk.call(note, "record_round", *what, gas_up=RECORD_GAS_UP),), keep=keep)


def release(desk: Desk, seen: "Seat", trained: Sequence[Round], store: Store, boxes: Path) -> Work:
    """Publish a sealed model for every owner, then commit to all of them; no work before the last round is accepted.

    Args:
        desk: the coordinator's.
        seen: now.
        trained: all rounds, in order.
        store: where the boxes go.
        boxes: folder that keeps them, since every box is another.
    """
    if not must_release(seen):
        return Work(())
    releases = [
        release_of(owner, level, _box(boxes, owner, level, trained[level - 1], key))
        for owner, level, key in buyers(desk, seen)
    ]
    digests = [each.digest for each in releases]

    def keep() -> list[Path]:
        for each in releases:
            store.put(box_name(each.owner), _path(boxes, each.owner, each.level).read_bytes())
        publish_releases(store, releases)
        return []

    call = desk.call("release models", "release_models", digests, gas_up=RELEASE_GAS_UP)
    return Work((call,), keep=keep)


def buyers(desk: Desk, seen: "Seat") -> list[tuple[str, int, bytes]]:
    """Account, level and public key of every owner that bought rounds which were done, in the order of the bids."""
    keys = {
        event.arguments["owner"]: event.arguments["encryption_key"]
        for event in events(desk)
        if event.name == "BidCommitted"
    }
    bought = []
    for (address, *_), (level, _) in desk.at(seen).views([("owner", at) for at in range(seen.bids)]):
        account = str(to_checksum_address(address))
        if min(level, seen.rounds_done):
            bought.append((account, min(level, seen.rounds_done), bytes(keys[account])))
    return bought


def stand_in(desk: Desk, seen: "Seat", trained: Sequence[Round], document: Mapping[str, Any], store: Store) -> Work:
    """Sign in the place of edges that did not, in the time that is for that; one edge at once."""
    unsigned = [edge for edge in range(len(seen.edges)) if seen.unsigned(edge)] if must_stand_in(seen) else []
    counted = accepted({each.number: each.deliveries for each in trained[: seen.rounds_done]}) if unsigned else []
    failed: CofundError | None = None
    for edge in unsigned:
        try:
            rows = rows_of(desk, seen, edge, dict(document), counted, store)
        except (InputError, CheckFailed) as error:  # of a sealed book whose edge told nobody who won
            failed = failed or error
            continue
        return post(desk, seen, edge, rows, seen.rounds_done, store, signed_before(desk, seen, edge, store))
    if failed is not None:
        raise failed
    return Work(())


def accepted(books: Books) -> list[Delivery]:
    """All accepted deliveries."""
    return [delivery for recorded in books.values() for delivery in recorded if delivery.accepted]


def close(desk: Desk, seen: "Seat") -> Work:
    """Close the books, if that can be done now; then take out what is the coordinator's."""
    if may_close(seen):
        return Work((desk.call("close", "close", gas_up=CLOSE_GAS_UP),))
    return collecting.withdraw(desk, seen)


def _path(boxes: Path, owner: str, level: int) -> Path:
    return boxes / f"{owner}-{level}.box"


def _box(boxes: Path, owner: str, level: int, finished: Round, key: bytes) -> bytes:
    """The box of an owner; an empty one if its key is no key, which must not hold up everybody else's."""
    path = _path(boxes, owner, level)
    if not path.exists():
        try:
            box = seal_model(finished.model, key)
        except Exception:  # noqa: BLE001 - libsodium's words for a point that is none are several
            box = b""
        write_whole(path, box)
    return path.read_bytes()
