"""An edge signs who delivered: what its own books say, as far as the coordinator recorded the same on chain.

A round counts for a client if the edge's own books (``training/edge_books.py``) accepted its delivery and the leaf of
that delivery is under the root that was recorded for the round. So an edge neither signs for what went into no model,
nor for what it did not see itself.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.delivery_rows import Deliveries, Row, load_deliveries, require_signed, signed_root
from cofund.campaign.published import publish_deliveries, read_deliveries, read_round
from cofund.campaign.store import Store
from cofund.errors import CheckFailed, InputError, Reverted
from cofund.roles.desk import Desk, Work
from cofund.roles.opened import opened
from cofund.roles.sealed_parts import winners_of
from cofund.roles.store_evidence import deliveries_path, events, kept_deliveries
from cofund.training import edge_books
from cofund.training.deliveries import Delivery, bitmaps, leaf

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.chain.logs import Event

POST_GAS_UP: Final = 250_000

Books = Mapping[int, Sequence[Delivery]]
"""Deliveries by round."""


def sign_from_books(desk: Desk, seen: "Seat", edge: int, document: dict[str, Any], kit: Path, store: Store) -> Work:
    """Sign the rounds of an edge that are accepted and not signed yet, from the books in its kit.

    Args:
        desk: of the edge's operator.
        seen: now.
        edge: to sign for.
        document: the published terms.
        kit: the edge's folder.
        store: where rounds are published, and the rows will be.

    Raises:
        Reverted: if nothing can be signed now.
        InputError: the coordinator has not published who delivered in a round.
        CheckFailed: it has published something else than it recorded.
    """
    up_to, signed = accepted_rounds(desk, seen), seen.edges[edge]
    if signed.winners and up_to > signed.up_to_round:
        counted = proved(edge_books.deliveries(kit), published_rounds(events(desk), store, up_to))
        rows = rows_of(desk, seen, edge, document, counted, store)
        return post(desk, seen, edge, rows, up_to, store, signed_before(desk, seen, edge, store))
    if not seen.rounds_done or signed.up_to_round < seen.rounds_done:
        raise Reverted("sign: no round is recorded whose veto window has passed and that is not signed yet")
    return Work(())


def post(
    desk: Desk, seen: "Seat", edge: int, rows: tuple[Row, ...], up_to: int, store: Store, before: Deliveries | None
) -> Work:
    """Publish rows and post their root with this account's signature.

    Args:
        desk: of the edge's operator, or of the coordinator that stands in.
        seen: now.
        edge: whose winners the rows are.
        rows: by place.
        up_to: the last round that is signed for.
        store: where the rows go.
        before: what was signed last: it stays as it is.
    """
    rows = _kept(rows, before)
    start = seen.edges[edge].start
    deliveries = Deliveries(desk.node.chain_id, desk.campaign.address, edge, start, up_to, rows)

    def keep() -> list[Path]:
        kept_deliveries(desk, deliveries)
        publish_deliveries(store, deliveries)
        return []

    call = desk.call("post deliveries", "post_deliveries", *signed_root(deliveries, desk.account), gas_up=POST_GAS_UP)
    return Work((call,), keep=keep)


def _kept(rows: tuple[Row, ...], before: Deliveries | None) -> tuple[Row, ...]:
    """Rows that add rounds to those signed before."""
    if before is None:
        return rows
    signed = (1 << before.up_to_round) - 1
    pairs = zip(rows, before.rows, strict=True)
    return tuple(replace(row, bitmap=row.bitmap & ~signed | was.bitmap & signed) for row, was in pairs)


def signed_before(desk: Desk, seen: "Seat", edge: int, store: Store) -> Deliveries | None:
    """The rows under the root that was signed last for an edge, as kept or published; None if they are nowhere.

    Without them whoever signs says of those rounds too what its own books say; the contract takes that if as many
    missed each round, so an edge that hides its rows keeps nobody from standing in for it.
    """
    account, place = seen.edges[edge], (desk.node.chain_id, desk.campaign.address)
    if not account.up_to_round:
        return None
    with suppress(InputError, CheckFailed):
        kept = load_deliveries(deliveries_path(desk.folder, edge), *place)
        require_signed(kept, account.root, edge)
        return kept
    with suppress(InputError, CheckFailed):
        return read_deliveries(store, edge, *place, account.root)
    return None


def accepted_rounds(desk: Desk, seen: "Seat") -> int:
    """The last round that nobody can veto any more; 0 if there is none."""
    if seen.is_accepted(seen.now):
        return seen.rounds_done
    numbers = range(1, seen.rounds_done + 1)
    recorded = desk.at(seen).views([("recorded_at", number) for number in numbers])
    accepted = [number for number, at in zip(numbers, recorded, strict=True) if seen.veto_end(at) <= seen.now]
    return accepted[-1] if accepted else 0


def published_rounds(found: "list[Event]", store: Store, up_to: int) -> Books:
    """Who delivered in every round up to ``up_to``, as published, held against what was recorded on chain."""
    recorded = {event.arguments["round"]: event.arguments for event in found if event.name == "RoundRecorded"}
    return {
        number: read_round(store, number, bytes(recorded[number]["updates_root"])) for number in range(1, up_to + 1)
    }


def proved(books: Books, published: Books) -> list[Delivery]:
    """The accepted deliveries in an edge's books whose leaves were recorded."""
    counted = []
    for number, recorded in published.items():
        own = [delivery for delivery in books.get(number, ()) if delivery.accepted and delivery.round == number]
        clients = {delivery.client for delivery in own}
        leaves = {leaf(delivery) for delivery in recorded if delivery.client in clients}
        counted += [delivery for delivery in own if leaf(delivery) in leaves]
    return counted


def rows_of(
    desk: Desk,
    seen: "Seat",
    edge: int,
    document: dict[str, Any],
    counted: Sequence[Delivery],
    store: Store | None = None,
) -> tuple[Row, ...]:
    """A row for every winner at an edge, by place; empty for one that the terms do not name."""
    name = document["edges"][edge]["id"]
    delivered = bitmaps(delivery for delivery in counted if delivery.edge == name)
    clients = winners_at(desk, seen, edge, store)
    return tuple(Row(account, delivered.get(client_id(document, account) or "", 0)) for account in clients)


def winners_at(desk: Desk, seen: "Seat", edge: int, store: Store | None = None) -> list[str]:
    """Accounts of all winners at an edge, cheapest first.

    Args:
        desk: anybody's.
        seen: now.
        edge: its number.
        store: where edges tell who won, if books stay sealed; None for the one that was announced.

    Raises:
        InputError, CheckFailed: books are sealed, and the edge does not tell who won, or tells something else.
    """
    if not seen.edges[edge].winners:
        return []
    if seen.terms.sealed:
        return winners_of(desk, seen, edge, store).accounts(seen.edges[edge].winners)
    book = opened(desk).books[seen.terms.edges[edge].operator]
    offers = next(section.offers for section in book.sections if section.edge == edge)
    return [offer.client for offer in offers[: seen.edges[edge].winners]]


def client_id(document: dict[str, Any], account: str) -> str | None:
    """What the terms call a client; None if they do not name it: it won, and cannot train."""
    return next((str(party["id"]) for party in document["clients"] if party["account"] == account), None)
