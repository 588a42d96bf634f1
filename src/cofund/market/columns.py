"""A market as arrays, for markets too large for one Python object a client (mechanism.md, 1 and "Speed").

Clients and owners have no names here: they are their positions, and the order of the clients breaks ties. The
public terms are an ``Instance`` without agents, so they are checked as every instance is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cofund.errors import InputError
from cofund.market.instance import Client, Instance, Owner
from cofund.market.validation import MAX_AMOUNT, MAX_COUNT, whole

INT64_MAX: Final = 2**63 - 1
"""Largest number of a machine integer with sign; larger amounts are kept as Python integers, in an object array."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A market of n clients and m owners.

    Args:
        terms: the public terms and the E edges, without owners and clients.
        edge: int32[n], position of each client's edge in ``terms.edges``.
        cost: int64[n], what each client asks for a round; object[n] of Python integers if one exceeds int64.
        bid: int64[m] or object[m], what the finished model is worth to each owner.
        weight: int64[m], public size of each owner.

    Attributes:
        capacity: int64[E], clients that each edge can serve.
        fee: int64[E] or object[E], each edge's fee for a client-round.
        highest_cost, highest_fee, highest_bid: the largest of each column, 0 if it is empty.

    Raises:
        InputError: naming the column and the first row that is out of its range.
    """

    terms: Instance
    edge: NDArray[np.int32]
    cost: NDArray[Any]
    bid: NDArray[Any]
    weight: NDArray[np.int64]
    capacity: NDArray[np.int64] = field(init=False)
    fee: NDArray[Any] = field(init=False)
    highest_cost: int = field(init=False)
    highest_fee: int = field(init=False)
    highest_bid: int = field(init=False)

    def __post_init__(self) -> None:
        edges = self.terms.edges
        if self.terms.owners or self.terms.clients:
            raise InputError("columns", "terms", "expected public terms without owners and clients")
        edge = _checked("clients", "edge", self.edge, 0, len(edges) - 1)
        weight = _checked("owners", "weight", self.weight, 1, MAX_COUNT)
        cost, bid = (
            _checked(*at, 0, MAX_AMOUNT) for at in (("clients", "cost", self.cost), ("owners", "bid", self.bid))
        )
        fee = integers([one.fee for one in edges])
        if len(edge) != len(cost) or len(bid) != len(weight):
            raise InputError("columns", "", "expected columns of one length for clients, and of one for owners")
        self._set(
            edge=edge.astype(np.int32, copy=False), cost=cost, bid=bid, weight=weight.astype(np.int64, copy=False)
        )
        self._set(capacity=np.array([one.capacity for one in edges], np.int64), fee=fee)
        self._set(highest_cost=_highest(cost), highest_fee=_highest(fee), highest_bid=_highest(bid))

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                value = value.view()  # noqa: PLW2901 - the caller's own array stays writable
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, instance: Instance) -> "Columns":
        """The columns of an instance; its names are lost."""
        at = {one.id: position for position, one in enumerate(instance.edges)}
        return cls(
            terms=replace(instance, owners=(), clients=()),
            edge=np.array([at[client.edge] for client in instance.clients], np.int32),
            cost=integers([client.cost for client in instance.clients]),
            bid=integers([owner.bid for owner in instance.owners]),
            weight=np.array([owner.weight for owner in instance.owners], np.int64),
        )

    def instance(self) -> Instance:
        """The same market as objects, named ``owner-1``, ``client-1`` and so on."""
        edges, offers = self.terms.edges, enumerate(zip(self.edge.tolist(), self.cost.tolist(), strict=True), 1)
        clients = tuple(Client(f"client-{number}", edges[at].id, cost) for number, (at, cost) in offers)
        return replace(self.terms, owners=self.owners(), clients=clients)

    def owners(self) -> tuple[Owner, ...]:
        """The owners of that instance."""
        bids = enumerate(zip(self.bid.tolist(), self.weight.tolist(), strict=True), 1)
        return tuple(Owner(f"owner-{number}", bid, weight) for number, (bid, weight) in bids)


def integers(values: Sequence[int]) -> NDArray[Any]:
    """int64 if every value fits, Python integers in an object array if not; never floating point."""
    fits = all(-INT64_MAX <= value <= INT64_MAX for value in values)
    return np.array(values, np.int64 if fits else object)


def _checked(kind: str, name: str, column: ArrayLike, low: int, high: int) -> NDArray[Any]:
    """One dimension of integers from ``low`` to ``high``, or a refusal that names the first row that is not."""
    values = np.asarray(column)
    if values.ndim != 1 or (values.size and values.dtype.kind not in "iuO"):
        raise InputError("columns", f"{kind}.{name}", f"expected one dimension of integers, got {values.dtype}")
    if values.dtype.kind == "O":
        for row, value in enumerate(values):
            whole(value, low, high, kind, row, name)
    elif values.size and not low <= int(values.min()) <= int(values.max()) <= high:
        row = int(np.argmax((values < low) | (values > min(high, np.iinfo(values.dtype).max))))
        whole(int(values[row]), low, high, kind, row, name)
    return values.astype(np.int64, copy=False) if values.dtype.kind == "i" else integers(values.tolist())


def _highest(values: NDArray[Any]) -> int:
    return int(values.max()) if values.size else 0
