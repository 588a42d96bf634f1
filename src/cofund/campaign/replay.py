"""Every aggregation of a campaign computed again from its folder, and the proof that one client's delivery is in it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cofund import merkle
from cofund.campaign.edge_results import Signatures, signatures_of
from cofund.campaign.evidence import evidence_of
from cofund.campaign.held import check_held, read_held
from cofund.campaign.signed_rounds import by_round
from cofund.campaign.tasks import plan_of
from cofund.campaign.workspace import KITS, UPDATES
from cofund.errors import CheckFailed, InputError
from cofund.training import edge_books, updates
from cofund.training.deliveries import Delivery, delivery_proof, leaf
from cofund.training.hierfavg import Round
from cofund.training.model import model_digest
from cofund.training.recompute import RecomputedTraining, recompute_round
from cofund.training.updates import KeptRound, KeptUpdate


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A delivery, its leaf, and the siblings that lead from there to the root that its round has on chain."""

    delivery: Delivery
    leaf: bytes
    proof: tuple[bytes, ...]
    root: bytes


def replay(record: dict[str, Any], folder: Path) -> RecomputedTraining:
    """Evaluate every model, and compute every update's digest, edge's sum and coordinator's average again.

    Args:
        record: a verified record: its deliveries are those that the chain has roots of.
        folder: the campaign's folder; where edges keep their clients' updates themselves, these are read from there.

    Raises:
        InputError: a file of models or updates is missing or malformed.
        CheckFailed: naming the first model or metric, or round and client, edge or coordinator, that is wrong.
    """
    evidence = evidence_of(record)
    plan, found = plan_of(evidence.terms["training"]), RecomputedTraining()
    deliveries, signatures, held = by_round(evidence.deliveries), signatures_of(record), read_held(record, folder)
    check_held(record, deliveries, held)
    for number, (before, after) in enumerate(zip(held.checkpoints, held.checkpoints[1:], strict=False), 1):
        finished = Round(number, after, model_digest(after), tuple(deliveries[number]), None)
        kept = updates.load(folder / UPDATES, number)
        if not kept.updates and (folder / KITS).is_dir():
            kept = _from_edges(folder / KITS, finished, kept, signatures)
            found += RecomputedTraining(signed=len(kept.results))
        found += recompute_round(plan, before, finished, kept)
    return found


def _from_edges(kits: Path, finished: Round, kept: KeptRound, signatures: Signatures) -> KeptRound:
    """What the coordinator keeps, with the updates of every edge whose result it took, out of the edges' books.

    The edges signed these results and their clients' deliveries, so from here on a wrong sum is its edge's.
    """
    found: list[KeptUpdate] = []
    for result in kept.results:
        where, own = (
            f"round {kept.number}: edge {result.edge}",
            [d for d in finished.deliveries if d.edge == result.edge],
        )
        if not signatures.hold(kept.number, result, own):
            raise CheckFailed(
                f"round {kept.number}: coordinator: edge {result.edge} did not sign the result that is kept of it "
                "with the deliveries that are recorded"
            )
        books = updates.load(kits / f"edge-{result.edge}" / edge_books.UPDATES, kept.number)
        strangers = sorted({update.client for update in books.updates} - {delivery.client for delivery in own})
        if strangers or books.shapes != kept.shapes:
            raise CheckFailed(f"{where}: it keeps {f'an update of {strangers[0]}' if strangers else 'another model'}")
        found += books.updates
    return replace(kept, updates=tuple(found))


def inclusion(record: dict[str, Any], client: str, number: int) -> Inclusion:
    """The proof that a client's delivery is in a round, checked against the root of that round on chain.

    Raises:
        InputError: there is no such round or client.
        CheckFailed: the proof does not lead to the root.
    """
    deliveries = by_round(evidence_of(record).deliveries).get(number, [])
    own = [delivery for delivery in deliveries if delivery.client == client]
    if not own:
        known = f"a client of round {number}" if deliveries else f"a round from 1 to {len(record['rounds'])}"
        raise InputError("--client" if deliveries else "--round", "", f"expected {known}")
    root = bytes.fromhex(record["rounds"][number - 1]["updates_root"])
    found = Inclusion(own[0], leaf(own[0]), tuple(delivery_proof(deliveries, client)), root)
    if not merkle.verify(root, found.leaf, found.proof):
        raise CheckFailed(f"round {number}: client {client}: its delivery does not lead to the root on chain")
    return found
