"""After settlement: the rounds that were bought, signed deliveries, and everybody's money."""

from collections.abc import Iterator

from cofund import merkle
from cofund.campaign.launch import DAY_S
from cofund.campaign.publication import Training
from cofund.campaign.sections import delivery_tree, ids_by_account, metric_ppb
from cofund.campaign.stage import Stage
from cofund.campaign.tasks import campaign_task, plan_of
from cofund.chain.accounts import deliveries_message, sign
from cofund.chain.contract import proof_argument
from cofund.settlement.ledger import delivery_leaf
from cofund.training import checkpoints
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.unreliable import Unreliable
from cofund.training.hierfavg import Round, train_rounds


def train(stage: Stage) -> Iterator[Round]:
    """Train the rounds that were bought; a checkpoint and a record on chain for each."""
    ledger, ids = stage.books(), ids_by_account(stage.launched.document)
    training = Training(**stage.launched.document["training"])
    plan, found = plan_of(training, ledger.rounds), campaign_task(training.task)
    federation = found.federation([ids[offer.client] for offer in ledger.offers if offer.winner])
    stage.watch.phase("Training", plan.rounds)
    saved = checkpoints.load_all(stage.workspace.checkpoints)
    start = (saved[-1].number, saved[-1].model) if saved else None
    engine = Unreliable(InProcess(), stage.script.outages)
    settled_at = ledger.round_deadline - stage.launched.terms.round_limit_s
    for finished in [*saved, *train_rounds(found.task(plan), engine, federation, plan, start)]:
        if finished.number > len(saved):
            checkpoints.save(stage.workspace.checkpoints, finished)
        stage.node.advance_to(settled_at + finished.number * DAY_S)
        what = (finished.number, finished.digest, finished.updates_root, metric_ppb(finished.metric))
        stage.send(stage.cast.coordinator, f"record round: {finished.number}", "record_round", *what)
        missing = [delivery.client for delivery in finished.deliveries if not delivery.accepted]
        stage.watch.round(finished.metric, missing)
        yield finished


def deliver(stage: Stage, rounds: list[Round]) -> None:
    """Every edge signs the bitmaps of its clients; anybody posts the signed roots; the books are closed."""
    ledger, campaign = stage.books(), stage.launched.campaign
    deliveries = tuple(delivery for finished in rounds for delivery in finished.deliveries)
    serving = [edge for edge, account in enumerate(ledger.edges) if account.winners]
    stage.watch.phase("Signed deliveries", len(serving) + 1)
    for edge in serving:
        rows = delivery_tree(deliveries, ledger, stage.launched.document, edge, len(rounds))
        root = merkle.root([delivery_leaf(*row) for row in rows])
        total = sum(bitmap.bit_count() for _, bitmap in rows)
        message = deliveries_message(stage.node.chain_id, campaign.address, edge, len(rounds), root, total)
        name = stage.launched.terms.edges[edge].id
        signature = sign(stage.cast.edges[name], message)
        arguments = (edge, len(rounds), root, total, signature)
        stage.send(stage.cast.edges[name], f"post deliveries: {name}", "post_deliveries", *arguments)
    stage.send(stage.cast.initiator, "close", "close")


def pay(stage: Stage, rounds: list[Round]) -> None:
    """Everybody gets what is theirs: clients their rounds and bonds, edges their fees, the rest their credit."""
    ledger, ids = stage.books(), ids_by_account(stage.launched.document)
    deliveries = tuple(delivery for finished in rounds for delivery in finished.deliveries)
    owed = [account for account, amount in ledger.credit.items() if amount]
    bonds = [offer.client for offer in ledger.offers if offer.cost is not None]
    stage.watch.phase("Payments", len(owed) + len(bonds) + sum(account.winners for account in ledger.edges))
    for edge in range(len(ledger.edges)):
        rows = delivery_tree(deliveries, ledger, stage.launched.document, edge, len(rounds))
        leaves = [delivery_leaf(*row) for row in rows]
        for (position, bitmap), proof in zip(rows, merkle.proofs(leaves), strict=True):
            client = ledger.offers[position].client
            if bitmap:
                stage.send(
                    stage.cast.clients[ids[client]],
                    f"claim: {ids[client]}",
                    "claim",
                    client,
                    bitmap,
                    proof_argument(proof),
                )
        if ledger.edges[edge].delivered * stage.launched.terms.edges[edge].fee:
            name = stage.launched.terms.edges[edge].id
            stage.send(stage.cast.edges[name], f"claim edge fee: {name}", "claim_edge_fee", edge)
    for client in bonds:
        stage.send(stage.cast.clients[ids[client]], f"return bond: {ids[client]}", "return_bond", client)
    for account in owed:
        stage.send(stage.cast.initiator, f"withdraw: {ids[account]}", "withdraw", account)
