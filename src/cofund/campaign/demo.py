"""The demonstration: agencies with new stations buy a PM10 forecast that the established stations train."""

from random import Random
from typing import Final

from cofund.campaign.script import ClientScript, EdgeScript, OwnerScript, Script
from cofund.data.air_quality.measurements import NETWORKS
from cofund.training.engines.unreliable import Outage
from cofund.training.tasks.air_quality_parties import OWNERS, PLAN, edges
from cofund.units import ONE

EURO: Final = 10**6
TICK: Final = EURO // 100
BIDS: Final = {
    "BW-new": 4800,
    "HE-new": 2850,
    "NI-new": 18000,
    "NW-new": 3600,
    "RP-new": 4500,
    "TH-new": 675,
    "UB-new": 30000,
}
"""What the finished model is worth to each owner, in euros."""

SILENT_OWNER: Final = "RP-new"
CAPACITY: Final = {"NW": 3, "SN": 3, "UB": 2}
"""Clients that an edge can serve where that is less than it has."""

OUTAGE: Final = ("BB", 9, 14)
"""The first winner of this edge cannot be reached in these rounds."""


def air_quality_script() -> Script:
    """The same campaign every time: costs and fees are drawn from a fixed seed."""
    draw = Random(2026)  # noqa: S311 - costs of a demonstration, not secrets
    networks = edges()
    fees = {network: draw.randint(4, 18) for network, _ in networks}
    clients = [
        ClientScript(station, f"{NETWORKS[network]} {station}", network, draw.randint(30, 150))
        for network, stations in networks
        for station in stations
    ]
    draw.shuffle(clients)
    return Script(
        name="PM10 above 35 µg/m³ tomorrow",
        task="air-quality",
        unit="rEUR",
        decimals=6,
        tick=TICK,
        cohort=22,
        min_cohort=16,
        ceiling=200,
        coordinator_fee=2 * EURO,
        goal=10,
        tolerance=ONE // 3,
        owner_bond=10 * EURO,
        edge_bond=50 * EURO,
        coordinator_bond=200 * EURO,
        edges=tuple(
            EdgeScript(network, NETWORKS[network], CAPACITY.get(network, len(stations)), fees[network])
            for network, stations in networks
        ),
        owners=tuple(
            OwnerScript(
                id=owner.id,
                name=owner.name,
                weight=len(owner.stations),
                bid=BIDS[owner.id] * EURO,
                escrow=_padded(BIDS[owner.id]) * EURO,
                silent=owner.id == SILENT_OWNER,
            )
            for owner in OWNERS
        ),
        clients=tuple(clients),
        outages=(_outage(clients),),
        plan=PLAN,
    )


def _padded(bid: int) -> int:
    """Escrow in steps of 250, so that the public deposit says little about the sealed bid."""
    return -(-(bid + 1) // 250) * 250


def _outage(clients: list[ClientScript]) -> Outage:
    network, first, last = OUTAGE
    cheapest = min((client for client in clients if client.edge == network), key=lambda client: client.cost)
    return Outage(cheapest.id, first, last)
