"""What a campaign's contract says at one block: its terms, its edges, its clients, and every figure of its books."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cofund.chain.contract import Contract
from cofund.chain.provider import at_once
from cofund.chain.terms_abi import STEPS_PER_WORD, quality_of, terms_from
from cofund.market.phases import STATUS
from cofund.market.terms import Terms

CURVE_SLOT: Final = 196
"""Where Campaign.vy keeps the number of words of its curve; the words follow. No view tells them."""


@dataclass(frozen=True, slots=True)
class ClientState:
    """What the contract keeps of a client.

    Args:
        position: in commit order.
        poster: index of the edge that relayed the offer and locked its bond; None if the client did.
        opened: whether the offer was opened.
        bond_settled: whether the bond was returned or lost.
        paid_rounds: rounds paid.
        paid: base units for them.
        edge: of an opened offer.
        amount: ticks, fee included, cut above the ceiling.
    """

    position: int
    poster: int | None
    opened: bool
    bond_settled: bool
    paid_rounds: int
    paid: int
    edge: int
    amount: int


def read_clients(campaign: Contract, accounts: Sequence[str]) -> dict[str, ClientState]:
    """State of every client."""

    def ask(account: str) -> ClientState:
        (position, poster, opened, settled, _, rounds, paid), edge, amount = campaign.view("offer", account)
        return ClientState(position, poster - 1 if poster else None, opened, settled, rounds, paid, edge, amount)

    return dict(zip(accounts, at_once(ask, accounts), strict=True))


def read_terms(campaign: Contract, head: dict[str, Any], ids: Sequence[str] | None = None) -> Terms:
    """The terms that the contract works with; of all weights those of the owners that have committed.

    Args:
        campaign: read at its block.
        head: what its code carries, by name.
        ids: of the edges; their numbers if None.
    """
    edges = [("edge", at) for at in range(campaign.view("edge_count"))]
    owners = [("owner", at) for at in range(campaign.view("owner_count"))]
    told = campaign.views([*edges, *owners])
    curve = read_curve(campaign, head["rounds"])
    return terms_told(head, told[: len(edges)], told[len(edges) :], curve, ids)


def terms_told(
    head: dict[str, Any],
    edges: Sequence[Any],
    owners: Sequence[Any],
    curve: Sequence[int],
    ids: Sequence[str] | None = None,
) -> Terms:
    """The same, of what ``edge`` and ``owner`` views have told."""
    weights = [(account, weight) for (account, weight, *_), _ in owners]
    return terms_from(head, [fixed for fixed, *_ in edges], curve, weights, ids)


def read_curve(campaign: Contract, rounds: int) -> tuple[int, ...]:
    """dq_1..dq_R in parts of ONE, from the contract's storage."""
    slots = range(CURVE_SLOT + 1, CURVE_SLOT + 1 + -(-rounds // STEPS_PER_WORD))
    return tuple(quality_of(campaign.node.storage(campaign.address, slots, campaign.block))[:rounds])


def read_figures(campaign: Contract, owners: Sequence[str], edges: int, accounts: Iterable[str]) -> dict[str, Any]:
    """Every figure of the books by name: what ``books.figures_of`` says that they are.

    Args:
        campaign: read at its block.
        owners: accounts in the order of their bids.
        edges: how many there are.
        accounts: whose credit is read.
    """
    figures: dict[str, Any] = {"status": STATUS[campaign.view("status")]}
    names: tuple[str, ...] = ("sponsor_locked", "lost_bonds", "rounds", "rounds_done", "round_cost", "true_cost")
    names += ("deposited", "paid_out")
    figures |= dict(zip(names, at_once(campaign.view, names), strict=True))
    for index, owner in enumerate(owners):
        (*_, owed, _), bill = campaign.view("owner", index)
        figures[f"owner {owner}"] = (owed, *bill)
    for index in range(edges):
        _, (_, *counts, _, stood_in), root = campaign.view("edge", index)
        figures[f"edge {index}"] = (*counts, stood_in, root)
        figures[f"price at edge {index}"] = campaign.view("price", index)
    listed = list(accounts)
    owed = at_once(lambda account: campaign.view("credit", account), listed)
    return figures | {f"credit of {account}": credit for account, credit in zip(listed, owed, strict=True)}
