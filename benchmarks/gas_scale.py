"""100,000 clients in one campaign, from its creation to the last payment on anvil, and every unit counted.

Run by ``make bench-scale`` (about a minute), or ``python -m benchmarks.gas_scale CLIENTS``; with ``--write`` what it
measured is stored in ``gas.json``.
"""

import sys
import time
from collections.abc import Callable
from typing import Final

from benchmarks.gas import store
from benchmarks.gas_campaign import PLENTY, Campaign
from benchmarks.gas_market import market
from benchmarks.gas_node import TRANSACTION_GAS_LIMIT, anvil

CLIENTS, OWNERS, EDGES, ROUNDS = 100_000, 50, 64, 16
STEPS: Final[tuple[Callable[[Campaign], object], ...]] = (
    Campaign.create,
    Campaign.commit,
    Campaign.reveal,
    Campaign.settle,
    Campaign.train,
    Campaign.deliver,
    Campaign.pay,
)


def main(clients: int = CLIENTS, *, write: bool = False) -> None:
    """Live it, check the money, say what it took."""
    start = time.monotonic()
    with anvil() as chain:
        campaign = Campaign(chain, market(clients, OWNERS, EDGES, ROUNDS))
        for step in STEPS:
            step(campaign)
            print(f"{step.__name__:8} {time.monotonic() - start:6.0f} s", flush=True)
        check(campaign)
    life = [name for name in campaign.spent if not name.startswith(("deploy", "("))]
    largest = max((each.gas, name) for name in life for each in campaign.spent[name])
    transactions = sum(len(campaign.spent[name]) for name in life)
    settled, whole = campaign.gas("commit_book", "open_book", "settle") // clients, campaign.gas(*life) // clients
    print(
        f"\n{clients:,} clients, {sum(campaign.cohort.counts):,} of them trained, on {EDGES} edges, {OWNERS} owners, "
        f"{campaign.outcome.rounds} rounds\n"
        f"{transactions:,} transactions, the largest {largest[1]} with "
        f"{largest[0]:,} gas of {TRANSACTION_GAS_LIMIT:,}\n"
        f"{settled:,} gas a client to settlement, {whole:,} in all\n"
        f"every client holds what the mechanism promised, the contract is empty, no unit was made or lost"
    )
    if write:
        measured = {"clients": clients, "transactions": transactions, "to settlement": settled, "in all": whole}
        store({"scale": measured})


def check(campaign: Campaign) -> None:
    """All money is where it belongs.

    Raises:
        SystemExit: some is not.
    """
    if balances(campaign, campaign.who.addresses) != promised(campaign):
        raise SystemExit("a client does not hold what the mechanism promised")
    deposited, paid_out = (
        campaign.chain.view("Campaign", campaign.address, name) for name in ("deposited", "paid_out")
    )
    if deposited != paid_out or balances(campaign, [campaign.address]) != [0]:
        raise SystemExit("money stayed in the contract")
    if any(paid > owner.charge for paid, owner in zip(spent(campaign), campaign.outcome.owners, strict=True)):
        raise SystemExit("an owner paid more than its charge")
    if everything(campaign) != campaign.chain.view("TestToken", campaign.token, "totalSupply"):
        raise SystemExit("money was made or lost")


def promised(campaign: Campaign) -> list[int]:
    """By client: its edge's price, less the fee, for every round that it delivered; 0 for who did not win."""
    due = dict.fromkeys(campaign.who.addresses, 0)
    for edge, (site, price) in enumerate(zip(campaign.instance.edges, campaign.cohort.prices, strict=True)):
        listed = sorted(campaign.offers_of(edge), key=lambda offer: offer.cost)
        for offer, bitmap in zip(listed, campaign.bitmaps(edge), strict=False):
            due[offer.client] = (price - site.fee) * bitmap.bit_count()
    return list(due.values())


def spent(campaign: Campaign) -> list[int]:
    """By owner, what it has less than it had."""
    return [PLENTY - held for held in balances(campaign, [each.address for each in campaign.who.owners])]


def everything(campaign: Campaign) -> int:
    """What all who took part hold."""
    return sum(balances(campaign, [*campaign.who.addresses, *(each.address for each in campaign.who.senders())]))


def balances(campaign: Campaign, accounts: list[str] | tuple[str, ...]) -> list[int]:
    """Base units."""
    return campaign.chain.views("TestToken", campaign.token, "balanceOf", accounts)


if __name__ == "__main__":
    sizes = [int(given) for given in sys.argv[1:] if given != "--write"]
    main(*sizes, write="--write" in sys.argv)
