"""A campaign followed on a node, and the same read anew."""

from cofund.campaign.campaign import Campaign
from cofund.campaign.creations import creations
from cofund.campaign.from_chain import Following, follow, head
from cofund.campaign.sections import sections_of
from cofund.chain.provider import Provider
from operating import Operating


def following(operating: Operating) -> Following:
    provider = Provider(operating.anvil.url)
    block = head(provider)
    (created,) = creations(provider, 0, block.number, operating.address)
    return follow(provider, operating.node.chain_id, created, block, {})


def same(one: Campaign, other: Campaign) -> None:
    assert one.ledger == other.ledger
    assert (one.seen, one.calls, one.now, one.place) == (other.seen, other.calls, other.now, other.place)
    assert sections_of(one) == sections_of(other)
