"""The lens tells in one call what the campaign's own views tell in many."""

from book_market import COORDINATOR, INITIATOR, BookMarket, Site, account
from evm import START


def test_the_lens_tells_what_the_views_tell():
    market = BookMarket([Site(account(1), 3, fee=2), Site(account(2), 5, parent=1)], 2)
    market.bid(account(20_000), 500, 700)
    market.machine.now = START + 100
    market.reveal(account(20_000))
    lens = market.machine.deploy("CampaignLens")
    told = market.machine.call("CampaignLens", lens, "campaign", market.campaign, [COORDINATOR, INITIATOR])
    (_, time, terms, books, status, bonded, progress, cost, true, money, owners, edges, accounts, decimals, symbol) = (
        told
    )
    view = market.call
    assert (time, terms, books) == (market.machine.now, view("terms"), view("books"))
    assert (status, bonded, progress) == (view("status"), view("coordinator_bonded"), view("progress"))
    assert (cost, true) == (view("round_cost"), view("true_cost"))
    held = market.balance(market.campaign)
    assert money == (
        view("deposited"),
        view("paid_out"),
        held,
        view("sponsor_locked"),
        view("lost_bonds"),
        view("extra"),
    )
    assert list(owners) == [view("owner", 0)]
    assert list(edges) == [view("edge", 0), view("edge", 1)]
    assert [one[1:3] for one in accounts] == [
        (view("credit", one), market.balance(one)) for one in (COORDINATOR, INITIATOR)
    ]
    token = (
        market.machine.view("TestToken", market.token, "decimals"),
        market.machine.view("TestToken", market.token, "symbol"),
    )
    assert (decimals, symbol) == token
