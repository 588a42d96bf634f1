"""What the browser computes for itself against Python: seals, proofs of deliveries, amounts."""

import json
import os
import shutil
from pathlib import Path
from random import Random

import pytest
from eth_utils.address import to_checksum_address

from cofund import merkle
from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.settlement.ledger import delivery_leaf
from cofund.web.board import Board
from web_server import serving

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no chromium")
CAMPAIGN = to_checksum_address("0x" + "aa" * 20)


@pytest.fixture(scope="module")
def page():
    from playwright.sync_api import sync_playwright

    with serving(Board(Path("none"))) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown = browser.new_page()
        shown.goto(f"http://127.0.0.1:{port}/")
        yield shown
        browser.close()


def account(number):
    return to_checksum_address("0x" + f"{number * 7919 + 1:040x}")


def test_seals_are_those_of_python_and_the_contract(page):
    draw = Random(5)
    for role, name in ((BID, "owner"), (OFFER, "client")):
        for amount in (0, 1, 10**18, 2**96 - 1, draw.randrange(2**96)):
            opening = Opening(account(draw.randrange(99)), amount, draw.randrange(64), draw.randbytes(32))
            given = {"role": name, "chain_id": 31337, "campaign": CAMPAIGN, "account": opening.sender}
            given |= {"amount": str(amount), "edge": opening.edge, "salt": opening.salt.hex()}
            found = page.evaluate("async given => (await import('/static/seal.js')).commitment(given)", given)
            assert found == "0x" + seal(role, 31337, CAMPAIGN, opening).hex()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_proofs_are_those_of_python(page, size):
    draw = Random(size)
    rows = [(3 * at + 1, draw.getrandbits(256)) for at in range(size)]
    tree = merkle.levels([delivery_leaf(*row) for row in rows])
    file = {"schema": "cofund.deliveries/1", "chain_id": 1, "campaign": CAMPAIGN, "edge": 0, "up_to_round": 9}
    file["rows"] = [{"position": position, "client": account(position), "bitmap": hex(bits)} for position, bits in rows]
    asks = """async ([text, who]) => {
      const found = (await import('/static/deliveries.js')).proofOf(text, { chainId: 1, address: '%s' }, who);
      return [found.bitmap.toString(), found.proof];
    }"""
    for index, (position, bits) in enumerate(rows):
        found = page.evaluate(asks % CAMPAIGN, [json.dumps(file), account(position)])
        assert found == [str(bits), ["0x" + sibling.hex() for sibling in merkle.proof(tree, index)]]


@pytest.mark.parametrize(
    ("text", "units"),
    [("9500", 9500 * 10**6), ("1.40", 1_400_000), ("0.000001", 1), ("1,000.5", 1_000_500_000), ("0", 0)],
)
def test_amounts_are_exact(page, text, units):
    asks = "async text => String((await import('/static/amounts.js')).baseUnits(text, 6))"
    assert page.evaluate(asks, text) == str(units)


@pytest.mark.parametrize("text", ["", "-1", "1.0000001", "1e3", ".5", "0x10", "1.5.5"])
def test_other_amounts_are_refused(page, text):
    asks = """async text => {
      const { baseUnits } = await import("/static/amounts.js");
      try { return String(baseUnits(text, 6)); } catch (error) { return error.message; }
    }"""
    assert page.evaluate(asks, text).startswith("Expected an amount")


def test_encryption_keys_are_a_pair_that_libsodium_understands(page):
    from nacl.public import PrivateKey

    made = page.evaluate("async () => (await import('/static/seal.js')).encryptionKeys()")
    assert "0x" + bytes(PrivateKey(bytes.fromhex(made["secret"])).public_key).hex() == made["key"]
