"""A contract account, such as a shared wallet, is edge and coordinator: it seals its book, signs and is paid."""

from pathlib import Path

import pytest
from eth_abi import encode
from eth_account.messages import _hash_eip191_message
from eth_utils.crypto import keccak

import book_market
from book_market import BookMarket, Site, account
from cofund.chain.accounts import deliveries_message
from cofund.errors import Reverted
from cofund.market.offer_book import ListedOffer, OfferBook, delivered_levels, missing_words
from evm import CHAIN_ID, Machine, signature_of
from hatch_build import compile_contract


def call_data(signature: str, *arguments: object) -> bytes:
    types = signature[signature.index("(") + 1 : -1].split(",") if not signature.endswith("()") else []
    return keccak(text=signature)[:4] + encode(types, arguments)


class WalletMarket(BookMarket):
    """The edge is a wallet, which acts through ``run``."""

    def run(self, to: str, data: bytes) -> None:
        body = encode(["address[]", "bytes[]"], [[to], [data]])
        self.machine.send(self.wallet, keccak(text="run(address[],bytes[])")[:4] + body)


def wallet_market() -> tuple[WalletMarket, OfferBook]:
    machine = Machine()
    source = Path(book_market.__file__).parent / "wallets" / "Wallet.vy"
    wallet = machine.deploy_raw(compile_contract(source)["bytecode"])
    market = WalletMarket([Site(wallet, 3)], 2, goals=[1 << 16 | 1], machine=machine)
    market.wallet = wallet
    book = OfferBook.of(wallet, bytes(32), {0: [ListedOffer(account(i), 10 + i) for i in range(3)]})
    market.machine.call("TestToken", market.token, "mint", [wallet], 10**9)
    market.run(market.token, call_data("approve(address,uint256)", market.campaign, 2**255))
    selector, inputs, _ = signature_of("Books", "commit_book", 3)
    market.run(market.books, selector + encode(inputs, [0, book.commitment(CHAIN_ID, market.campaign), 3]))
    market.book_of[wallet] = book
    market.bid(account(20_000), 10**6, 10**6)
    market.open(book)
    market.reveal(account(20_000))
    market.settle([book.boundary(0, 2)])
    for number in range(1, 5):
        market.record(number)
    return market, book


def test_an_edge_that_is_a_contract_signs_its_deliveries_and_its_clients_are_paid():
    market, book = wallet_market()
    maps = [0b1111, 0b0111]
    root, missing = delivered_levels(0, maps)[-1][0], missing_words(maps, 4)
    message = deliveries_message(CHAIN_ID, market.campaign, 0, 4, root, missing)
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        market.call("post_deliveries", 0, 4, root, missing, b"")
    market.machine.send(market.wallet, call_data("approve_digest(bytes32)", _hash_eip191_message(message)))
    market.call("post_deliveries", 0, 4, root, missing, b"whatever the wallet wants")
    market.claim(0, maps, 0)
    assert [market.balance(offer.client) for offer in book.offers] == [4 * 12, 3 * 12, 0]


def test_a_wallet_that_did_not_approve_has_not_signed():
    market, _ = wallet_market()
    root, missing = delivered_levels(0, [15, 15])[-1][0], [0]
    other = deliveries_message(CHAIN_ID, market.campaign, 0, 3, root, missing)
    market.machine.send(market.wallet, call_data("approve_digest(bytes32)", _hash_eip191_message(other)))
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        market.call("post_deliveries", 0, 4, root, missing, b"")


def test_the_domain_is_that_of_the_chain_that_the_call_is_made_on():
    """A signature for this campaign on another chain id is refused, though the contract was created under that id."""
    market, _ = wallet_market()
    root, missing = delivered_levels(0, [15, 15])[-1][0], [0]
    elsewhere = deliveries_message(CHAIN_ID + 1, market.campaign, 0, 4, root, missing)
    market.machine.send(market.wallet, call_data("approve_digest(bytes32)", _hash_eip191_message(elsewhere)))
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        market.call("post_deliveries", 0, 4, root, missing, b"")
