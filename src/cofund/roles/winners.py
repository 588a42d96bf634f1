"""Who trains, and what, once a campaign is settled: the chain names the winners, the published terms the plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.edge_results import Signatures
from cofund.campaign.seat import PAYING
from cofund.campaign.tasks import plan_of
from cofund.errors import InputError, Reverted
from cofund.roles.signing import client_id, winners_at
from cofund.training.engines.nvflare.layout import EdgeServer, Layout, dump_layout, parse_layout

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.roles.desk import Desk

NOWHERE: Final = "nowhere.invalid:1"
TIMEOUT_S: Final = 60.0


def settled_layout(
    desk: "Desk",
    seen: "Seat",
    document: dict[str, Any],
    coordinator: str,
    edges: Mapping[str, str],
    timeout_s: float = TIMEOUT_S,
) -> Layout:
    """The training that a settled campaign pays for; a winner that the terms do not name stops nobody else's.

    Args:
        desk: any account's.
        seen: now.
        document: the published terms.
        coordinator: ``host:port`` on which edges reach the coordinator.
        edges: by id, ``host:port`` on which clients reach the edge; edges without winners need none.
        timeout_s: what a client has for its local steps.

    Raises:
        Reverted: the campaign is not settled, or no round was bought.
        InputError: the terms name no training, or none of the winners; an address is missing or wrong.
    """
    if seen.status not in PAYING:
        raise Reverted(f"kits: no rounds were bought: the campaign is {seen.phase}")
    if document["training"] is None:
        raise InputError("terms", "training", "expected what is trained; these terms do not say it")
    stations = []
    unknown = sorted(edges.keys() - {edge["id"] for edge in document["edges"]})
    if unknown:
        known = ", ".join(edge["id"] for edge in document["edges"])
        raise InputError("--edge", unknown[0], f"expected one of {known}")
    for at, edge in enumerate(document["edges"]):
        named = (client_id(document, account) for account in winners_at(desk, seen, at))
        clients = tuple(name for name in named if name is not None)
        if clients and edge["id"] not in edges:
            raise InputError("--edge", edge["id"], f"expected {edge['id']}=HOST:PORT: {', '.join(clients)} train there")
        if clients:
            stations.append(EdgeServer(edge["id"], edges[edge["id"]], clients))
    if not stations:
        raise InputError("terms", "clients", "expected one of the winners among them: without an id nobody can train")
    training = document["training"]
    plan = replace(plan_of(training, seen.rounds), timeout=timeout_s)
    return parse_layout(dump_layout(Layout(training["task"], plan, coordinator, tuple(stations))), "campaign")


def require_same(kit: Layout, settled: Layout, where: str) -> None:
    """Refuse a kit of another training than the one that was settled; its addresses are its own.

    Raises:
        InputError: it is another one.
    """
    mine, right = ((each.task, replace(each.plan, timeout=None), each.federation) for each in (kit, settled))
    if mine != right:
        raise InputError(where, "", "expected a kit of this campaign (cofund kits --campaign)")


def addresses(kit: Layout) -> dict[str, str]:
    """By edge, where its clients reach it."""
    return {edge.id: edge.address for edge in kit.edges}


def edge_signatures(desk: "Desk", seen: "Seat", document: dict[str, Any]) -> Signatures:
    """Whose signatures under results are taken: those of the accounts that the chain names."""
    operators = {named["id"]: edge.operator for named, edge in zip(document["edges"], seen.terms.edges, strict=True)}
    return Signatures(desk.node.chain_id, desk.campaign.address, operators)
