"""How each term is spelled: in ``Terms``, in the published document and in the contract; whoever converts reads this.

Edges, curve and weights are lists, which every form writes in its own way; the digest is of the document, not in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cofund.market.terms import NOBODY


@dataclass(frozen=True, slots=True)
class Form:
    """How a document writes a value, and how that is read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def iso(timestamp: int) -> str:
    """Seconds since the epoch as ISO-8601 UTC."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> int:
    """ISO-8601 UTC as seconds since the epoch."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


PLAIN: Final = Form(lambda value: value, lambda value: value)
AMOUNT: Final = Form(str, int)
TIME: Final = Form(iso, seconds)
RULE: Final = Form(lambda underwritten: "vcg" if underwritten else "serial", "vcg".__eq__)
ACCOUNT_OR_NONE: Final = Form(lambda account: None if account == NOBODY else account, lambda said: said or NOBODY)


@dataclass(frozen=True, slots=True)
class Term:
    """One term.

    Args:
        name: field of ``Terms``.
        section, member: in the document; without a section the member stands at the top.
        form: of the document.
        on_chain: field of the contract's ``Terms``.
        in_ticks: whether the contract counts it in ticks.
    """

    name: str
    section: str
    member: str
    form: Form
    on_chain: str
    in_ticks: bool = False


def _term(path: str, name: str, form: Form = PLAIN, on_chain: str = "", *, in_ticks: bool = False) -> Term:
    section, _, member = path.rpartition(".")
    return Term(name, section, member, form, on_chain or name, in_ticks)


TERMS: Final = (
    _term("token.address", "token"),
    _term("token.tick", "tick", AMOUNT),
    _term("coordinator", "coordinator"),
    _term("phases.commit_end", "commit_end", TIME),
    _term("phases.reveal_end", "reveal_end", TIME),
    _term("phases.settle_end", "settle_end", TIME),
    _term("phases.round_limit_s", "round_limit_s", on_chain="round_limit"),
    _term("phases.veto_window_s", "veto_window_s", on_chain="veto_window"),
    _term("phases.delivery_window_s", "delivery_window_s", on_chain="delivery_window"),
    _term("market.cohort", "cohort"),
    _term("market.min_cohort", "min_cohort"),
    _term("market.ceiling", "ceiling", AMOUNT, in_ticks=True),
    _term("market.coordinator_fee", "coordinator_fee", AMOUNT),
    _term("market.goal", "goal"),
    _term("market.rule", "underwritten", RULE),
    _term("market.match", "match"),
    _term("market.sponsor", "sponsor", ACCOUNT_OR_NONE),
    _term("market.tolerance", "tolerance"),
    _term("market.listed_owners", "listed_owners"),
    _term("bonds.owner", "owner_bond", AMOUNT),
    _term("bonds.client", "client_bond", AMOUNT),
    _term("bonds.edge", "edge_bond", AMOUNT),
    _term("bonds.coordinator", "coordinator_bond", AMOUNT),
)
"""In the order of the document."""
