"""What a campaign's contracts say at one block, as the books have it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from eth_utils.address import to_checksum_address

from cofund.campaign.sealed_events import edges_in
from cofund.chain.contract import Contract
from cofund.chain.terms_abi import quality_of, terms_from
from cofund.market.terms import Terms
from cofund.settlement.state import Attempt, BookAccount, EdgeAccount


def read_terms(campaign: Contract, head: dict[str, Any], ids: Sequence[str] | None = None) -> Terms:
    """The terms that the contract works with; of all weights those of the owners that have committed.

    Args:
        campaign: read at its block.
        head: what its code carries, by name.
        ids: of the edges; their numbers if None.
    """
    edges = [("edge", at) for at in range(campaign.view("edge_count"))]
    owners = [("owner", at) for at in range(campaign.view("owner_count"))]
    (curve, goals), *told = campaign.views([("market",), *edges, *owners])
    return terms_told(head, told[: len(edges)], told[len(edges) :], quality_of(curve)[: head["rounds"]], goals, ids)


def terms_told(
    head: dict[str, Any],
    edges: Sequence[Any],
    owners: Sequence[Any],
    quality: Sequence[int],
    goals: Iterable[int],
    ids: Sequence[str] | None = None,
) -> Terms:
    """The same, of what ``edge`` and ``owner`` views have told."""
    return terms_from(head, [fixed for fixed, *_ in edges], quality, goals, weights_told(owners), ids)


def weights_told(owners: Sequence[Any]) -> list[tuple[str, int]]:
    """Accounts and weights of owners, of what ``owner`` views have told."""
    return [(str(to_checksum_address(account)), weight) for (account, weight, *_), _ in owners]


def edge_told(site: Any, section: tuple[int, int], tick: int, *, priced: bool) -> EdgeAccount:
    """What the views ``edge`` and ``section`` have told of an edge; of its missing deliveries only how many.

    Args:
        site: of ``edge``.
        section: first position and size of its section in its operator's open book.
        tick: base units.
        priced: whether the market was cleared.
    """
    _, (price, winners, up_to, delivered, claimed, fees, extra, bonded, stood_in), root = site
    start, offers = section
    return EdgeAccount(
        bonded=bonded,
        stood_in=stood_in,
        start=start,
        offers=offers,
        winners=winners,
        price=price * tick if priced else 0,
        root=bytes(root),
        missing=_all_in_the_first(winners * up_to - delivered, up_to),
        claimed=claimed,
        extra_claimed=extra,
        fee_rounds=fees,
    )


def edge_seen(edge: EdgeAccount) -> EdgeAccount:
    """An edge of the books as the views tell it: of its missing deliveries only how many."""
    return replace(edge, missing=_all_in_the_first(sum(edge.missing), edge.up_to_round))


def book_told(operator: str, told: tuple[int, bool, bool]) -> BookAccount | None:
    """What the view ``book`` has told of an operator's book; None if it sealed none."""
    clients, opened, returned = told
    return BookAccount(operator, b"", clients, opened, returned) if clients else None


def sealed_book_told(operator: str, edge: int, told: tuple[int, bool, bool, bool]) -> BookAccount | None:
    """The same of an edge's book that stays sealed."""
    clients, opened, returned, void = told
    return BookAccount(operator, b"", clients, opened, returned, edge=edge, void=void) if clients else None


def attempt_told(told: tuple[bytes, str, int, int]) -> Attempt | None:
    """What the view ``attempt`` has told, without its results, of which it has the digest; None if none stands."""
    _, settler, until, absent = told
    return Attempt(str(to_checksum_address(settler)), until, edges_in(absent), ()) if until else None


def _all_in_the_first(missing: int, rounds: int) -> tuple[int, ...]:
    return (missing, *(0,) * (rounds - 1)) if rounds else ()
