"""What a campaign costs in gas, from the receipts of anvil: Osaka's rules, with the transaction gas limit of EIP-7825.

Run by ``make bench-gas`` (about a minute), which fails if a goal is missed; with ``--write`` it also stores
``gas.json``, whose differences are reviewed.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.gas_campaign import Campaign, SealedCampaign
from benchmarks.gas_market import market
from benchmarks.gas_node import TRANSACTION_GAS_LIMIT, anvil
from benchmarks.gas_rivals import rivals
from benchmarks.gas_worst import WORST, largest
from cofund.market.instance import Instance

SNAPSHOT: Final = Path(__file__).with_name("gas.json")
LARGE: Final = "10,000 clients"
SIZES: Final[dict[str, tuple[Instance, str, type[Campaign]]]] = {
    "10 clients": (market(10, 1, 1, 4), "serial", Campaign),
    "100 clients": (market(100, 1, 5, 4), "serial", Campaign),
    "1,000 clients": (market(1_000, 1, 10, 4), "serial", Campaign),
    "1,000, vcg": (market(1_000, 50, 15, 16), "vcg", Campaign),
    LARGE: (market(10_000, 50, 64, 16), "serial", Campaign),
    "10,000, sealed": (market(10_000, 50, 64, 16), "serial", SealedCampaign),
    "10,000, 256 rounds": (market(10_000, 50, 64, 256), "serial", Campaign),
}
"""By heading: the market, the rule, and the kind of its books."""
LIMITS: Final = {
    "10 clients": {"commitment to settlement": 40_000},
    "100 clients": {"commitment to settlement": 16_000},
    "1,000 clients": {"commitment to settlement": 5_000},
    LARGE: {"commitment to settlement": 3_500, "whole campaign": 25_000},
    "10,000, sealed": {"commitment to settlement": 1_200},
}
"""Gas a client; "commitment to settlement" is what its place costs: its book's commitment and opening, and settling."""
LIVED_THROUGH: Final = ("random order, one owner leaves a round", "random order, every owner pivotal")
"""Of the worst campaigns those that are followed to their end, so that every call is seen at its largest."""
LARGEST: Final = 15_000_000
"""Gas of any transaction: the limit with more than a tenth to spare."""
Gas = dict[str, int]


def main() -> None:
    """Measure everything, print it, and fail if a goal is missed."""
    calls = {heading: measure(*size) for heading, size in SIZES.items()}
    _table("Gas a party (an offer, an owner, an edge, a round)", calls)
    settled, most = _worst()
    _table(f"Largest campaigns: one transaction, limit {TRANSACTION_GAS_LIMIT:,}", {"settle": settled})
    _table("Largest transaction of every call in these campaigns", {"most": most})
    others = rivals()
    _table("Others, gas for a bid or order", others)
    if "--write" in sys.argv[1:]:
        store({"calls": calls, "largest settle": settled, "largest transaction": most, "others": others})
    missed = [
        f"{heading}: {name} {calls[heading][name]:,}"
        for heading, limits in LIMITS.items()
        for name, limit in limits.items()
        if calls[heading][name] > limit
    ]
    missed += [name for name, gas in (settled | most).items() if gas > LARGEST]
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


def store(measured: dict[str, Any]) -> None:
    """Write what was measured into the snapshot; what it has of others stays."""
    SNAPSHOT.write_text(json.dumps(json.loads(SNAPSHOT.read_text()) | measured, indent=1) + "\n")


def measure(instance: Instance, rule: str, kind: type[Campaign]) -> Gas:
    """Mean gas a party of every call of one campaign, rounded up, and the sums for a client."""
    with anvil() as chain:
        campaign = kind(chain, instance, rule)
        live(campaign)
    gas = {name: -(-campaign.gas(name) // campaign.parties(name)) for name in campaign.spent}
    clients, life = len(instance.clients), [name for name in campaign.spent if not name.startswith(("deploy", "("))]
    return gas | {
        "commitment to settlement": campaign.gas("commit_book", "open_book", "settle") // clients,
        "whole campaign": campaign.gas(*life) // clients,
    }


def live(campaign: Campaign) -> None:
    """The whole life of a campaign, and what clients can do by themselves."""
    campaign.create()
    campaign.commit()
    campaign.reveal()
    campaign.settle()
    campaign.train()
    campaign.deliver()
    campaign.claim_alone()
    campaign.pay()


def _worst() -> tuple[Gas, Gas]:
    base = largest()
    settled: Gas = {}
    most: Gas = {}
    for name, (rule, clients, owners) in WORST.items():
        with anvil() as chain:
            # as much with edge bonds as without, but where nothing is funded and they go back
            bond = 10**6 if rule == "serial" or name in LIVED_THROUGH else 0
            campaign = Campaign(chain, owners(clients(base)), rule, edge_bond=bond)
            campaign.create()
            campaign.commit()
            campaign.reveal()
            campaign.settle()
            if name in LIVED_THROUGH:
                campaign.train()
                campaign.deliver()
                campaign.pay()
        settled[name] = campaign.gas("settle")
        for call, spent in campaign.spent.items():
            most[call] = max(most.get(call, 0), 0, *(each.gas for each in spent))
    return settled, most


def _table(title: str, columns: dict[str, Gas]) -> None:
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    print(f"\n{title}\n{'':46}", *(f"{heading:>20}" for heading in columns))
    for name in names:
        cells = (f"{column[name]:,}" if name in column else "" for column in columns.values())
        print(f"  {name:44}", *(f"{cell:>20}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
