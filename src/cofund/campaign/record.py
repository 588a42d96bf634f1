"""A campaign's record: everything it produced, computed from the evidence and held against the chain.

The same code writes a record and verifies one: to verify is to compute it again from the evidence inside it.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from eth_utils.conversions import to_hex

from cofund import merkle
from cofund.campaign.books import check_against_chain, keep_books, openings
from cofund.campaign.evidence import Evidence
from cofund.campaign.gains import gains
from cofund.campaign.publication import Training, iso, terms_of
from cofund.campaign.tasks import campaign_task, plan_of
from cofund.chain.artifacts import artifact
from cofund.chain.contract import Call, Contract, creation_arguments, creation_code, decode_calls
from cofund.errors import CheckFailed
from cofund.market.codec import encode_instance
from cofund.market.instance import Client, Instance, Owner
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import clear
from cofund.settlement.ledger import Ledger, delivery_leaf
from cofund.training.deliveries import Delivery, bitmaps, updates_root
from cofund.training.edge import Work
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import validation_metric
from cofund.training.model import model_digest

if TYPE_CHECKING:
    from cofund.chain.node import Node

SCHEMA = "cofund.record/1"
PARTS_PER_BILLION = 10**9
METRIC_TOLERANCE_PPB = 1000  # 1e-6: another processor's tanh may swap two scores that are almost equal


def build_record(evidence: Evidence, node: "Node") -> dict[str, Any]:
    """Compute the whole record.

    Args:
        evidence: what cannot be recomputed.
        node: on which the evidence's transactions were executed.

    Raises:
        CheckFailed: if evidence, chain and mechanism do not agree.
    """
    _check_code(evidence)
    campaign, token, factory = _contracts(evidence, node)
    raws = [intent.raw for intent, _ in evidence.transactions]
    calls = decode_calls(node, raws, {factory.address: "CampaignFactory", campaign.address: "Campaign"})
    mined = [(entry.timestamp, call) for (_, entry), call in zip(evidence.transactions, calls, strict=True)]
    own = [(now, call) for now, call in mined if call is not None and call.to == campaign.address]
    terms = terms_of(evidence.terms)
    _check_creation(evidence, [call for call in calls if call is not None and call.to == factory.address])
    ledger = Ledger(terms, evidence.terms["initiator"], node.chain_id, campaign.address)
    check_against_chain(keep_books(ledger, own), campaign, token)
    instance = named_instance(ledger, evidence.terms)
    outcome = clear(instance)
    _check_outcome(ledger, outcome, evidence.terms)
    deliveries = _by_round(evidence.deliveries)
    return {
        "schema": SCHEMA,
        "campaign": {
            "name": evidence.terms["name"],
            "chain_id": node.chain_id,
            "address": campaign.address,
            "factory": factory.address,
            "compiler": artifact("Campaign").compiler,
            "contracts_sha256": artifact("Campaign").source_sha256,
            "status": str(ledger.status),
        },
        "openings": _openings(ledger, own, evidence.terms),
        "instance": encode_instance(instance),
        "outcome": encode_outcome(outcome),
        "rounds": [_round(evidence, deliveries, now, call) for now, call in own if call.function == "record_round"],
        "roots": [_root(evidence, ledger, call) for _, call in own if call.function == "post_deliveries"],
        "gains": gains(evidence, ledger) if evidence.alone else [],
        "payments": _payments(ledger, evidence.terms),
        "conservation": _conservation(ledger),
        "gas": _gas(evidence),
    } | evidence.to_json()


def named_instance(ledger: Ledger, terms: dict[str, Any]) -> Instance:
    """The revealed market with the parties' ids instead of their accounts."""
    ids, revealed = ids_by_account(terms), ledger.instance()
    return Instance(
        cohort=revealed.cohort,
        min_cohort=revealed.min_cohort,
        ceiling=revealed.ceiling,
        coordinator_fee=revealed.coordinator_fee,
        goal=revealed.goal,
        match=revealed.match,
        quality=revealed.quality,
        edges=revealed.edges,
        owners=tuple(Owner(ids[o.id], o.bid, o.weight) for o in revealed.owners),
        clients=tuple(Client(ids[c.id], c.edge, c.cost) for c in revealed.clients),
    )


def ids_by_account(terms: dict[str, Any]) -> dict[str, str]:
    """Id of every party by its account; roles stand for themselves."""
    roles = {terms["initiator"]: "initiator", terms["coordinator"]: "coordinator"}
    edges = {edge["operator"]: f"edge {edge['id']}" for edge in terms["edges"]}
    return roles | edges | {party["account"]: party["id"] for party in [*terms["owners"], *terms["clients"]]}


def _contracts(evidence: Evidence, node: "Node") -> tuple[Contract, Contract, Contract]:
    """Campaign, token and factory, found by what the evidence created and where the factory says it put it."""
    created = {intent.note: mined for intent, mined in evidence.transactions}
    missing = [note for note in ("deploy CampaignFactory", "create campaign") if note not in created]
    if missing:
        raise CheckFailed(f"transactions: none with the note {missing[0]}")
    factory = Contract(node, "CampaignFactory", node.created(created["deploy CampaignFactory"]))
    logs = [log for log in node.logs(created["create campaign"]) if log["address"] == factory.address]
    address = node.web3.to_checksum_address(bytes(logs[0]["topics"][1])[-20:])
    token = Contract(node, "TestToken", evidence.terms["token"]["address"])
    return Contract(node, "Campaign", address), token, factory


def _check_code(evidence: Evidence) -> None:
    """Every contract that was created is one of the packaged ones."""
    packaged = (
        artifact("TestToken").bytecode,
        artifact("Campaign").blueprint,
        artifact("SerialSharing").bytecode,
        artifact("CampaignFactory").bytecode,
    )
    for index, (intent, _) in enumerate(evidence.transactions):
        code = creation_code(intent.raw)
        if code and not code.startswith(packaged):
            raise CheckFailed(f"transactions[{index}].raw: creates another contract than this version of cofund does")


def _check_creation(evidence: Evidence, calls: list[Call]) -> None:
    """The campaign was created with exactly the published terms."""
    head, edges, quality, weights = creation_arguments(terms_of(evidence.terms))
    given = calls[0].arguments
    on_chain = (
        tuple(given["terms"].values()),
        [tuple(edge.values()) for edge in given["edges"]],
        list(given["quality"]),
        [tuple(weight.values()) for weight in given["weights"]],
    )
    if on_chain != (head, edges, quality, weights):
        raise CheckFailed("terms: not those that the campaign was created with")
    if calls[0].sender != evidence.terms["initiator"]:
        raise CheckFailed("terms.initiator: somebody else created the campaign")


def _check_outcome(ledger: Ledger, outcome: Any, terms: dict[str, Any]) -> None:
    ids = ids_by_account(terms)
    bought = {ids[owner.account]: (owner.level, owner.charge) for owner in ledger.owners if owner.bid is not None}
    if bought != {owner.id: (owner.level, owner.charge) for owner in outcome.owners}:
        raise CheckFailed("outcome.owners: not what the contract charged")
    winners = [ids[offer.client] for offer in ledger.offers if offer.winner]
    if winners != [winner.id for winner in outcome.winners]:
        raise CheckFailed("outcome.winners: not those the contract chose")


def _openings(ledger: Ledger, own: list[tuple[int, Call]], terms: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for every commitment in commit order: amount and salt if it was opened."""
    salts = {
        (call.function, opening.sender): to_hex(opening.salt)
        for _, call in own
        if call.function.startswith("reveal_")
        for opening in openings(call.arguments["openings"])
    }
    ids = ids_by_account(terms)
    tick = ledger.terms.tick
    bids = [
        {
            "id": ids[owner.account],
            "role": "owner",
            "commitment": to_hex(owner.commitment),
            "escrow": str(owner.escrow),
            "amount": None if owner.bid is None else str(owner.bid),
            "edge": None,
            "salt": salts.get(("reveal_bids", owner.account)),
        }
        for owner in ledger.owners
    ]
    offers = [
        {
            "id": ids[offer.client],
            "role": "client",
            "commitment": to_hex(offer.commitment),
            "escrow": None,
            "amount": None if offer.cost is None else str(offer.cost * tick),
            "edge": None if offer.cost is None else ledger.terms.edges[offer.edge].id,
            "salt": salts.get(("reveal_offers", offer.client)),
        }
        for offer in ledger.offers
    ]
    return bids + offers


def _by_round(deliveries: tuple[Delivery, ...]) -> dict[int, list[Delivery]]:
    rounds: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        rounds[delivery.round].append(delivery)
    return rounds


def _round(evidence: Evidence, deliveries: dict[int, list[Delivery]], now: int, call: Call) -> dict[str, Any]:
    """One recorded round, its model and deliveries held against what was recorded on chain."""
    number = call.arguments["number"]
    model, delivered = evidence.checkpoints[number], deliveries[number]
    if model_digest(model) != call.arguments["model_digest"]:
        raise CheckFailed(f"rounds[{number - 1}].model_digest: not the digest of checkpoint {number}")
    if updates_root(delivered) != call.arguments["updates_root"]:
        raise CheckFailed(f"rounds[{number - 1}].updates_root: not the root of the deliveries of round {number}")
    metric = call.arguments["metric"]
    training = Training(**evidence.terms["training"])
    found = campaign_task(training.task)
    federation = found.federation([delivery.client for delivery in delivered])
    task = found.task(plan_of(training))
    again = validation_metric(task, InProcess(), federation, Work(number, 0, model), delivered)
    if abs(metric_ppb(again) - metric) > METRIC_TOLERANCE_PPB:
        raise CheckFailed(
            f"rounds[{number - 1}].metric: the checkpoint scores {metric_ppb(again)}, recorded is {metric}"
        )
    return {
        "round": number,
        "time": iso(now),
        "metric": f"{metric / PARTS_PER_BILLION:.4f}",
        "metric_ppb": metric,
        "model_digest": model_digest(model).hex(),
        "updates_root": updates_root(delivered).hex(),
        "delivered": sum(delivery.accepted for delivery in delivered),
        "missing": [delivery.client for delivery in delivered if not delivery.accepted],
    }


def metric_ppb(metric: float | None) -> int:
    """A metric as the contract carries it: parts of 10**9, rounded to nearest; 0 if nobody validated."""
    return 0 if metric is None else round(metric * PARTS_PER_BILLION)


def _root(evidence: Evidence, ledger: Ledger, call: Call) -> dict[str, Any]:
    """One signed root, held against the deliveries it claims to sum up."""
    given = call.arguments
    edge = ledger.terms.edges[given["edge"]]
    tree = delivery_tree(evidence.deliveries, ledger, evidence.terms, given["edge"], given["up_to_round"])
    if merkle.root([delivery_leaf(*row) for row in tree]) != given["root"]:
        raise CheckFailed(f"roots: edge {edge.id} signed a root that its deliveries do not have")
    if sum(bitmap.bit_count() for _, bitmap in tree) != given["total"]:
        raise CheckFailed(f"roots: edge {edge.id} signed a total that its deliveries do not have")
    return {
        "edge": edge.id,
        "up_to_round": given["up_to_round"],
        "total": given["total"],
        "root": given["root"].hex(),
        "signature": given["signature"].hex(),
    }


def delivery_tree(
    deliveries: tuple[Delivery, ...], ledger: Ledger, terms: dict[str, Any], edge: int, up_to_round: int
) -> list[tuple[int, int]]:
    """(position of the offer, bitmap of rounds) of every winner at an edge, in position order."""
    ids = ids_by_account(terms)
    delivered = bitmaps(delivery for delivery in deliveries if delivery.round <= up_to_round)
    return [
        (position, delivered.get(ids[offer.client], 0))
        for position, offer in enumerate(ledger.offers)
        if offer.winner and offer.edge == edge
    ]


def _payments(ledger: Ledger, terms: dict[str, Any]) -> list[dict[str, Any]]:
    """Money in and out per account, base units."""
    ids = ids_by_account(terms)
    rows = []
    for account in dict.fromkeys([*ids, *ledger.deposits, *ledger.payments, *ledger.credit]):
        deposited, paid, credit = ledger.deposits[account], ledger.payments[account], ledger.credit[account]
        if deposited or paid or credit:
            rows.append(
                {
                    "id": ids.get(account, account),
                    "account": account,
                    "deposited": str(deposited),
                    "received": str(paid),
                    "still_owed": str(credit),
                    "net": str(paid + credit - deposited),
                }
            )
    return rows


def _conservation(ledger: Ledger) -> dict[str, Any]:
    """Where the owners' charges went, and that nothing is missing; base units."""
    terms, done = ledger.terms, ledger.rounds_done
    clients = sum(e.delivered * (e.price - t.fee) for e, t in zip(ledger.edges, terms.edges, strict=True))
    fees = sum(e.delivered * t.fee for e, t in zip(ledger.edges, terms.edges, strict=True))
    charges, earned = sum(owner.charge for owner in ledger.owners), sum(ledger.earned())
    return {
        "deposited": str(ledger.deposits.total()),
        "paid_out": str(ledger.payments.total()),
        "held": str(ledger.held()),
        "charges": str(charges),
        "clients": str(clients),
        "edges": str(fees),
        "coordinator": str(terms.coordinator_fee * done),
        "undelivered_back_to_owners": str(ledger.undelivered()),
        "dust_to_initiator": str(earned - ledger.round_cost * done),
        "not_earned_back_to_owners": str(charges - earned),
    }


def _gas(evidence: Evidence) -> list[dict[str, Any]]:
    """Transactions and gas by what they were for, in order of first appearance."""
    steps: dict[str, list[int]] = defaultdict(list)
    for intent, mined in evidence.transactions:
        steps[intent.note.partition(":")[0]].append(mined.gas_used)
    return [{"step": step, "transactions": len(gas), "gas": sum(gas)} for step, gas in steps.items()]
