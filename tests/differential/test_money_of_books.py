"""Whole lives of campaigns with books: at the end everybody has what this file says, to the unit, and nothing is left.

The expected amounts are worked out here in fractions of rounds and shares, not with the project's own ledger.
"""

import random
from collections import Counter

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
from cofund.market.offer_book import NO_BOUNDARY
from evm import START
from sorted_market import path, sorted_market

ONE = 10**9


def up(a, b):
    return -(-a // b)


def serial_bills(bids, price, goal, rounds):
    """Levels and charges of owners of weight 1."""
    level, charge = [0] * len(bids), [0] * len(bids)
    buyers = [i for i, bid in enumerate(bids) if bid is not None]
    blocks = [(goal, sum(CURVE[:goal]))] + [(1, CURVE[r]) for r in range(goal, rounds)]
    for size, quality in blocks:
        while buyers:
            share = up(size * price, len(buyers))
            able = [i for i in buyers if bids[i] * quality // ONE >= share]
            if able == buyers:
                break
            buyers = able
        for i in buyers:
            level[i] += size
            charge[i] += share
    return level, charge


@pytest.mark.parametrize("seed", range(300))
def test_everybody_gets_what_is_theirs_and_nothing_is_left(seed):
    draw = random.Random(seed)
    keys = {key.address: key for key in OPERATORS}
    sites = []
    for e in range(draw.randrange(1, 5)):
        parent = draw.choice([0, 0, *range(e + 1)])
        sites.append(Site(draw.choice(OPERATORS).address, draw.randrange(1, 5), draw.choice([0, 3]), 100, parent))
    goal = draw.randrange(1, 4)
    changes = {
        "veto_window": draw.choice([0, 10]),
        "unaccepted": draw.choice([1, 2]),
        "edge_bond": draw.choice([0, 50]),
    }
    market = BookMarket(sites, draw.randrange(2, 7), changes, goals=[(1 << 16) | goal])
    terms = market.terms
    start = Counter()
    for operator in {site.operator for site in sites}:
        market.fund(operator)
    for e, site in enumerate(sites):
        if terms["edge_bond"]:
            market.call("post_edge_bond", e, sender=site.operator)
    books = random_books(sites, draw.choice([4, 12, 80]), seed, top=60)
    for book in books.values():
        market.commit(book)
    owners = [account(20_000 + i) for i in range(draw.randrange(1, 5))]
    bids = [draw.choice([500, 1500, 3000]) for _ in owners]
    for owner, bid in zip(owners, bids, strict=True):
        market.bid(owner, bid, bid + draw.choice([0, 70]))
    silent_owner = draw.random() < 0.3
    silent_book = draw.random() < 0.3
    opened = list(books.values())[silent_book:]
    for book in opened:
        market.open(book)
    shown = owners[: len(owners) - silent_owner]
    if shown:
        market.reveal(*shown)
    winners, prices = sorted_market(sites, opened, market.cohort)
    by = {book.operator: book for book in opened}
    market.settle(
        [by[s.operator].boundary(e, winners[e]) if s.operator in by else NO_BOUNDARY for e, s in enumerate(sites)]
    )
    assert market.results() == list(zip(winners, prices, strict=True))

    price = sum(w * p for w, p in zip(winners, prices, strict=True)) + 7
    told = [bid if owner in shown else None for owner, bid in zip(owners, bids, strict=True)]
    level, charge = serial_bills(told, price, goal, 4) if sum(winners) else ([0] * len(owners), [0] * len(owners))
    for i in range(len(owners)):
        assert market.call("owner", i)[1] == (level[i], charge[i])
    lost = silent_owner * 5 + sum(len(book.offers) * 100 for book in list(books.values())[:silent_book])
    net = Counter()  # of everybody but what rounding leaves to the initiator
    net[COORDINATOR] -= 0
    for i, owner in enumerate(owners):
        net[owner] -= 5 * (told[i] is None)
    for book in list(books.values())[:silent_book]:
        net[book.operator] -= 100 * len(book.offers)
    rounds = max(level, default=0)
    claims = []
    if rounds == 0:
        assert market.call("status") == 2
        total = sum(bid for bid in told if bid)
        for owner, bid in zip(owners, told, strict=True):
            net[owner] += lost * bid // total if bid and total else 0
    else:
        done, veto, halt = rounds, None, False
        ending = draw.choice(["all", "veto", "halt"])
        for number in range(1, rounds + 1):
            if ending == "halt" and number == (stop := draw.randrange(1, rounds + 1)):
                market.machine.now += 1000
                market.call("halt")
                done, halt = number - 1, True
                break
            market.machine.now += terms["veto_window"]
            market.record(number)
            top = max(range(len(owners)), key=lambda i: charge[i])
            if ending == "veto" and terms["veto_window"] and 2 * charge[top] > sum(charge) and draw.random() < 0.5:
                market.call("veto", number, sender=owners[top])
                done, veto = number - 1, top
                break
        market.machine.now += terms["veto_window"]
        bitmaps = {
            e: [draw.getrandbits(done) if done else 0 for _ in range(winners[e])]
            for e in range(len(sites))
            if winners[e]
        }
        posted = {}
        late = draw.random() < 0.3
        for e, maps in bitmaps.items():
            fate = draw.choice(
                ["signed", "signed", "twice", "stand-in" if late else "signed", "never" if late else "signed"]
            )
            if done and fate in {"signed", "twice"}:
                if fate == "twice" and done > 1:
                    early = [bitmap & 1 for bitmap in maps]
                    market.post(e, early, 1, keys[sites[e].operator])
                    market.claim(e, early, 0) if early[0] or any(early[: 64 - market.start(e) % 64]) else None
                market.post(e, maps, done, keys[sites[e].operator])
                posted[e] = maps
            elif done and fate == "stand-in":
                posted[e] = None
        market.machine.now += 0
        stood_in = [e for e in posted if posted[e] is None]
        released = done == 0 or draw.random() < 0.8
        if done and released:
            market.call("release_models", [b"\7" * 32] * sum(x > 0 for x in level), sender=COORDINATOR)
        market.machine.now += 40
        for e in stood_in:
            market.post(e, bitmaps[e], done, COORDINATOR_KEY)
            posted[e] = bitmaps[e]
        market.machine.now += 40
        market.call("close")
        # -------- what everybody should have
        delivered = Counter()
        undelivered = [0] * done
        for e, maps in bitmaps.items():
            for r in range(done):
                got = sum((bitmap >> r) & 1 for bitmap in posted.get(e, []))
                delivered[e] += got
                undelivered[r] += (winners[e] - got) * prices[e]
        earned, more, back = [0] * len(owners), [0] * len(owners), [0] * len(owners)
        buyers = [i for i in range(len(owners)) if level[i]]
        goal_share = up(goal * price, len(buyers))
        in_goal = min(done, goal)
        if done:
            spans = [(0, in_goal)] + [(r, r + 1) for r in range(goal, done)]
            for first, last in spans:
                paying = [i for i in buyers if level[i] > first]
                each = goal_share * in_goal // goal if first == 0 else up(price, len(paying))
                for i in paying:
                    earned[i] += each
            # stretches with the same buyers are divided together
            ends = sorted({level[i] for i in buyers} | {goal})
            before = 0
            for end in ends:
                last = min(end, done)
                if before >= done:
                    break
                paying = [i for i in buyers if level[i] > before]
                each = goal_share * in_goal // goal if before == 0 else (last - before) * up(price, len(paying))
                pot = sum(undelivered[before:last])
                for i in paying:
                    back[i] += pot * each // (each * len(paying)) if each else 0
                before = end
            if done < goal and any(sum(map(int.bit_count, maps or [])) * prices[e] for e, maps in posted.items()):
                worth = sum(CURVE[:done])
                for i in buyers:
                    if halt or i == veto:
                        more[i] = max(earned[i], min(goal_share, bids[i] * worth // ONE)) - earned[i]
        elif done == 0:
            pass
        due = price * done
        short = max(0, due - sum(earned))
        fee = 7 * done
        coordinator_gets = (fee if released else 0) + ((1000 - short) if released and not halt else 0)
        edge_lost = 0
        for e, maps in bitmaps.items():
            if terms["edge_bond"] and done and (e not in posted or e in stood_in):
                edge_lost += 50
                net[sites[e].operator] -= 50
        pot = lost + edge_lost + fee + 1000 - short - coordinator_gets
        net[COORDINATOR] += coordinator_gets - 1000
        for i, owner in enumerate(owners):
            net[owner] -= earned[i] + more[i]
            net[owner] += back[i] + (pot * charge[i] // sum(charge) if sum(charge) else 0)
        total_delivered = sum(delivered.values())
        extra = sum(more) // total_delivered if total_delivered else 0
        assert market.call("extra") == extra
        for e, maps in posted.items():
            fees = sum(sites[s].fee for s in path(sites, e))
            book, first = market.book_of[sites[e].operator], market.start(e)
            for place, bitmap in enumerate(maps):
                net[book.offers[first + place].client] += bitmap.bit_count() * (prices[e] - fees + extra)
            for s in path(sites, e):
                net[sites[s].operator] += sites[s].fee * delivered[e]
            for part in range(-(-(first % 64 + len(maps)) // 64)):
                claims.append((e, maps, part))
        draw.shuffle(claims)
        for e, maps, part in claims:
            try:
                market.claim(e, maps, part)
            except Exception as error:  # nothing delivered in this chunk
                assert "nothing new" in str(error)
        for e in range(len(sites)):
            try:
                market.call("claim_edge_fee", e)
            except Exception as error:
                assert "nothing new" in str(error)
    everybody = [*owners, *{site.operator for site in sites}, COORDINATOR, INITIATOR]
    market.call("withdraw", everybody)
    for book in opened:
        market.on_books("return_bond", book.operator)
    for holder, amount in net.items():
        clients = market.funded.get(holder, 0)
        assert market.balance(holder) - clients == amount, (seed, holder)
    assert market.balance(market.campaign) == 0
    dust = market.balance(INITIATOR)
    if not any(told):  # nobody opened a bid, so there is nobody whom silence made pay more
        dust -= lost
    assert 0 <= dust <= 4 * 4 + 4 * 4 * 5  # shares rounded up, divisions down, extra per client-round down
