"""A campaign as people play it, on the ledger: lies, silence, vetoes, stops, false names and missing deliveries."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cofund.errors import Reverted
from cofund.market.offer_book import (
    ListedOffer,
    OfferBook,
    delivered_levels,
    delivered_parts,
    missing_words,
    tree_proof,
)
from cofund.market.sealing import Opening, seal
from cofund.market.terms import NOBODY, Terms
from cofund.settlement.ledger import Ledger, Status
from cofund.units import ONE

CHAIN, CAMPAIGN = 1, "0x" + "ca" * 20


def account(name: str) -> str:
    return "0x" + name.encode().hex().rjust(40, "0")


@dataclass(frozen=True)
class Campaign:
    """What everybody does.

    Attributes:
        bids: by owner.
        offers: by edge, (client, cost per client-round in base units).
        silent: owners who do not open their bid, and operators who do not open their book.
        veto: round, and who vetoes it.
        stop: rounds after which the coordinator records no more.
        absent: rounds, as bits, that a client does not deliver.
        keeps: whether the coordinator keeps the models.
    """

    terms: Terms
    bids: Mapping[str, int]
    offers: Mapping[int, Sequence[tuple[str, int]]]
    silent: frozenset[str] = frozenset()
    veto: tuple[int, frozenset[str]] = (0, frozenset())
    stop: int = 256
    absent: Mapping[str, int] = field(default_factory=dict)
    keeps: bool = False

    def but(self, **changes: object) -> "Campaign":
        return replace(self, **changes)

    def ledger(self) -> Ledger:
        """The ledger when everybody has what is theirs."""
        terms = self.terms
        ledger, now = Ledger(terms, account("initiator"), CHAIN, CAMPAIGN), 0
        ledger.post_coordinator_bond(now, terms.coordinator)
        if terms.sponsor != NOBODY:
            ledger.lock_sponsorship(now, terms.sponsor)
        for edge, one in enumerate(terms.edges):
            ledger.post_edge_bond(now, one.operator, edge)
        openings = {name: Opening(account(name), bid, bytes(32)) for name, bid in self.bids.items()}
        for opening in openings.values():
            ledger.commit_bid(now, opening.sender, seal(CHAIN, CAMPAIGN, opening), opening.amount)
        books = []
        for operator in dict.fromkeys(one.operator for one in terms.edges):
            mine = {
                edge: [ListedOffer(account(name), cost // terms.tick) for name, cost in rows]
                for edge, rows in self.offers.items()
                if terms.edges[edge].operator == operator
            }
            book = OfferBook.of(operator, bytes(32), mine)
            if book.offers:
                commitment = book.commitment(CHAIN, CAMPAIGN)
                ledger.commit_book(now, operator, book.sections[0].edge, commitment, len(book.offers))
                books.append(book)
        now = terms.commit_end
        opened = [opening for name, opening in openings.items() if name not in self.silent]
        if opened:
            ledger.reveal_bids(now, opened)
        for book in books:
            if book.operator not in {account(name) for name in self.silent}:
                ledger.open_book(now, book)
        now = terms.reveal_end
        ledger.settle(now, ledger.right_winners())
        if ledger.status == Status.TRAINING:
            self._train(ledger, now)
        self._leave(ledger)
        return ledger

    def _train(self, ledger: Ledger, now: int) -> None:
        self._record(ledger, now)
        maps = self._post(ledger)
        done, boxes = ledger.rounds_done, [b"\1" * 32] * sum(one.level > 0 for one in ledger.owners)
        now = ledger.accepted_end()
        if done and not self.keeps:
            ledger.release_models(now, self.terms.coordinator, boxes)
        ledger.close(now if ledger.may_close(now) else ledger.late_end())
        for edge, bitmaps in maps.items():
            levels = delivered_levels(ledger.edges[edge].start, bitmaps)
            for part, (chunk, each) in enumerate(delivered_parts(ledger.edges[edge].start, bitmaps)):
                with contextlib.suppress(Reverted):
                    ledger.claim(edge, chunk, (1 << len(each)) - 1, each, tree_proof(levels, part))

    def _record(self, ledger: Ledger, now: int) -> None:
        """Rounds until all are done, nobody records the next, or one is vetoed."""
        for number in range(1, min(ledger.rounds, self.stop) + 1):
            now = max(now, ledger.may_build(number))
            ledger.record_round(now, self.terms.coordinator, number)
            if self.veto[0] == number and self.terms.veto_window_s:
                self._veto(ledger, now, number)
                if ledger.rounds_done < number:
                    return
        if self.stop < ledger.rounds:
            ledger.halt(ledger.round_deadline)

    def _veto(self, ledger: Ledger, now: int, number: int) -> None:
        for name in sorted(self.veto[1]):
            if not ledger.training_end or ledger.rounds_done == number:
                with contextlib.suppress(Reverted):
                    ledger.veto(now, account(name), number)

    def _post(self, ledger: Ledger) -> dict[int, list[int]]:
        """Every edge signs what its winners delivered; bitmaps by edge."""
        done, maps = ledger.rounds_done, {}
        away = {account(name): bits for name, bits in self.absent.items()}
        for edge, one in enumerate(ledger.edges):
            if one.winners and done:
                clients = [offer.client for offer in ledger.offers_at(edge)[: one.winners]]
                maps[edge] = [(2**done - 1) & ~away.get(client, 0) for client in clients]
                root = delivered_levels(one.start, maps[edge])[-1][0]
                told = missing_words(maps[edge], done), self.terms.edges[edge].operator
                ledger.post_deliveries(ledger.accepted_end(), edge, done, root, *told)
        return maps

    @staticmethod
    def _leave(ledger: Ledger) -> None:
        for edge in range(len(ledger.edges)):
            with contextlib.suppress(Reverted):
                ledger.claim_edge_fee(edge)
        for operator, book in ledger.books.items():
            if book.opened:
                ledger.return_book_bond(operator)
        ledger.withdraw([one for one, amount in ledger.owed().items() if amount])


def cash(ledger: Ledger, *names: str) -> int:
    """What these have in the end, less what they had."""
    accounts = {account(name) for name in names}
    return sum(ledger.payments[one] - ledger.deposits[one] for one in accounts)


def worth(ledger: Ledger, name: str, value: int) -> int:
    """What an owner gets is worth to it, parts of a base unit: rounds done that it bought, if models come out."""
    levels = {one.account: one.level for one in ledger.owners}
    got = min(levels.get(account(name), 0), ledger.rounds_done) if ledger.boxes else 0
    return value * sum(ledger.terms.quality[:got])


def effort(ledger: Ledger, costs: Mapping[str, int], absent: Mapping[str, int]) -> int:
    """What training cost the clients that have a true cost, in parts of a base unit."""
    done = (1 << ledger.rounds_done) - 1
    rounds = {
        offer.client: (done & ~absent.get(name, 0)).bit_count()
        for offer in ledger.offers
        if offer.winner
        for name in costs
        if account(name) == offer.client
    }
    return sum(cost * rounds.get(account(name), 0) for name, cost in costs.items()) * ONE


def payoff(played: Campaign, members: Sequence[str], values: Mapping[str, int], costs: Mapping[str, int]) -> int:
    """What a group has from a campaign, in parts of a base unit."""
    ledger = played.ledger()
    mine = {name: cost for name, cost in costs.items() if name in members}
    return (
        sum(worth(ledger, name, values[name]) for name in members if name in values)
        - effort(ledger, mine, played.absent)
        + cash(ledger, *members) * ONE
    )


def best(honest: Campaign, others: Sequence[Campaign], value_of: Callable[[Campaign], int]) -> tuple[int, Campaign]:
    """The most that any of these gives over the honest play, and which does."""
    base = value_of(honest)
    return max(((value_of(one) - base, one) for one in others), key=lambda pair: pair[0])
