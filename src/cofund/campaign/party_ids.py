"""What people call the parties of a campaign, by their accounts."""

from typing import Any


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
