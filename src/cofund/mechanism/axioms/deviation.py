"""What a rule is confronted with: a market of true bids and costs, and what some agents do instead of telling them."""

from dataclasses import dataclass, replace

from cofund.market.instance import Client, Instance, Owner


@dataclass(frozen=True, slots=True)
class Deviation:
    """What changes when agents deviate; nothing by default.

    Attributes:
        owners: ids of the owners who deviate, or who are affected.
        clients: ids of the clients who do.
        bids: (owner id, what it bids instead of the truth).
        costs: (client id, what it asks instead of the truth).
        second_owner: another identity of the one owner in ``owners``.
        fake_offer: an offer of the one client in ``clients`` that it could not serve.
        absent: id of an owner who stays away.
    """

    owners: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    bids: tuple[tuple[str, int], ...] = ()
    costs: tuple[tuple[str, int], ...] = ()
    second_owner: Owner | None = None
    fake_offer: Client | None = None
    absent: str | None = None

    def named(self) -> frozenset[str]:
        """Every id that the deviation needs in the market."""
        reported = [name for name, _ in (*self.bids, *self.costs)]
        return frozenset([*self.owners, *self.clients, *reported, *([self.absent] if self.absent else [])])


@dataclass(frozen=True, slots=True)
class Case:
    """A market in which everybody tells the truth, and a deviation from it."""

    instance: Instance
    deviation: Deviation = Deviation()

    def deviated(self) -> Instance:
        """The market as the rule sees it after the deviation."""
        bids, costs = dict(self.deviation.bids), dict(self.deviation.costs)
        owners = [
            replace(owner, bid=bids.get(owner.id, owner.bid))
            for owner in self.instance.owners
            if owner.id != self.deviation.absent
        ]
        clients = [replace(client, cost=costs.get(client.id, client.cost)) for client in self.instance.clients]
        if self.deviation.second_owner is not None:
            owners.append(self.deviation.second_owner)
        if self.deviation.fake_offer is not None:
            clients.append(self.deviation.fake_offer)
        return replace(self.instance, owners=tuple(owners), clients=tuple(clients))
