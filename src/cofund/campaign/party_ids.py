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


def names_of_offers(ledger: Ledger, terms: dict[str, Any]) -> dict[tuple[int, int], str]:
    """What the offer at each edge and place is called: as its client; a client's further ones, and where they are.

    A client may be listed at several edges, or twice at one: nobody asks it.
    """
    ids, taken, names = ids_by_account(terms), set[str](), dict[tuple[int, int], str]()
    for offer in ledger.offers:
        name = ids[offer.client]
        name = f"{name} #{offer.edge}.{offer.place}" if name in taken else name
        taken.add(name)
        names[offer.edge, offer.place] = name
    return names
