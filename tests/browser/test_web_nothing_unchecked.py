"""A page offers to pay only what the server has compared; ways out are always there."""

import pytest

from following import following
from operating import OWNER
from visiting import opened, wallets_of

pytestmark = pytest.mark.node


@pytest.mark.parametrize(("named", "buttons"), [(True, 1), (False, 0)])
def test_a_bid_is_offered_only_where_the_campaign_was_compared(chromium, campaign, named, buttons):
    addresses, path = [campaign.address] if named else [], f"/campaign/{campaign.address}"
    with (
        following(campaign.anvil.url, addresses) as port,
        opened(chromium, port, wallets_of(campaign, fox=OWNER.address), path) as page,
    ):
        page.get_by_role("button", name="Connect a wallet").click()
        page.locator("[data-actions] .step").first.wait_for()
        assert page.get_by_role("button", name="Seal a bid").count() == buttons
        assert page.get_by_text("No button here locks money").count() == 1 - buttons
