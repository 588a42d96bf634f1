"""One campaign from the first commitment to the last payment, top to bottom.

Every step is a transaction that the node's journal remembers and every round a checkpoint, so that a run that was
interrupted is continued by running it again in the same folder.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cofund import merkle
from cofund.campaign.books import keep_books
from cofund.campaign.evidence import Evidence
from cofund.campaign.gains import train_all_alone
from cofund.campaign.launch import DAY_S, Cast, Launched, cast_of, launch
from cofund.campaign.publication import Training
from cofund.campaign.record import build_record
from cofund.campaign.script import Script
from cofund.campaign.sections import delivery_tree, ids_by_account, metric_ppb
from cofund.campaign.tasks import campaign_task, plan_of
from cofund.campaign.text import render
from cofund.campaign.watch import Silent, Watch
from cofund.chain.accounts import deliveries_message, sign
from cofund.chain.contract import cutoff_key, decode_calls, opening_arguments, proof_argument
from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.market.terms import MAX_BATCH
from cofund.settlement.ledger import Ledger, Status, delivery_leaf
from cofund.training import checkpoints
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.unreliable import Unreliable
from cofund.training.hierfavg import Round, train_rounds

if TYPE_CHECKING:
    from cofund.campaign.workspace import Workspace
    from cofund.chain.node import Node


@dataclass(frozen=True, slots=True)
class Run:
    """A launched campaign and everything its steps need."""

    script: Script
    cast: Cast
    node: "Node"
    workspace: "Workspace"
    launched: Launched
    watch: Watch

    def books(self) -> Ledger:
        """The books after the transactions that this run has sent or found in its journal."""
        campaign, sent = self.launched.campaign, self.node.sent()
        calls = decode_calls(self.node, [intent.raw for intent, _ in sent], {campaign.address: "Campaign"})
        own = [(mined.timestamp, call) for (_, mined), call in zip(sent, calls, strict=True) if call is not None]
        ledger = Ledger(self.launched.terms, self.cast.initiator.address, self.node.chain_id, campaign.address)
        return keep_books(ledger, own)

    def send(self, account: Any, note: str, function: str, *arguments: Any) -> None:
        """Call the campaign; ``note`` is ``what`` or ``what: whose``."""
        self.launched.campaign.send(account, note, function, *arguments)
        self.watch.step(note)


def run_campaign(script: Script, node: "Node", workspace: "Workspace", watch: Watch | None = None) -> dict[str, Any]:
    """Run a whole campaign, or go on with one that was interrupted, and write its record.

    Returns:
        The record.
    """
    watch, cast = watch or Silent(), cast_of(script, workspace.seed())
    watch.phase("Rehearsal, terms, contract", len(cast.payers()))
    run = Run(script, cast, node, workspace, launch(script, cast, node, workspace, watch), watch)
    openings = commit(run)
    reveal(run, openings)
    settle(run)
    rounds = list(train(run)) if run.books().status == Status.TRAINING else []
    if rounds:
        deliver(run, rounds)
    pay(run, rounds)
    record = build_record(evidence(run, rounds), node)
    workspace.write(workspace.record, render(record))
    return record


def commit(run: Run) -> dict[bytes, list[Opening]]:
    """Everybody seals: owners lock their escrow, clients a bond, the coordinator its bond.

    Returns:
        The openings of those who will reveal, by role.
    """
    script, address, chain_id = run.script, run.launched.campaign.address, run.node.chain_id
    run.watch.phase("Sealed bids and offers", 1 + len(script.owners) + len(script.clients))
    salts = run.workspace.salts([*(owner.id for owner in script.owners), *(client.id for client in script.clients)])
    edges = [edge.id for edge in script.edges]
    run.send(run.cast.coordinator, "post coordinator bond", "post_coordinator_bond")
    bids, offers = [], []
    for owner in script.owners:
        account = run.cast.owners[owner.id]
        opening = Opening(account.address, owner.bid, 0, salts[owner.id])
        run.send(account, f"commit bid: {owner.id}", "commit_bid", seal(BID, chain_id, address, opening), owner.escrow)
        bids += [] if owner.silent else [opening]
    for client in script.clients:
        account = run.cast.clients[client.id]
        opening = Opening(account.address, client.cost, edges.index(client.edge), salts[client.id])
        run.send(account, f"commit offer: {client.id}", "commit_offer", seal(OFFER, chain_id, address, opening))
        offers += [] if client.silent else [opening]
    return {BID: bids, OFFER: offers}


def reveal(run: Run, openings: dict[bytes, list[Opening]]) -> None:
    """The initiator relays the openings in batches; anybody could."""
    run.node.advance_to(run.launched.terms.commit_end)
    run.watch.phase("Reveal", sum(-(-len(group) // MAX_BATCH) for group in openings.values()))
    for function, note, group in (
        ("reveal_bids", "reveal bids", openings[BID]),
        ("reveal_offers", "reveal offers", openings[OFFER]),
    ):
        for start in range(0, len(group), MAX_BATCH):
            run.send(run.cast.initiator, note, function, opening_arguments(group[start : start + MAX_BATCH]))


def settle(run: Run) -> None:
    """Compute the certificate and let the contract check it."""
    run.node.advance_to(run.launched.terms.reveal_end)
    run.watch.phase("Settlement", 1)
    right = run.books().right_certificate()
    keys = [cutoff_key(key) for key in right.edge_cutoffs]
    run.send(run.cast.initiator, "settle", "settle", cutoff_key(right.cutoff), keys)
    ledger, ids = run.books(), ids_by_account(run.launched.document)
    levels = {ids[owner.account]: owner.level for owner in ledger.owners}
    run.watch.settled(run.launched.document, levels, sum(o.winner for o in ledger.offers), ledger.round_cost)


def train(run: Run) -> Iterator[Round]:
    """Train the rounds that were bought; a checkpoint and a record on chain for each."""
    ledger, ids = run.books(), ids_by_account(run.launched.document)
    training = Training(**run.launched.document["training"])
    plan, found = plan_of(training, ledger.rounds), campaign_task(training.task)
    federation = found.federation([ids[offer.client] for offer in ledger.offers if offer.winner])
    run.watch.phase("Training", plan.rounds)
    saved = checkpoints.load_all(run.workspace.checkpoints)
    start = (saved[-1].number, saved[-1].model) if saved else None
    engine = Unreliable(InProcess(), run.script.outages)
    settled_at = ledger.round_deadline - run.launched.terms.round_limit_s
    for finished in [*saved, *train_rounds(found.task(plan), engine, federation, plan, start)]:
        if finished.number > len(saved):
            checkpoints.save(run.workspace.checkpoints, finished)
        run.node.advance_to(settled_at + finished.number * DAY_S)
        what = (finished.number, finished.digest, finished.updates_root, metric_ppb(finished.metric))
        run.send(run.cast.coordinator, f"record round: {finished.number}", "record_round", *what)
        missing = [delivery.client for delivery in finished.deliveries if not delivery.accepted]
        run.watch.round(finished.metric, missing)
        yield finished


def deliver(run: Run, rounds: list[Round]) -> None:
    """Every edge signs the bitmaps of its clients; anybody posts the signed roots; the books are closed."""
    ledger, campaign = run.books(), run.launched.campaign
    deliveries = tuple(delivery for finished in rounds for delivery in finished.deliveries)
    serving = [edge for edge, account in enumerate(ledger.edges) if account.winners]
    run.watch.phase("Signed deliveries", len(serving) + 1)
    for edge in serving:
        rows = delivery_tree(deliveries, ledger, run.launched.document, edge, len(rounds))
        root = merkle.root([delivery_leaf(*row) for row in rows])
        total = sum(bitmap.bit_count() for _, bitmap in rows)
        message = deliveries_message(run.node.chain_id, campaign.address, edge, len(rounds), root, total)
        name = run.launched.terms.edges[edge].id
        signature = sign(run.cast.edges[name], message)
        arguments = (edge, len(rounds), root, total, signature)
        run.send(run.cast.edges[name], f"post deliveries: {name}", "post_deliveries", *arguments)
    run.send(run.cast.initiator, "close", "close")


def pay(run: Run, rounds: list[Round]) -> None:
    """Everybody gets what is theirs: clients their rounds and bonds, edges their fees, the rest their credit."""
    ledger, ids = run.books(), ids_by_account(run.launched.document)
    deliveries = tuple(delivery for finished in rounds for delivery in finished.deliveries)
    owed = [account for account, amount in ledger.credit.items() if amount]
    bonds = [offer.client for offer in ledger.offers if offer.cost is not None]
    run.watch.phase("Payments", len(owed) + len(bonds) + sum(account.winners for account in ledger.edges))
    for edge in range(len(ledger.edges)):
        rows = delivery_tree(deliveries, ledger, run.launched.document, edge, len(rounds))
        leaves = [delivery_leaf(*row) for row in rows]
        for (position, bitmap), proof in zip(rows, merkle.proofs(leaves), strict=True):
            client = ledger.offers[position].client
            if bitmap:
                run.send(
                    run.cast.clients[ids[client]],
                    f"claim: {ids[client]}",
                    "claim",
                    client,
                    bitmap,
                    proof_argument(proof),
                )
        if ledger.edges[edge].delivered * run.launched.terms.edges[edge].fee:
            name = run.launched.terms.edges[edge].id
            run.send(run.cast.edges[name], f"claim edge fee: {name}", "claim_edge_fee", edge)
    for client in bonds:
        run.send(run.cast.clients[ids[client]], f"return bond: {ids[client]}", "return_bond", client)
    for account in owed:
        run.send(run.cast.initiator, f"withdraw: {ids[account]}", "withdraw", account)


def evidence(run: Run, rounds: list[Round]) -> Evidence:
    """Everything a record is computed from."""
    training = Training(**run.launched.document["training"])
    initial = campaign_task(training.task).task(plan_of(training)).initial(training.seed)
    return Evidence(
        terms=run.launched.document,
        transactions=tuple((intent.raw, mined) for intent, mined in run.node.sent()),
        deliveries=tuple(delivery for finished in rounds for delivery in finished.deliveries),
        checkpoints=(initial, *(finished.model for finished in rounds)),
        alone=train_all_alone(training, [owner.id for owner in run.script.owners]),
    )
