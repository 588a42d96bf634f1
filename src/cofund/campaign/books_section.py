"""The section ``books`` of a record: a line for every place of ``settlement.places``, written and read here only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, get_type_hints

from cofund.campaign.party_ids import book_name
from cofund.market.document import Field
from cofund.settlement.places import (
    Bond,
    CoordinatorPlace,
    EdgePlace,
    InitiatorPlace,
    OfferPlace,
    OperatorPlace,
    OwnerPlace,
    Place,
    SponsorPlace,
    StakePlace,
)

ROLES: Final[dict[str, type[Place]]] = {
    "owner": OwnerPlace,
    "book": OperatorPlace,
    "settler": StakePlace,
    "client": OfferPlace,
    "edge": EdgePlace,
    "coordinator": CoordinatorPlace,
    "sponsor": SponsorPlace,
    "initiator": InitiatorPlace,
}
COUNTS: Final = {
    *("clients", "number", "delivered", "paid_rounds", "winners", "up_to_round", "claimed", "fee_rounds"),
}
"""Rounds, heads and places; every other number is base units, a decimal string."""


@dataclass(frozen=True, slots=True)
class RecordedBooks:
    """The places of a campaign by role, each by the id of its party; an edge by its own, an offer by its name."""

    owners: dict[str, OwnerPlace]
    books: dict[str, OperatorPlace]
    settlers: dict[str, StakePlace]
    clients: dict[str, OfferPlace]
    edges: dict[str, EdgePlace]
    offices: dict[str, Any]

    def client(self, ident: str) -> OfferPlace:
        """The place of an offer; an empty one if no open book has it."""
        return self.clients.get(ident, OfferPlace("", "", 0, 0, 0, 0, 0, 0, 0))

    def book(self, account: str, edge: str) -> OperatorPlace | None:
        """The book of an operator, or if books stay sealed that of its edge, if it sealed one."""
        mine = (place for place in self.books.values() if place.account == account)
        return next((place for place in mine if place.edge in {"", edge}), None)

    def owner(self, ident: str) -> OwnerPlace:
        """An owner's place; an empty one if it sealed no bid."""
        return self.owners.get(ident, OwnerPlace("", 0, 0, 0, 0, 0, 0, Bond()))

    @property
    def coordinator(self) -> CoordinatorPlace:
        """The coordinator's."""
        found: CoordinatorPlace = self.offices["coordinator"]
        return found

    def of(self, account: str) -> list[tuple[str, str, Place]]:
        """Role, id and place of everything that an account has; an edge's id is ``edge`` and its own."""
        offices = ((role, role, place) for role, place in self.offices.items())
        found = (
            *(("owner", ident, place) for ident, place in self.owners.items()),
            *(("book", ident, place) for ident, place in self.books.items()),
            *(("settler", ident, place) for ident, place in self.settlers.items()),
            *(("client", ident, place) for ident, place in self.clients.items()),
            *(("edge", f"edge {ident}", place) for ident, place in self.edges.items()),
            *offices,
        )
        return [(role, ident, place) for role, ident, place in found if place.account == account]

    @property
    def places(self) -> tuple[Place, ...]:
        """All of them."""
        kinds = (self.owners, self.books, self.settlers, self.clients, self.edges, self.offices)
        return tuple(place for kind in kinds for place in kind.values())


def books_section(
    places: Iterable[Place],
    owners: Mapping[str, str],
    operators: Mapping[str, str],
    offers: Mapping[tuple[str, int], str],
) -> list[dict[str, Any]]:
    """One line a place.

    Args:
        places: of the settlement's ledger.
        owners: ids by account; whoever has none is its account.
        operators: the same of whoever has a book.
        offers: what each is called, by the id of its edge and its number there.
    """
    return [
        {"role": role, "id": ident}
        | {field.name: _shown(field.name, getattr(place, field.name)) for field in fields(place)}
        for place in places
        for role, ident in [_named(place, owners, operators, offers)]
    ]


def read_books(section: Field) -> RecordedBooks:
    """The places that a record tells of.

    Raises:
        InputError: naming the first field that is not what it should be.
    """
    found: dict[str, dict[str, Any]] = {role: {} for role in ROLES}
    for item in section.items():
        role = item.value.get("role") if isinstance(item.value, dict) else None
        if role not in ROLES:
            raise item.refuse(f"an object with a role, one of {', '.join(ROLES)}")
        ident, place = _place(ROLES[role], item)
        found[role][place.edge if isinstance(place, EdgePlace) else ident] = place
    offices = found["coordinator"] | found["sponsor"] | found["initiator"]
    owners, books, settlers = found["owner"], found["book"], found["settler"]
    return RecordedBooks(owners, books, settlers, found["client"], found["edge"], offices)


def _named(
    place: Place, owners: Mapping[str, str], operators: Mapping[str, str], offers: Mapping[tuple[str, int], str]
) -> tuple[str, str]:
    """Role and id."""
    role = next(role for role, kind in ROLES.items() if isinstance(place, kind))
    if isinstance(place, EdgePlace):
        return role, f"edge {place.edge}"
    if isinstance(place, OfferPlace):
        return role, offers[place.edge, place.number]
    ids = {"owner": owners, "book": operators, "settler": operators}.get(role, {place.account: role})
    ident = ids.get(place.account, place.account)
    return role, book_name(ident, place.edge) if isinstance(place, OperatorPlace) and place.edge else ident


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, Bond):
        return {field.name: str(getattr(value, field.name)) for field in fields(Bond)}
    return str(value) if type(value) is int and name not in COUNTS else value


def _place(kind: type[Place], item: Field) -> tuple[str, Place]:
    """Id of the party, and its place."""
    types = get_type_hints(kind)
    given = item.members(("role", "id", *types))
    return given["id"].text(), kind(**{name: _value(given[name], of) for name, of in types.items()})


def _value(field: Field, kind: type[Any]) -> Any:
    if kind is Bond:
        parts = field.members([each.name for each in fields(Bond)])
        return Bond(**{name: part.amount() for name, part in parts.items()})
    return field.flag() if kind is bool else field.text() if kind is str else field.amount()
