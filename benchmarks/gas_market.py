"""The campaigns that are measured: who takes part, what they ask and bid, and the terms on chain."""

from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Final

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from cofund.chain.accounts import rehearsal_account
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.market.quality import power_quality
from cofund.market.terms import NOBODY, EdgeTerms, Terms
from cofund.units import ONE

CHEAP, DEAR, CEILING, FEE = 4_000_000, 8_000_000, 9_000_000, 250_000
PHASE_S: Final = 100_000
"""Long enough for a block a second."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Who signs, in the order of the instance; clients send nothing, so addresses are enough."""

    initiator: LocalAccount
    coordinator: LocalAccount
    sponsor: LocalAccount
    anyone: LocalAccount
    owners: tuple[LocalAccount, ...]
    edges: tuple[LocalAccount, ...]
    addresses: tuple[str, ...]

    def senders(self) -> list[LocalAccount]:
        """All who send transactions."""
        return [self.initiator, self.coordinator, self.sponsor, self.anyone, *self.owners, *self.edges]


def keys(instance: Instance) -> Keys:
    """Keys for everybody in the market."""
    return Keys(
        initiator=_account("initiator"),
        coordinator=_account("coordinator"),
        sponsor=_account("sponsor"),
        anyone=_account("anyone"),
        owners=tuple(_account(owner.id) for owner in instance.owners),
        edges=tuple(_account(edge.id) for edge in instance.edges),
        addresses=tuple(
            to_checksum_address(keccak(text=f"cofund gas {client.id}")[12:]) for client in instance.clients
        ),
    )


def _account(name: str) -> LocalAccount:
    return rehearsal_account("gas", name)


def market(clients: int, owners: int, edges: int, rounds: int, seed: int = 1) -> Instance:
    """Half of the clients train; every edge has as many clients and a little too few places, some far too few."""
    draw = Random(seed)  # noqa: S311 - the same market every time
    cohort = max(1, clients // 2)
    quality = power_quality(Decimal("0.5"), rounds)
    # with this bid from everybody all rounds can be paid even if all clients were as dear as can be
    enough = -(-(cohort * CEILING + cohort) * 10**9 // (owners * quality[-1]))
    return Instance(
        cohort=cohort,
        min_cohort=cohort // 2,
        ceiling=CEILING,
        coordinator_fee=cohort,
        goal=min(2, rounds),
        match=0,
        quality=quality,
        edges=tuple(
            Edge(f"edge-{at}", -(-clients * draw.randint(40, 70) // (100 * edges)), FEE) for at in range(edges)
        ),
        owners=tuple(Owner(f"owner-{at}", enough * draw.randint(60, 200) // 100) for at in range(owners)),
        clients=tuple(
            Client(f"client-{at}", f"edge-{at * edges // clients}", draw.randint(CHEAP, DEAR)) for at in range(clients)
        ),
    )


def with_costs(instance: Instance, costs: list[int]) -> Instance:
    """The same market with other costs, in the order of its clients."""
    pairs = zip(instance.clients, costs, strict=True)
    return replace(instance, clients=tuple(replace(client, cost=cost) for client, cost in pairs))


def terms_of(instance: Instance, who: Keys, token: str, now: int, rule: str, *, sealed: bool = False) -> Terms:
    """Terms on chain; the tick is one base unit."""
    return Terms(
        token=token,
        coordinator=who.coordinator.address,
        sponsor=who.sponsor.address if rule == "vcg" else NOBODY,
        underwritten=rule == "vcg",
        commit_end=now + PHASE_S,
        reveal_end=now + 2 * PHASE_S,
        settle_end=now + 3 * PHASE_S,
        round_limit_s=PHASE_S,
        veto_window_s=0,
        unaccepted=1,
        delivery_window_s=PHASE_S,
        tick=1,
        cohort=instance.cohort,
        min_cohort=instance.min_cohort,
        ceiling=instance.ceiling,
        coordinator_fee=instance.coordinator_fee,
        goal=instance.goal,
        quality=instance.quality,
        edges=tuple(
            EdgeTerms(edge.id, account.address, edge.capacity, edge.fee, instance.ceiling)
            for edge, account in zip(instance.edges, who.edges, strict=True)
        ),
        listed_owners=rule == "vcg",
        weights=tuple((owner.address, 1) for owner in who.owners) if rule == "vcg" else (),
        owner_bond=10**6,
        book_bond=instance.ceiling,
        edge_bond=10**6,
        coordinator_bond=10**6,
        digest=keccak(text="terms"),
        tolerance=ONE // 10,
        sealed=sealed,
        stake=10**6 if sealed else 0,
        absence_window_s=100 if sealed else 0,
    )
