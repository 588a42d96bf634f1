"""Words for what happened: events as sentences."""

from typing import Any

from cofund.campaign.chain_document import short
from cofund.campaign.metrics import metric_text
from cofund.campaign.sealed_events import edges_in
from cofund.chain.logs import Event
from cofund.market.offer_book import missing_counts
from cofund.money import Currency
from cofund.report.words import many


def event_words(event: Event, names: dict[str, str], terms: dict[str, Any]) -> str:  # noqa: C901, PLR0911, PLR0912 - a case an event
    """One sentence about an event."""
    given, coins = event.arguments, Currency(terms["token"]["unit"], terms["token"]["decimals"])
    edges = [edge["id"] for edge in terms["edges"]]

    def who(field: str) -> str:
        account = given[field]
        name = names.get(account, account)
        return short(account) if name == account else name

    match event.name:
        case "CoordinatorBonded":
            return "The coordinator posted its bond"
        case "EdgeBonded":
            return f"Edge {edges[given['edge']]} posted its bond"
        case "SponsorLocked":
            return f"The sponsor locked {coins.named(given['amount'])}"
        case "BidCommitted":
            return f"{who('owner')} sealed a bid and locked {coins.named(given['escrow'])}"
        case "BookCommitted":
            return f"{who('operator')} sealed a book of {many(given['clients'], 'offer')}"
        case "BidRevealed":
            return f"{who('owner')} opened its bid: {coins.named(given['bid'])}"
        case "BookOpened":
            if "edge" in given:  # sealed, and called absent
                return f"The book of edge {edges[given['edge']]} was opened: it is there"
            offers = sum(count & 0xFFFF for count in given["sections"])
            return f"{who('operator')} opened its book: {many(offers, 'offer')}"
        case "ChunkOpened":
            return f"Offers in the book of {who('operator')}"
        case "MarketCleared":
            winners = sum(result["winners"] for result in given["results"])
            silent = f"; books of {many(given['silent'], 'offer')} were never opened" if given["silent"] else ""
            return f"The market is cleared: {many(winners, 'client')} at {_prices(given['results'], terms)}{silent}"
        case "Attempted":
            absent = [edges[at] for at in sorted(edges_in(given["absent"]))]
            return f"{who('settler')} settles without the books of {', '.join(absent)}, unless they are opened in time"
        case "AttemptEnded":
            return "The settlement without them is off"
        case "Settled":
            if not given["rounds"]:
                return "Settled: not funded, everything goes back"
            cost = coins.named(given["round_cost"])
            return f"Settled: {given['winners']} clients, up to {given['rounds']} rounds at {cost}"
        case "Cancelled":
            return "Cancelled: everything goes back"
        case "RoundRecorded":
            return f"Round {given['round']} recorded, metric {metric_text(given['metric'])}"
        case "Vetoed":
            carried = ": carried, training ends" if given["carried"] else ""
            return f"{who('owner')} vetoed round {given['round']}{carried}"
        case "Halted":
            return f"Halted after {given['rounds']} rounds"
        case "DeliveriesPosted":
            missing = sum(missing_counts(given["missing"], given["up_to_round"]))
            signed = "The coordinator signed for edge" if given["stood_in"] else "Edge"
            by = f"{signed} {edges[given['edge']]}" + ("" if given["stood_in"] else " signed")
            return f"{by} up to round {given['up_to_round']}: {many(missing, 'client-round')} missing"
        case "ModelsReleased":
            return f"The coordinator released {many(len(given['boxes']), 'sealed model')}"
        case "Closed":
            extra = f"; clients get {coins.named(given['extra'])} more a round" if given["extra"] else ""
            return f"Closed: {coins.named(sum(given['owners']))} back to the owners{extra}"
        case "Claimed":
            return f"Claimed at edge {edges[given['edge']]}: {many(given['chosen'].bit_count(), 'client')}"
        case "ClientsPaid":
            return f"Edge {edges[given['edge']]}: {many(given['rounds'], 'client-round')} paid"
        case "FeePaid":
            return f"Edge {edges[given['edge']]} took its fee for {many(given['rounds'], 'client-round')}"
        case "Withdrawn":
            return f"{who('account')} took what is its own"
        case "BookReturned" if "edge" in given:
            return f"The bond of the book of edge {edges[given['edge']]} went back"
        case "BookReturned":
            return f"The bond of the book of {who('operator')} went back"
        case "Deposited":
            return f"{who('account')} paid {coins.named(given['amount'])} in"
        case "Paid":
            return f"{who('account')} was paid {coins.named(given['amount'])}"
        case "PaymentRefused":
            owed = coins.named(given["amount"])
            return f"The token refused to pay {who('account')} {owed}: it can be taken later"
        case _:
            return event.name


def _prices(results: list[dict[str, int]], terms: dict[str, Any]) -> str:
    """The prices at edges with winners, from the lowest to the highest."""
    coins, tick = Currency(terms["token"]["unit"], terms["token"]["decimals"]), int(terms["token"]["tick"])
    prices = sorted(result["price"] * tick for result in results if result["winners"])
    if not prices:
        return "no price"
    return (
        coins.named(prices[0]) if prices[0] == prices[-1] else f"{coins.exact(prices[0])} to {coins.named(prices[-1])}"
    )
