"""Terms as the contracts take and tell them: amounts of client-rounds in ticks, the curve eight rounds to a word."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from eth_utils.address import to_checksum_address

from cofund.chain.artifacts import artifact
from cofund.market.term_names import TERMS
from cofund.market.terms import NOBODY, EdgeTerms, Terms, goal_fields

STEP_BITS: Final = 32
STEPS_PER_WORD: Final = 8
GOAL_BITS: Final = 16


@cache
def head_fields() -> dict[str, str]:
    """Names and types of what stands in the contract's ``Terms``, in its order."""
    (view,) = [entry for entry in artifact("Campaign").abi if entry.get("name") == "terms"]
    return {field["name"]: field["type"] for field in view["outputs"][0]["components"]}


def told_head(values: Iterable[Any]) -> dict[str, Any]:
    """The contract's ``Terms`` by name, as the contract counts them."""
    named = zip(head_fields().items(), values, strict=True)
    return {name: to_checksum_address(value) if kind == "address" else value for (name, kind), value in named}


def head_of(terms: Terms) -> dict[str, Any]:
    """What the factory is given; it fills in the initiator and the rule's contract."""
    known = {term.on_chain: getattr(terms, term.name) for term in TERMS}  # the goal is in its table
    known |= {term.on_chain: known[term.on_chain] // terms.tick for term in TERMS if term.form.in_ticks}
    known |= {"initiator": NOBODY, "sharing": NOBODY, "rounds": len(terms.quality), "digest": terms.digest}
    return {name: known[name] for name in head_fields()}


def edges_of(terms: Terms) -> list[tuple[str, int, int, int, int]]:
    """The edges as the factory takes them."""
    return [
        (
            edge.operator,
            edge.capacity,
            edge.fee // terms.tick,
            edge.ceiling // terms.tick,
            0 if edge.parent is None else 1 + terms.number_of(edge.parent),
        )
        for edge in terms.edges
    ]


def goal_words(terms: Terms) -> list[int]:
    """The goal table as the factory takes it."""
    return [weight << GOAL_BITS | rounds for weight, rounds in terms.goal_table()]


def terms_from(
    head: Mapping[str, Any],
    edges: Sequence[Any],
    quality: Sequence[int],
    goals: Iterable[int],
    weights: Iterable[tuple[str, int]],
    ids: Sequence[str] | None = None,
) -> Terms:
    """The terms that a contract tells.

    Args:
        head: as ``told_head`` gives it.
        edges: operator, capacity, fee, ceiling and parent of every edge, as the contract tells them.
        quality: parts of ONE.
        goals: the table's words.
        weights: by account, those that are known.
        ids: of the edges; their numbers if None.
    """
    tick, named = head["tick"], ids or [str(at) for at in range(len(edges))]
    table = tuple((word >> GOAL_BITS, word & 2**GOAL_BITS - 1) for word in goals)
    known = {term.name: head[term.on_chain] for term in TERMS if term.name != "goal"}
    known |= {term.name: known[term.name] * tick for term in TERMS if term.form.in_ticks}
    return Terms(
        **known,
        digest=head["digest"],
        quality=tuple(quality),
        **goal_fields(table),
        edges=tuple(
            EdgeTerms(
                name,
                to_checksum_address(operator),
                capacity,
                fee * tick,
                ceiling * tick,
                named[parent - 1] if parent else None,
            )
            for name, (operator, capacity, fee, ceiling, parent) in zip(named, edges, strict=True)
        ),
        weights=tuple((to_checksum_address(account), weight) for account, weight in weights),
    )


def quality_words(quality: Sequence[int]) -> list[int]:
    """The curve as the contract keeps it: eight rounds to a word, 32 bits each, the first lowest."""
    return [
        sum(step << (STEP_BITS * place) for place, step in enumerate(quality[start : start + STEPS_PER_WORD]))
        for start in range(0, len(quality), STEPS_PER_WORD)
    ]


def quality_of(words: Sequence[int]) -> list[int]:
    """The steps in a curve's words, those after its last round among them, which are 0."""
    return [word >> (STEP_BITS * place) & (2**STEP_BITS - 1) for word in words for place in range(STEPS_PER_WORD)]
