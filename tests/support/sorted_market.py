"""What sorting all offers of a market gives, worked out anew: take the cheapest that fits, again and again."""

import random

from book_market import Site, account
from cofund.market.offer_book import OfferBook


def path(sites: list[Site], edge: int) -> list[int]:
    """An edge and all above it."""
    return [edge] if sites[edge].parent == 0 else [edge, *path(sites, sites[edge].parent - 1)]


def sorted_market(sites: list[Site], books: list[OfferBook], cohort: int) -> tuple[list[int], list[int]]:
    """Winners and prices of every edge: the cheapest that fits, again and again; then who fits with one more place."""
    offers = [
        (offer.cost + sum(sites[s].fee for s in path(sites, section.edge)), section.edge, place)
        for book in books
        for section in book.sections
        for place, offer in enumerate(section.offers)
    ]
    offers = [offer for offer in offers if offer[0] <= sites[offer[1]].ceiling]
    room, left, winners, losers = {s: sites[s].capacity for s in range(len(sites))}, cohort, [0] * len(sites), []
    for amount, edge, place in sorted(offers):
        if left and all(room[s] for s in path(sites, edge)):
            left -= 1
            winners[edge] += 1
            for s in path(sites, edge):
                room[s] -= 1
        else:
            losers.append((amount, edge, place))
    prices = []
    for e, site in enumerate(sites):
        price = site.ceiling
        for amount, edge, _ in losers:
            above = path(sites, edge)
            shared = path(sites, e)
            if all(room[s] or s in shared for s in above):
                price = min(price, amount)
        prices.append(price)
    return winners, prices


def random_sites(draw: random.Random) -> list[Site]:
    operators = [account(10_000 + i) for i in range(4)]
    sites = []
    for e in range(draw.randrange(1, 6)):
        parent = draw.choice([0, 0, *range(e + 1)])
        fees = sum(sites[s].fee for s in path(sites, parent - 1)) if parent else 0
        fee = draw.choice([0, 0, 3])
        sites.append(
            Site(draw.choice(operators), draw.randrange(5), fee, draw.choice([100, 60, max(fees + fee, 20)]), parent)
        )
    return sites
