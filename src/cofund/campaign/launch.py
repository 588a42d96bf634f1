"""Before anyone bids: accounts, a rehearsal for the public quality curve, the published terms, the contract."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cofund.campaign.creations import Created
from cofund.campaign.publication import document_of, terms_of
from cofund.campaign.published import publish_terms
from cofund.campaign.script import Script
from cofund.campaign.store import Store
from cofund.campaign.tasks import PLANNED, plan_of
from cofund.campaign.watch import Watch
from cofund.chain.accounts import rehearsal_account
from cofund.chain.contract import Contract, create_campaign, deploy, deploy_factory
from cofund.errors import CheckFailed, InputError
from cofund.market.quality import exponential_quality
from cofund.market.terms import MAX_OWNERS, NOBODY, EdgeTerms, Terms
from cofund.training import curve
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import Round, require_delivered, train_rounds
from cofund.training.plan import Plan
from cofund.training.returned import asked
from cofund.training.tasks.named import campaign_task

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from cofund.campaign.workspace import Workspace
    from cofund.chain.node import Node

DAY_S = 86_400
TOKEN_DECIMALS = 6  # of a new TestToken
COMMIT_DAYS, REVEAL_DAYS, SETTLE_DAYS, ROUND_DAYS, VETO_DAYS, DELIVERY_DAYS = 7, 2, 1, 2, 1, 3


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody's account; owners, clients and edges by id; the sponsor's is unused if there is none."""

    initiator: "LocalAccount"
    coordinator: "LocalAccount"
    sponsor: "LocalAccount"
    edges: dict[str, "LocalAccount"]
    owners: dict[str, "LocalAccount"]
    clients: dict[str, "LocalAccount"]

    def all(self) -> list["LocalAccount"]:
        """Every account once."""
        groups = (self.edges, self.owners, self.clients)
        return [
            self.initiator,
            self.coordinator,
            self.sponsor,
            *(account for group in groups for account in group.values()),
        ]

    def payers(self) -> list["LocalAccount"]:
        """Who locks money: coordinator, sponsor, edges, which bond their books, and owners."""
        return [self.coordinator, self.sponsor, *self.edges.values(), *self.owners.values()]


def cast_of(script: Script, seed: str) -> Cast:
    """Everybody's account, derived from one seed: a rehearsal, in which one program plays all parts."""

    def account(role: str, name: str = "") -> "LocalAccount":
        return rehearsal_account(seed, f"{role} {name}")

    return Cast(
        initiator=account("initiator"),
        coordinator=account("coordinator"),
        sponsor=account("sponsor"),
        edges={edge.id: account("edge", edge.id) for edge in script.edges},
        owners={owner.id: account("owner", owner.id) for owner in script.owners},
        clients={client.id: account("client", client.id) for client in script.clients},
    )


def rehearse(task: str, plan: Plan) -> dict[str, Any]:
    """Train on earlier data without the owners' sites and the test years, and fit the quality curve."""
    found = campaign_task(task)
    rounds = train_rounds(asked(found.task, plan), InProcess(), asked(found.rehearsal), plan)
    metrics = [_rehearsed(finished) for finished in rounds]
    fitted = curve.fit(metrics)
    return {"rate": fitted.rate, "rmse": f"{fitted.rmse:.6f}", "metrics": [f"{metric:.6f}" for metric in metrics]}


def _rehearsed(finished: Round) -> float:
    """The metric of a round that somebody delivered.

    Raises:
        CheckFailed: nobody delivered, or there is no metric.
    """
    metric = require_delivered(finished).metric
    if metric is None:
        said = "".join(f" {member}: {reason}" for member, reason in list(finished.unmeasured.items())[:1])
        raise CheckFailed(f"rehearsal: round {finished.number}: no metric, so there is no quality curve.{said}")
    return metric


def training_of(script: Script) -> dict[str, Any]:
    """What the terms say about the training.

    Raises:
        InputError: if the plan has something that terms cannot say.
    """
    plan = script.plan
    training = {"task": script.task} | {name: getattr(plan, name) for name in PLANNED}
    if plan_of(training) != plan:
        raise InputError(script.name, "plan", "expected a plan without norm bound, timeout or rule of its own")
    return training


def publish(script: Script, cast: Cast, token: str, start: int, rehearsal: dict[str, Any]) -> dict[str, Any]:
    """The terms document; its digest goes into the contract."""
    commit_end = start + COMMIT_DAYS * DAY_S
    # else a heavy owner bids, and a sponsor pays, under another name
    listed = script.sponsored or any(owner.weight > 1 for owner in script.owners)
    terms = Terms(
        token=token,
        coordinator=cast.coordinator.address,
        commit_end=commit_end,
        reveal_end=commit_end + REVEAL_DAYS * DAY_S,
        settle_end=commit_end + (REVEAL_DAYS + SETTLE_DAYS) * DAY_S,
        round_limit_s=ROUND_DAYS * DAY_S,
        veto_window_s=VETO_DAYS * DAY_S,
        unaccepted=1,
        delivery_window_s=DELIVERY_DAYS * DAY_S,
        tick=script.tick,
        cohort=script.cohort,
        min_cohort=script.min_cohort,
        ceiling=script.ceiling * script.tick,
        coordinator_fee=script.coordinator_fee,
        goal=script.goal,
        goals=script.goals,
        quality=exponential_quality(Decimal(rehearsal["rate"]), script.plan.rounds),
        edges=tuple(
            EdgeTerms(
                e.id,
                cast.edges[e.id].address,
                e.capacity,
                e.fee * script.tick,
                (script.ceiling if e.ceiling is None else e.ceiling) * script.tick,
                e.parent,
            )
            for e in script.edges
        ),
        weights=tuple((cast.owners[o.id].address, o.weight) for o in script.owners if listed or o.weight > 1),
        listed_owners=listed,
        owner_bond=script.owner_bond,
        book_bond=script.ceiling * script.tick,
        edge_bond=script.edge_bond,
        coordinator_bond=max(script.coordinator_bond, MAX_OWNERS),
        digest=b"",
        tolerance=script.tolerance,
        sponsor=cast.sponsor.address if script.sponsored else NOBODY,
        match=script.match,
        underwritten=script.underwritten,
    )
    return document_of(
        terms,
        name=script.name,
        token=(script.unit, script.decimals),
        initiator=cast.initiator.address,
        edge_names=(edge.name for edge in script.edges),
        owners=((o.id, o.name, cast.owners[o.id].address) for o in script.owners),
        clients=(
            (c.id, c.name, cast.clients[c.id].address, c.edge) for c in sorted(script.clients, key=lambda c: c.id)
        ),
        training=training_of(script),
        rehearsal=rehearsal,
    )


@dataclass(frozen=True, slots=True)
class Launched:
    """A campaign that is open for commitments."""

    document: dict[str, Any]
    terms: Terms
    token: Contract
    campaign: Contract
    creation: Created


def launch(script: Script, cast: Cast, node: "Node", workspace: "Workspace", watch: Watch) -> Launched:
    """Deploy token and factory, publish the terms, create the campaign and give everyone rehearsal money."""
    training = training_of(script)
    token = deploy(node, cast.initiator, "TestToken")
    factory = deploy_factory(node, cast.initiator)
    if not workspace.terms.exists():
        document = publish(script, cast, token.address, node.now(), rehearse(script.task, script.plan))
        workspace.write(workspace.terms, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    document = json.loads(workspace.terms.read_text(encoding="utf-8"))
    if document["training"] != training:
        raise InputError(str(workspace.terms), "training", "expected that of this campaign; start in a new folder")
    terms = terms_of(document)
    publish_terms(Store(script.store or str(workspace.store)), document)
    campaign = create_campaign(factory, cast.initiator, terms, script.store)
    _, created = node.sent()[-1]
    wealth = max(10 * max(owner.escrow for owner in script.owners), terms.sponsorship)
    if script.decimals != TOKEN_DECIMALS:
        token.send(cast.initiator, "set decimals", "set_decimals", script.decimals)
    token.send(cast.initiator, "mint rehearsal money", "mint", [account.address for account in cast.payers()], wealth)
    watch.step("mint rehearsal money")
    creation = Created(campaign.address, factory.address, created.block, created.hash, script.store)
    return Launched(document, terms, token, campaign, creation)
