"""How each term is spelled: in ``Terms``, in the published document and in the contract; whoever converts reads this.

Edges, curve and weights are lists, which every form writes in its own way; the digest is of the document, not in it.
The goal is a table in the contract, and a number in the others if one number says it.
"""

from dataclasses import dataclass
from typing import Final

from cofund.market.term_forms import (
    ACCOUNT_OR_NONE,
    ADDRESS,
    AMOUNT,
    COUNT,
    FLAG,
    GOAL,
    IN_TICKS,
    RULE,
    SPAN,
    TICK,
    TIME,
    Form,
    left_out,
    whole,
)
from cofund.market.terms import MAX_ROUNDS
from cofund.units import ONE


@dataclass(frozen=True, slots=True)
class Term:
    """One term.

    Args:
        name: field of ``Terms``.
        section, member: in the document; without a section the member stands at the top.
        form: how it is written.
        on_chain: field of the contract's ``Terms``.
    """

    name: str
    section: str
    member: str
    form: Form
    on_chain: str


def _term(path: str, name: str, form: Form, on_chain: str = "") -> Term:
    section, _, member = path.rpartition(".")
    return Term(name, section, member, form, on_chain or name)


TERMS: Final = (
    _term("token.address", "token", ADDRESS),
    _term("token.tick", "tick", TICK),
    _term("coordinator", "coordinator", ADDRESS),
    _term("phases.commit_end", "commit_end", TIME),
    _term("phases.reveal_end", "reveal_end", TIME),
    _term("phases.settle_end", "settle_end", TIME),
    _term("phases.round_limit_s", "round_limit_s", SPAN, "round_limit"),
    _term("phases.veto_window_s", "veto_window_s", SPAN, "veto_window"),
    _term("phases.unaccepted", "unaccepted", left_out(whole(1, MAX_ROUNDS), instead=1)),
    _term("phases.delivery_window_s", "delivery_window_s", SPAN, "delivery_window"),
    _term("market.cohort", "cohort", COUNT),
    _term("market.min_cohort", "min_cohort", COUNT),
    _term("market.ceiling", "ceiling", IN_TICKS),
    _term("market.coordinator_fee", "coordinator_fee", left_out(AMOUNT)),
    _term("market.goal", "goal", left_out(GOAL)),
    _term("market.rule", "underwritten", left_out(RULE)),
    _term("market.match", "match", left_out(whole(0, ONE))),
    _term("market.sponsor", "sponsor", left_out(ACCOUNT_OR_NONE)),
    _term("market.tolerance", "tolerance", left_out(whole(0, ONE))),
    _term("market.listed_owners", "listed_owners", left_out(FLAG)),
    _term("bonds.owner", "owner_bond", AMOUNT),
    _term("bonds.book", "book_bond", left_out(AMOUNT, instead=None)),
    _term("bonds.edge", "edge_bond", left_out(AMOUNT)),
    _term("bonds.coordinator", "coordinator_bond", AMOUNT),
    _term("sealed.books", "sealed", left_out(FLAG)),
    _term("sealed.stake", "stake", left_out(AMOUNT)),
    _term("sealed.absence_window_s", "absence_window_s", left_out(SPAN), "absence_window"),
)
"""In the order of the document."""


def section(name: str) -> dict[str, Form]:
    """Members of a section of the document, with their forms."""
    return {term.member: term.form for term in TERMS if term.section == name}
