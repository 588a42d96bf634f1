"""A campaign recomputed from its chain alone, knowing nothing but its address: ``cofund verify ADDRESS``.

The code has been compared before, so what the contract says of itself is believed; held against it is what the integer
model makes of the campaign's transactions and events, with the market cleared again by the mechanism.
"""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.chain_state import read_terms
from cofund.campaign.creations import Created
from cofund.campaign.figures import check_figures, compare_figures, paid_figures
from cofund.campaign.observed import Observed, observe
from cofund.campaign.onchain import events_until, index_of
from cofund.chain.contract import Contract, View, both_views
from cofund.chain.trail import Trail, Transfer, contradiction, read_trail, transfers_of
from cofund.errors import CheckFailed, NodeError
from cofund.market.terms import Terms
from cofund.mechanism.rules import clear
from cofund.settlement.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cofund.chain.code import VerifiedCode
    from cofund.chain.node import Node

FIGURES_OF_A_CLIENT: Final = 2
"""Up to which round it was paid, and whether the extra was."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What was made of a campaign's trail.

    Args:
        code: the campaign, its code compared.
        campaign: read at the last block of the trail.
        trail: what was found on the chain.
        books: kept from it; equal to the contract's.
        figures: of the contract that were compared.
        gifts: base units that the campaign holds beyond its books: nobody deposited them.
    """

    code: "VerifiedCode"
    campaign: Contract
    trail: Trail
    books: Observed
    figures: int
    gifts: int

    def logged(self, name: str) -> "Iterator[dict[str, Any]]":
        """Arguments of the events of one name, in order."""
        return (event.arguments for seen in self.trail.seen for event in seen.events if event.name == name)


def recompute(
    node: "Node",
    found: "VerifiedCode",
    created: Created,
    folder: Path,
    terms: Terms | None = None,
    last: int | None = None,
) -> Recomputed:
    """Recompute a campaign at any phase.

    Args:
        node: not the embedded one.
        found: the campaign, its code compared.
        created: where it came from.
        folder: for the index of its events.
        terms: published ones, if they are known to be the campaign's; else they are read from its code and state.
        last: number of the block at which the campaign is recomputed; None for the newest.

    Raises:
        CheckFailed: naming the first transaction, figure or transfer that is not what the recomputation says.
        NodeError: the node contradicts itself, which says nothing about the campaign.
    """
    with index_of(found.campaign, created, folder) as index:
        events, head = events_until(found.campaign, index, last)
        campaign = replace(found.campaign, block=head)
        terms = terms or read_terms(campaign, found.terms)
        transfers = _transfers(campaign, terms.token, created.block, head)
        try:
            return _recomputed(found, campaign, terms, read_trail(index, events, transfers, head))
        except CheckFailed:
            index.forget()
            hash_ = contradiction(node, campaign.address, events, (transfer.hash for transfer in transfers))
            if hash_:
                wrong = f"the node's events of transaction {hash_} are not those of its receipt"
                raise NodeError(f"{campaign.address}: {wrong}; ask another") from None
            raise


def _transfers(campaign: Contract, token: str, first: int, last: int) -> list[Transfer]:
    """The token's transfers from and to the campaign.

    Raises:
        NodeError: the node leaves some out: the contract takes nothing in that its balance does not show.
    """
    deposited, address = campaign.view("deposited"), campaign.address
    least = campaign.view("paid_out"), deposited
    found = transfers_of(campaign.node, address, token, (first, last), least)
    came = sum(transfer.amount for transfer in found if transfer.receiver == address)
    if came < deposited:
        told = f"the node tells of transfers of {came} base units to it, and it has taken in {deposited}"
        raise NodeError(f"{address}: {told}; ask another")
    return found


def _recomputed(found: "VerifiedCode", campaign: Contract, terms: Terms, trail: Trail) -> Recomputed:
    ledger = Ledger(terms, found.terms["initiator"], campaign.node.chain_id, campaign.address)
    books = observe(ledger, trail.seen)
    for account in _parties(ledger):
        ledger.credit[account] += 0  # so that it is compared

    def ask(views: "Sequence[View]") -> list[Any]:
        return both_views(campaign, views, sealed=terms.sealed)

    figures = check_figures(ledger, ask, ledger.credit)
    figures += FIGURES_OF_A_CLIENT * compare_figures(list(paid_figures(ledger.offers)), ask)
    _check_contracts_that_sign(books, campaign.node)
    check_settlement(ledger)
    gifts = _check_transfers(ledger, campaign, trail)
    return Recomputed(found, campaign, trail, books, figures, gifts)


def _parties(ledger: Ledger) -> set[str]:
    terms = ledger.terms
    operators = {edge.operator for edge in terms.edges}
    return {ledger.initiator, terms.coordinator, terms.sponsor} | operators | {o.account for o in ledger.owners}


def _check_contracts_that_sign(books: Observed, node: "Node") -> None:
    """Who signed deliveries otherwise than by its key is a contract, whose word on that only the chain has."""
    for account, hash_ in books.by_contracts:
        if not node.code(account):
            raise CheckFailed(f"transaction {hash_}: the signature is not that of {account}")


def check_settlement(ledger: Ledger) -> None:
    """Clear the opened market by the whole mechanism once more, and compare with what settlement fixed.

    Raises:
        CheckFailed: naming the side that differs.
    """
    if not ledger.is_settled() or ledger.terms.sealed:  # of sealed books nobody else knows the market
        return
    outcome = clear(ledger.instance(), "vcg" if ledger.terms.underwritten else "serial")
    charged = [(owner.account, owner.level, owner.charge) for owner in ledger.owners if owner.bid is not None]
    if charged != [(owner.id, owner.level, owner.charge) for owner in outcome.owners]:
        raise CheckFailed("settlement: levels or charges are not those of the mechanism")
    won = [str(number) for number, offer in enumerate(ledger.offers) if offer.winner]
    if won != [winner.id for winner in outcome.winners]:
        raise CheckFailed("settlement: winners are not those of the mechanism")
    if [edge.price for edge in ledger.edges] != list(outcome.prices.values()):
        raise CheckFailed("settlement: prices are not those of the mechanism")


def _check_transfers(ledger: Ledger, campaign: Contract, trail: Trail) -> int:
    """The token moved exactly what the books say; base units that came in besides."""
    _check_paid(campaign, trail)
    came = Counter[str]()
    for transfer in trail.transfers:
        if transfer.receiver == campaign.address:
            came[transfer.sender] += transfer.amount
    for account, amount in ledger.deposits.items():
        if came[account] < amount:
            raise CheckFailed(
                f"deposits of {account}: {amount} in the books, the token logs {came[account]} from there"
            )
    token = Contract(campaign.node, "TestToken", ledger.terms.token, campaign.block)  # of which only ERC-20 is used
    balance, gifts = token.view("balanceOf", campaign.address), came.total() - ledger.deposits.total()
    if balance != ledger.held() + gifts:
        raise CheckFailed(f"token balance: {balance}, the books say {ledger.held()} and {gifts} that nobody deposited")
    return gifts


def _check_paid(campaign: Contract, trail: Trail) -> None:
    """Every transaction moved what the campaign says it paid, to whom."""
    paid, moved = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for seen in trail.seen:
        for given in (event.arguments for event in seen.events if event.name == "Paid"):
            paid[seen.hash, given["account"]] += given["amount"]
    for transfer in trail.transfers:
        if transfer.sender == campaign.address:
            moved[transfer.hash, transfer.receiver] += transfer.amount
    for hash_, account in paid | moved:
        was, logged = paid[hash_, account], moved[hash_, account]
        if was != logged:
            raise CheckFailed(f"transaction {hash_}: the campaign paid {was} to {account}, the token moved {logged}")


def _market_line(ledger: Ledger, winners: int) -> str:
    """What was made of the market."""
    if not ledger.is_settled():
        return "market: not settled, nothing to clear"
    if ledger.terms.sealed:
        known = f"{winners} winners and their prices as the contract proved them, {ledger.rounds} rounds, same charges"
        return f"market: {known}; its books are sealed, so only who has them can clear it again (cofund audit)"
    same = "same prices and charges as in the contract"
    return f"market cleared again: {winners} winners, {ledger.rounds} rounds, {same}"


def said(made: Recomputed, written: "Callable[[int], str]") -> list[str]:
    """What was checked, a line for each group; ``written`` writes amounts for people."""
    ledger, books, trail = made.books.ledger, made.books, made.trail
    events = sum(len(seen.events) for seen in trail.seen)
    bids = sum(owner.bid is not None for owner in ledger.owners)
    opened = sum(book.opened for book in ledger.every_book())
    winners, roots = sum(edge.winners for edge in ledger.edges), sum(edge.up_to_round > 0 for edge in ledger.edges)
    posted = sum(1 for _ in made.logged("DeliveriesPosted"))
    deposited, paid, kept = map(written, (ledger.deposits.total(), ledger.payments.total(), ledger.held()))
    held = f"{deposited} in, {paid} out, {kept} held"
    lines = [
        f"block {trail.head}: status {ledger.status}",
        f"{len(trail.seen)} transactions with {events} events: hashes and signatures right, logs as computed",
        f"{bids} of {len(ledger.owners)} bids and {opened} of {len(ledger.every_book())} books open, "
        + (f"{sum(book.clients for book in ledger.every_book())} offers: " if ledger.terms.sealed else "")
        + ("the others stay sealed" if ledger.terms.sealed else f"{len(ledger.offers)} offers: as sealed"),
        _market_line(ledger, winners),
        f"{ledger.rounds_done} rounds recorded, {posted} roots of {roots} edges posted: signatures right",
        f"{made.figures:,} figures of the contract are those of the books kept again",
        f"{len(trail.transfers)} transfers of the token are the books' deposits and payments: {held}",
    ]
    if books.through:
        lines.append(
            f"{len(books.through)} transactions through other contracts, known by their events; "
            f"the first is {books.through[0]}"
        )
    if books.by_contracts:
        lines.append(f"{len(books.by_contracts)} signatures of accounts that are contracts, which the campaign asked")
    if made.gifts:
        lines.append(f"{written(made.gifts)} that nobody deposited lie there besides")
    return lines
