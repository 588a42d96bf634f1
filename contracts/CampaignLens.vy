# pragma version 0.4.3
"""
@title All that a page needs of a campaign, in one call
@license Apache-2.0
@notice Stateless, for reading only: nothing here is trusted by any contract.
"""

import Campaign
import agreement
import edges
import owners
import training
from interfaces import ISharing

MAX_ACCOUNTS: constant(uint256) = 64


interface IToken:
    def balanceOf(account: address) -> uint256: view
    def allowance(owner: address, spender: address) -> uint256: view
    def decimals() -> uint8: view
    def symbol() -> String[64]: view


struct Money:  # base units
    deposited: uint256
    paid_out: uint256
    balance: uint256
    sponsor_locked: uint256
    lost_bonds: uint256
    extra: uint256


struct OwnerView:
    owner: owners.Owner
    bill: ISharing.Bill


struct EdgeView:
    terms: agreement.EdgeTerms
    state: edges.EdgeState
    root: bytes32


struct AccountView:
    account: address
    credit: uint256  # in the campaign
    balance: uint256  # of the token
    allowance: uint256  # to the campaign


struct CampaignView:
    block: uint256
    time: uint256
    terms: agreement.Terms
    books: address
    status: uint256
    coordinator_bonded: bool
    progress: training.Progress
    round_cost: uint256
    true_cost: uint256
    money: Money
    owners: DynArray[OwnerView, agreement.MAX_OWNERS]
    edges: DynArray[EdgeView, agreement.MAX_EDGES]
    accounts: DynArray[AccountView, MAX_ACCOUNTS]
    decimals: uint256
    symbol: String[64]


@external
@view
def campaign(of: address, accounts: DynArray[address, MAX_ACCOUNTS]) -> CampaignView:
    """
    @notice The whole state of one campaign at this block, and what it and the token hold of some accounts.
    """
    it: Campaign.__interface__ = Campaign.__interface__(of)
    result: CampaignView = empty(CampaignView)
    result.block = block.number
    result.time = block.timestamp
    result.terms = staticcall it.terms()
    result.books = staticcall it.books()
    result.status = convert(staticcall it.status(), uint256)
    result.coordinator_bonded = staticcall it.coordinator_bonded()
    result.progress = staticcall it.progress()
    result.round_cost = staticcall it.round_cost()
    result.true_cost = staticcall it.true_cost()
    token: IToken = IToken(result.terms.token)
    result.money = Money(
        deposited=staticcall it.deposited(),
        paid_out=staticcall it.paid_out(),
        balance=staticcall token.balanceOf(of),
        sponsor_locked=staticcall it.sponsor_locked(),
        lost_bonds=staticcall it.lost_bonds(),
        extra=staticcall it.extra(),
    )
    result.decimals = convert(staticcall token.decimals(), uint256)
    result.symbol = staticcall token.symbol()
    for i: uint256 in range(staticcall it.owner_count(), bound=agreement.MAX_OWNERS):
        each: OwnerView = empty(OwnerView)
        each.owner, each.bill = staticcall it.owner(i)
        result.owners.append(each)
    for e: uint256 in range(staticcall it.edge_count(), bound=agreement.MAX_EDGES):
        each: EdgeView = empty(EdgeView)
        each.terms, each.state, each.root = staticcall it.edge(e)
        result.edges.append(each)
    for account: address in accounts:
        result.accounts.append(
            AccountView(
                account=account,
                credit=staticcall it.credit(account),
                balance=staticcall token.balanceOf(account),
                allowance=staticcall token.allowance(account, of),
            )
        )
    return result
