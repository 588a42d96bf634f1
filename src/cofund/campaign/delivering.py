"""After settlement: the rounds that were bought, signed deliveries, and everybody's money."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Final, TypeVar

from cofund import merkle
from cofund.campaign.delivery_rows import Deliveries, Row, signed_root
from cofund.campaign.engines import Assignment, in_process
from cofund.campaign.launch import DAY_S, encryption_secret
from cofund.campaign.metrics import metric_ppb
from cofund.campaign.publication import Training
from cofund.campaign.published import publish_deliveries, publish_releases, publish_round
from cofund.campaign.release import Release, encryption_key, release_of, release_root, seal_model
from cofund.campaign.sections import delivery_tree, ids_by_account
from cofund.campaign.stage import Stage
from cofund.campaign.store import box_name
from cofund.campaign.tasks import campaign_task, plan_of
from cofund.chain.contract import proof_argument
from cofund.market.terms import MAX_BATCH
from cofund.settlement.ledger import Ledger, delivery_leaf
from cofund.training import checkpoints, updates
from cofund.training.deliveries import Delivery
from cofund.training.engines.keeping import Keeping
from cofund.training.hierfavg import Round, require_delivered, train_rounds
from cofund.training.plan import Federation, Plan
from cofund.training.returned import asked

T = TypeVar("T")
BATCH_HEIGHT: Final = MAX_BATCH.bit_length() - 1
"""Level of the node above a full batch of neighbouring leaves."""


def train(stage: Stage) -> Iterator[Round]:
    """Train the rounds that were bought; a checkpoint and a record on chain for each, or a halt if one is missing."""
    ledger, ids = stage.books(), ids_by_account(stage.launched.document)
    training = Training(**stage.launched.document["training"])
    lasts = stage.script.coordinator_lasts
    rounds = ledger.rounds if lasts is None else min(lasts, ledger.rounds)
    plan, found = plan_of(training, rounds), campaign_task(training.task)
    federation = asked(found.federation, [ids[offer.client] for offer in ledger.offers if offer.winner])
    saved = checkpoints.load_all(stage.workspace.checkpoints)
    start = (saved[-1].number, saved[-1].model) if saved else None
    opening = stage.engine if len(saved) < rounds else in_process  # nothing is started for no round
    with opening(_assignment(stage, training.task, plan, federation)) as carrying:
        stage.watch.phase("Training", plan.rounds)
        engine = Keeping(carrying)
        for finished in chain(saved, train_rounds(asked(found.task, plan), engine, federation, plan, start)):
            if finished.number > len(saved):
                require_delivered(finished)
                kept = engine.taken(finished.number, finished.model, finished.deliveries)
                updates.save(stage.workspace.updates, kept)
                checkpoints.save(stage.workspace.checkpoints, finished)
            publish_round(stage.store(), finished.number, finished.deliveries)
            _record(stage, ledger, finished)
            yield finished
    if rounds < ledger.rounds:
        stage.node.advance_to(stage.books().round_deadline)
        stage.send(stage.cast.initiator, "halt", "halt")


def _assignment(stage: Stage, task: str, plan: Plan, federation: Federation) -> Assignment:
    """What the engine is opened for."""
    return Assignment(
        folder=stage.workspace.folder,
        task=task,
        plan=plan,
        federation=federation,
        outages=stage.script.outages,
        chain_id=stage.node.chain_id,
        campaign=stage.launched.campaign.address,
        edges=stage.cast.edges,
        watch=stage.watch,
    )


def _record(stage: Stage, settled: Ledger, finished: Round) -> None:
    """Record a round on chain, a day after the one before it."""
    settled_at = settled.round_deadline - stage.launched.terms.round_limit_s
    stage.node.advance_to(settled_at + finished.number * DAY_S)
    what = (finished.number, finished.digest, finished.updates_root, metric_ppb(finished.metric))
    stage.send(stage.cast.coordinator, f"record round: {finished.number}", "record_round", *what)
    stage.watch.round(finished)


def deliver(stage: Stage, rounds: list[Round]) -> None:
    """Edges sign the bitmaps of their clients, the coordinator releases the models; then the books are closed."""
    ledger, campaign = stage.books(), stage.launched.campaign
    deliveries = deliveries_of(rounds)
    serving = [edge for edge, account in enumerate(ledger.edges) if account.winners]
    stage.watch.phase("Signed deliveries", len(serving) + 2)
    stage.node.advance_to(ledger.accepted_end())
    for edge in serving:
        rows = delivery_tree(deliveries, ledger, stage.launched.document, edge, len(rounds))
        clients = tuple(Row(position, ledger.offers[position].client, bitmap) for position, bitmap in rows)
        signed = Deliveries(stage.node.chain_id, campaign.address, edge, len(rounds), clients)
        name = stage.launched.terms.edges[edge].id
        arguments = signed_root(signed, stage.cast.edges[name])
        publish_deliveries(stage.store(), signed)
        stage.send(stage.cast.edges[name], f"post deliveries: {name}", "post_deliveries", *arguments)
    if stage.script.coordinator_lasts is None:
        releases = release_models(stage, ledger, rounds)
        publish_releases(stage.store(), releases)
        stage.send(stage.cast.coordinator, "release models", "release_models", release_root(releases))
    else:
        stage.node.advance_to(ledger.accepted_end() + 2 * stage.launched.terms.delivery_window_s)
    stage.send(stage.cast.initiator, "close", "close")


def release_models(stage: Stage, ledger: Ledger, rounds: list[Round]) -> list[Release]:
    """A sealed box for every owner that bought rounds, published; made once and kept, since every box is another."""
    names, seed, releases = ids_by_account(stage.launched.document), stage.workspace.seed(), []
    for owner in ledger.owners:
        level = min(owner.level, len(rounds))
        if level:
            name = names[owner.account]
            key = encryption_key(encryption_secret(seed, name))
            box = stage.workspace.box(name, partial(seal_model, rounds[level - 1].model, key))
            stage.store().put(box_name(owner.account), box)
            releases.append(release_of(owner.account, level, box))
    return releases


def pay(stage: Stage, rounds: list[Round]) -> None:
    """Everybody gets what is theirs, in batches that anybody could send: rounds, fees, bonds, credits."""
    ledger, deliveries = stage.books(), deliveries_of(rounds)
    serving = [edge for edge, account in enumerate(ledger.edges) if account.winners and rounds]
    stage.watch.phase("Payments", 2 * len(serving) + 2)
    for edge in serving:
        _pay_edge(stage, ledger, edge, delivery_tree(deliveries, ledger, stage.launched.document, edge, len(rounds)))
    ledger = stage.books()
    bonds = [offer.client for offer in ledger.offers if offer.cost is not None and offer.bond_held]
    for batch in _batches(bonds):
        stage.send(stage.cast.initiator, "return bonds", "return_bonds", batch)
    owed = stage.books().owed() if bonds else ledger.owed()
    for batch in _batches([account for account, amount in owed.items() if amount]):
        stage.send(stage.cast.initiator, "withdraw", "withdraw", batch)


def _pay_edge(stage: Stage, ledger: Ledger, edge: int, rows: list[tuple[int, int]]) -> None:
    """Claim for all clients of an edge, as many neighbours of its tree at once as a call takes; then its fee."""
    offers, name = ledger.offers, stage.launched.terms.edges[edge].id
    tree = merkle.levels([delivery_leaf(*row) for row in rows])
    for index, batch in enumerate(_batches(rows)):
        clients, bitmaps = [offers[position].client for position, _ in batch], [bitmap for _, bitmap in batch]
        height = min(BATCH_HEIGHT, len(tree) - 1)
        arguments = (edge, clients, bitmaps, proof_argument(merkle.proof(tree, index, height)))
        stage.send(stage.cast.edges[name], f"claim many: {name}", "claim_many", *arguments)
    if ledger.edges[edge].delivered * stage.launched.terms.edges[edge].fee:
        stage.send(stage.cast.edges[name], f"claim edge fee: {name}", "claim_edge_fee", edge)


def deliveries_of(rounds: list[Round]) -> tuple[Delivery, ...]:
    """All deliveries of all rounds."""
    return tuple(delivery for finished in rounds for delivery in finished.deliveries)


def _batches(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + MAX_BATCH] for start in range(0, len(items), MAX_BATCH)]
