"""What people call the parties of a campaign, by their accounts."""

from typing import Any

from cofund.settlement.ledger import Ledger


class Named(dict[str, str]):
    """Ids by account; whoever the terms do not name is its account."""

    def __missing__(self, account: str) -> str:
        return account


def ids_by_account(terms: dict[str, Any]) -> Named:
    """Id of every party by its account; roles stand for themselves."""
    roles = {terms["initiator"]: "initiator", terms["coordinator"]: "coordinator"}
    if terms["market"]["sponsor"]:
        roles[terms["market"]["sponsor"]] = "sponsor"
    edges = {edge["operator"]: f"edge {edge['id']}" for edge in terms["edges"]}
    return Named(roles | edges | {party["account"]: party["id"] for party in [*terms["owners"], *terms["clients"]]})


def ids_of_owners(terms: dict[str, Any]) -> Named:
    """The same where an owner is meant, which may be a client under another name."""
    return Named(ids_by_account(terms) | {party["account"]: party["id"] for party in terms["owners"]})


def names_of_books(ledger: Ledger, terms: dict[str, Any]) -> dict[int, str]:
    """What the sealed book of each edge is called."""
    ids = ids_by_account(terms)
    return {at: book_name(ids[book.operator], terms["edges"][at]["id"]) for at, book in ledger.sealed_books.items()}


def book_name(operator: str, edge: str) -> str:
    """What a sealed book is called: as its operator, and its edge where that is not the same."""
    return operator if operator == f"edge {edge}" else f"{operator}, edge {edge}"


def names_of_offers(ledger: Ledger, terms: dict[str, Any]) -> dict[tuple[int, int], str]:
    """What the offer at each edge and place is called: as its client; a client's further ones, and where they are.

    A client may be listed at several edges, or twice at one: nobody asks it. A winner in a sealed book has no name
    before it is paid.
    """
    ids, taken, names = ids_by_account(terms), set[str](), dict[tuple[int, int], str]()
    for offer in ledger.offers:
        name = ids[offer.client] if offer.client else f"winner {offer.place + 1} at {terms['edges'][offer.edge]['id']}"
        name = f"{name} #{offer.edge}.{offer.place}" if name in taken else name
        taken.add(name)
        names[offer.edge, offer.place] = name
    return names


def clients_called(ledger: Ledger, terms: dict[str, Any]) -> dict[tuple[int, int], str]:
    """The client of the offer at each edge and place by its id; by its place if it has no name yet."""
    ids, names = ids_by_account(terms), names_of_offers(ledger, terms)
    keys = {(offer.edge, offer.place): offer.client for offer in ledger.offers}
    return {key: ids[client] if client else names[key] for key, client in keys.items()}
