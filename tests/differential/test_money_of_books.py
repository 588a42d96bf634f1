"""Whole lives of campaigns with books: at the end everybody has what this file says, to the unit, and nothing is left.

The expected amounts are worked out here in fractions of rounds and shares, not with the project's own ledger.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest

from book_market import (
    COORDINATOR,
    COORDINATOR_KEY,
    CURVE,
    INITIATOR,
    OPERATORS,
    BookMarket,
    Site,
    account,
    random_books,
)
from cofund.errors import Reverted
from cofund.market.offer_book import NO_BOUNDARY
from sorted_market import path, sorted_market

ONE, FEE, OWNER_BOND, BOOK_BOND, COORDINATOR_BOND, WINDOW = 10**9, 7, 5, 100, 1000, 40
KEYS = {key.address: key for key in OPERATORS}


def up(a: int, b: int) -> int:
    return -(-a // b)


class Life:
    """A campaign drawn at random, played to its end, and what the people in it should have had of it."""

    def __init__(self, seed: int) -> None:
        self.draw = draw = random.Random(seed)
        self.sites = [
            Site(
                draw.choice(OPERATORS).address,
                draw.randrange(1, 5),
                draw.choice([0, 3]),
                100,
                draw.choice([0, 0, *range(edge + 1)]),
            )
            for edge in range(draw.randrange(1, 5))
        ]
        self.goal = draw.randrange(1, 4)
        self.windows = {"veto_window": draw.choice([0, 10]), "unaccepted": draw.choice([1, 2])}
        self.edge_bond = draw.choice([0, 50])
        self.market = BookMarket(
            self.sites, draw.randrange(2, 7), self.windows | {"edge_bond": self.edge_bond}, [(1 << 16) | self.goal]
        )
        self.net: Counter[str] = Counter()  # of everybody, but for what rounding leaves to the initiator
        self.done, self.vetoer, self.halted = 0, -1, False
        self.bitmaps: dict[int, list[int]] = {}  # what an edge's winners delivered, a bit a round
        self.posted: dict[int, list[int]] = {}  # of those, what was signed in time
        self.lost = self.refused = 0

    # ------------------------------------------------------------- the market

    def sell(self, seed: int) -> None:
        """Books and bids to settlement; some owner and some book may stay silent."""
        market, draw = self.market, self.draw
        for edge, site in enumerate(self.sites):
            market.fund(site.operator)
            if self.edge_bond:
                market.call("post_edge_bond", edge, sender=site.operator)
        books = list(random_books(self.sites, draw.choice([4, 12, 80]), seed, top=60).values())
        for book in books:
            market.commit(book)
        self.owners = [account(20_000 + number) for number in range(draw.randrange(1, 5))]
        bids = [draw.choice([500, 1500, 3000]) for _ in self.owners]
        for owner, bid in zip(self.owners, bids, strict=True):
            market.bid(owner, bid, bid + draw.choice([0, 70]))
        silent_owner, silent_book = draw.random() < 0.3, draw.random() < 0.3
        self.opened = books[silent_book:]
        for book in self.opened:
            market.open(book)
        shown = self.owners[: len(self.owners) - silent_owner]
        if shown:
            market.reveal(*shown)
        self.bids = [bid if owner in shown else 0 for owner, bid in zip(self.owners, bids, strict=True)]
        for owner, bid in zip(self.owners, self.bids, strict=True):
            self.lose(owner, OWNER_BOND * (not bid))
        for book in books[:silent_book]:
            self.lose(book.operator, BOOK_BOND * len(book.offers))

    def lose(self, holder: str, bond: int) -> None:
        self.net[holder] -= bond
        self.lost += bond

    def settle(self) -> None:
        """The contract finds the winners, prices and bills that this file finds."""
        market, by = self.market, {book.operator: book for book in self.opened}
        self.winners, self.prices = sorted_market(self.sites, self.opened, market.cohort)
        market.settle(
            [
                by[site.operator].boundary(edge, self.winners[edge]) if site.operator in by else NO_BOUNDARY
                for edge, site in enumerate(self.sites)
            ]
        )
        assert market.results() == list(zip(self.winners, self.prices, strict=True))
        self.price = sum(w * p for w, p in zip(self.winners, self.prices, strict=True)) + FEE
        self.level, self.charge = [0] * len(self.owners), [0] * len(self.owners)
        if sum(self.winners):
            self.share()
        bills = [market.call("owner", index)[1] for index in range(len(self.owners))]
        assert bills == list(zip(self.level, self.charge, strict=True))

    def share(self) -> None:
        """Serial cost sharing among owners of weight 1: each block divided among all who can pay that share."""
        buyers = [index for index, bid in enumerate(self.bids) if bid]
        blocks = [(self.goal, sum(CURVE[: self.goal])), *((1, step) for step in CURVE[self.goal :])]
        for size, quality in blocks:
            while buyers:
                share = up(size * self.price, len(buyers))
                able = [index for index in buyers if self.bids[index] * quality // ONE >= share]
                if able == buyers:
                    break
                buyers = able
            for index in buyers:
                self.level[index] += size
                self.charge[index] += share

    def unfunded(self) -> None:
        """What was lost goes to those who bid, by their bids."""
        assert self.market.call("status") == 2
        for owner, bid in zip(self.owners, self.bids, strict=True):
            self.net[owner] += self.lost * bid // sum(self.bids) if bid else 0

    # ------------------------------------------------------------ the training

    def train(self) -> None:
        """Rounds to the last, to a veto of whoever pays more than half, or to a halt."""
        market, draw, rounds = self.market, self.draw, max(self.level)
        ending = draw.choice(["all", "veto", "halt"])
        top = max(range(len(self.owners)), key=lambda index: self.charge[index])
        may_veto = ending == "veto" and self.windows["veto_window"] and 2 * self.charge[top] > sum(self.charge)
        for number in range(1, rounds + 1):
            if ending == "halt" and number == draw.randrange(1, rounds + 1):
                market.machine.now += 1000
                market.call("halt")
                self.halted = True
                break
            market.machine.now += self.windows["veto_window"]
            market.record(number)
            if may_veto and draw.random() < 0.5:
                market.call("veto", number, sender=self.owners[top])
                self.vetoer = top
                break
            self.done = number
        market.machine.now += self.windows["veto_window"]

    def deliver(self) -> None:
        """Edges sign in time, twice, never, or leave it to the coordinator; the models come out or not."""
        market, draw, done = self.market, self.draw, self.done
        self.bitmaps = {
            edge: [draw.getrandbits(done) if done else 0 for _ in range(winners)]
            for edge, winners in enumerate(self.winners)
            if winners
        }
        fates = ["signed", "twice", "stand-in", "never"] if draw.random() < 0.3 else ["signed", "signed", "twice"]
        fate = {edge: draw.choice(fates) if done else "never" for edge in self.bitmaps}
        for edge in self.of(fate, "signed", "twice"):
            if fate[edge] == "twice" and done > 1:
                self.deliver_first_round(edge)
            self.post(edge, KEYS[self.sites[edge].operator])
        self.released = done == 0 or draw.random() < 0.8
        if done and self.released:
            market.call("release_models", [b"\7" * 32] * sum(map(bool, self.level)), sender=COORDINATOR)
        market.machine.now += WINDOW
        for edge in self.of(fate, "stand-in"):
            self.post(edge, COORDINATOR_KEY)
        market.machine.now += WINDOW
        market.call("close")
        if done and self.edge_bond:
            for edge in self.of(fate, "stand-in", "never"):
                self.lose(self.sites[edge].operator, self.edge_bond)

    @staticmethod
    def of(fate: dict[int, str], *fates: str) -> Iterator[int]:
        return (edge for edge, one in fate.items() if one in fates)

    def post(self, edge: int, signer: Any) -> None:
        self.market.post(edge, self.bitmaps[edge], self.done, signer)
        self.posted[edge] = self.bitmaps[edge]

    def deliver_first_round(self, edge: int) -> None:
        early = [bitmap & 1 for bitmap in self.bitmaps[edge]]
        self.market.post(edge, early, 1, KEYS[self.sites[edge].operator])
        if any(early[: 64 - self.market.start(edge) % 64]):
            self.market.claim(edge, early, 0)

    # --------------------------------------------------------- what is whose

    def bills(self) -> None:
        """Rounds done, what an early end in the goal costs more, undelivered rounds back, what others lost."""
        earned = [0] * len(self.owners)
        for span, each, paying in self.stretches():
            pot = sum(self.undelivered(number) for number in span)
            for index in paying:
                earned[index] += each
                self.net[self.owners[index]] += pot // len(paying) if each else 0
        more = self.early_end(earned)
        short = max(0, self.price * self.done - sum(earned))
        coordinator = self.released * (FEE * self.done + (not self.halted) * (COORDINATOR_BOND - short))
        pot = self.lost + FEE * self.done + COORDINATOR_BOND - short - coordinator
        self.net[COORDINATOR] += coordinator - COORDINATOR_BOND
        for owner, paid, extra, charge in zip(self.owners, earned, more, self.charge, strict=True):
            self.net[owner] += pot * charge // sum(self.charge) - paid - extra
        clients = sum(bitmap.bit_count() for maps in self.posted.values() for bitmap in maps)
        self.extra = sum(more) // clients if clients else 0
        assert self.market.call("extra") == self.extra

    def stretches(self) -> Iterator[tuple[range, int, list[int]]]:
        """Rounds done that the same owners buy, with the share of each."""
        ends = [0, *sorted({level for level in self.level if level} | {self.goal})]
        for first, end in pairwise(ends):
            last = min(end, self.done)
            paying = [index for index, level in enumerate(self.level) if level > first]
            if first < last:
                each = self.goal_share(last) if first == 0 else (last - first) * up(self.price, len(paying))
                yield range(first, last), each, paying

    def goal_share(self, rounds: int) -> int:
        """An owner's share of the goal's first rounds."""
        buyers = sum(map(bool, self.level))
        return up(self.goal * self.price, buyers) * rounds // self.goal

    def undelivered(self, number: int) -> int:
        """What the winners who missed a round would have been paid for it."""
        missed = Counter[int]()
        for edge in self.bitmaps:
            came = sum(bitmap >> number & 1 for bitmap in self.posted.get(edge, []))
            missed[edge] = (self.winners[edge] - came) * self.prices[edge]
        return missed.total()

    def early_end(self, earned: list[int]) -> list[int]:
        """Who ended it inside the goal pays what the rounds done are worth by the bid, at most the goal's share."""
        delivered = any(any(maps) and self.prices[edge] for edge, maps in self.posted.items())
        if not (0 < self.done < self.goal and delivered):
            return [0] * len(earned)
        worth = sum(CURVE[: self.done])
        return [
            max(0, min(self.goal_share(self.goal), bid * worth // ONE) - paid)
            if level and (self.halted or index == self.vetoer)
            else 0
            for index, (bid, paid, level) in enumerate(zip(self.bids, earned, self.level, strict=True))
        ]

    def claim(self) -> None:
        """Everybody's pay, claimed in any order, chunk by chunk."""
        market, chunks = self.market, []
        for edge, maps in self.posted.items():
            fees = sum(self.sites[above].fee for above in path(self.sites, edge))
            book, first = market.book_of[self.sites[edge].operator], market.start(edge)
            for place, bitmap in enumerate(maps, first):
                self.net[book.offers[place].client] += bitmap.bit_count() * (self.prices[edge] - fees + self.extra)
            for above in path(self.sites, edge):
                self.net[self.sites[above].operator] += self.sites[above].fee * sum(map(int.bit_count, maps))
            chunks += [(edge, maps, part) for part in range(up(first % 64 + len(maps), 64))]
        self.draw.shuffle(chunks)
        for edge, maps, part in chunks:
            with self.nothing_delivered():
                market.claim(edge, maps, part)
        for edge in range(len(self.sites)):
            with self.nothing_delivered():
                market.call("claim_edge_fee", edge)

    @staticmethod
    def nothing_delivered() -> Any:
        return suppress(Reverted)  # what is refused wrongly is missing in the balances at the end

    def leave(self) -> None:
        market = self.market
        market.call("withdraw", [*self.owners, *{site.operator for site in self.sites}, COORDINATOR, INITIATOR])
        for book in self.opened:
            market.on_books("return_bond", book.operator)


@pytest.mark.parametrize("seed", range(300))
def test_everybody_gets_what_is_theirs_and_nothing_is_left(seed):
    life = Life(seed)
    market = life.market
    life.sell(seed)
    life.settle()
    if max(life.level, default=0):
        life.train()
        life.deliver()
        life.bills()
        life.claim()
    else:
        life.unfunded()
    life.leave()
    assert {who: market.balance(who) - market.funded.get(who, 0) for who in life.net} == dict(life.net)
    assert market.balance(market.campaign) == 0
    dust = market.balance(INITIATOR)
    if not any(life.bids):  # nobody opened a bid, so there is nobody whom silence made pay more
        dust -= life.lost
    assert 0 <= dust <= 4 * 4 + 4 * 4 * 5  # shares rounded up, divisions down, extra per client-round down
