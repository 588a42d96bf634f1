"""What each transaction was for, in a few words, read from the transaction itself."""

from typing import TYPE_CHECKING, Any, Final

from cofund.chain.artifacts import artifact
from cofund.chain.contract import BLUEPRINTS, HELPERS, DecodedCall, creation_code
from cofund.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Callable

CREATIONS: Final = ("TestToken", *BLUEPRINTS, *HELPERS, "CampaignFactory")


def created_contract(raw: str) -> str:
    """Name of the packaged contract that a signed transaction creates; empty if it creates none.

    Raises:
        CheckFailed: if it creates anything else.
    """
    code = creation_code(raw)
    if not code:
        return ""
    for name in CREATIONS:
        if code.startswith(artifact(name).blueprint if name in BLUEPRINTS else artifact(name).bytecode):
            return name
    raise CheckFailed("creates another contract than this version of cofund does")


def note(raw: str, call: DecodedCall | None, ids: dict[str, str], edges: list[str]) -> str:
    """``what`` or ``what: whose``.

    Args:
        raw: the signed transaction.
        call: the same, decoded; None for a creation or a contract that is not the campaign's.
        ids: id of every party by its account.
        edges: ids of the edges.
    """
    if call is None:
        name = created_contract(raw)
        return f"deploy {name}" if name else "other"

    def book(given: dict[str, Any]) -> str:  # a sealed one is an edge's
        return edges[given["edge"]] if "edge" in given else ids[given["operator"]]

    whose: dict[str, Callable[[dict[str, Any]], str]] = {
        "approve": lambda _: ids[call.sender],
        "commit_bid": lambda _: ids[call.sender],
        "commit_book": lambda _: ids[call.sender],
        "open_book": book,
        "return_bond": book,
        "post_edge_bond": lambda given: edges[given["edge"]],
        "veto": lambda given: str(given["number"]),
        "record_round": lambda given: str(given["number"]),
        "post_deliveries": lambda given: edges[given["edge"]],
        "claim_edge_fee": lambda given: edges[given["edge"]],
        "claim": lambda given: edges[given["edge"]],
    }
    what = "create campaign" if call.function == "create" else call.function.replace("_", " ")
    return f"{what}: {whose[call.function](call.arguments)}" if call.function in whose else what
