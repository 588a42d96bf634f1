"""What the browser computes for itself against Python: seals, proofs of deliveries, amounts."""

import os
import shutil
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from eth_utils.address import to_checksum_address

from cofund.chain.accounts import offer_message, rehearsal_account, sign
from cofund.errors import InputError
from cofund.market.sealing import Opening, seal
from cofund.roles.amounts import base_units
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
    for amount in (0, 1, 10**18, 2**96 - 1, draw.randrange(2**96)):
        opening = Opening(account(draw.randrange(99)), amount, draw.randbytes(32))
        given = {"chain_id": 31337, "campaign": CAMPAIGN, "account": opening.sender}
        given |= {"amount": str(amount), "salt": opening.salt.hex()}
        found = page.evaluate("async given => (await import('/static/seal.js')).commitment(given)", given)
        assert found == "0x" + seal(31337, CAMPAIGN, opening).hex()


def test_signatures_are_made_short_as_python_makes_them(page):
    """The 65 bytes of a wallet with 27 or 28, or 0 or 1, at their end; what a contract gives stays as it is."""
    asks = "async given => (await import('/static/offer.js')).compact(given)"
    for number in range(5):
        key = rehearsal_account("arithmetic", f"{number}")
        message = offer_message(31337, CAMPAIGN, 0, key.address, number)
        long, short = key.sign_message(message).signature, b"".join(sign(key, message))
        for given in (long, long[:64] + bytes([long[64] - 27])):
            assert page.evaluate(asks, "0x" + given.hex()) == short.hex()
    assert page.evaluate(asks, "0x" + "ab" * 70) == "ab" * 70


READ = """async ([texts, decimals]) => {
  const { baseUnits } = await import("/static/amounts.js");
  const read = (text) => {
    try { return String(baseUnits(text, decimals)); } catch (error) { return error.message; }
  };
  return texts.map(read);
}"""
GOOD = {
    "9500": "9500",
    "1.40": "1.4",
    " 1.4\t": "1.4",
    "0.000001": "0.000001",
    "0": "0",
    "007": "7",
    "1.50000000000000000000000": "1.5",
    "1_000": "1000",
    "12_000_000.5": "12000000.5",
}
REFUSED = (
    "0,5|1,40|48,00|0,0005|1,000|1,000.5|1.000,5|1.000.000|1 000|1'000|1_5|_1|1_|1__000|1000_000|1_0000|.5|5.|1.5.5|-1"
    "|+1|1e3|1E3|0x10|inf|nan|1.5 EUR|5%|1/2||5\n|\n5|79228162514264337593543950336|1\u00a0000|1\u202f000"
    "|1\u200b000"
    "|\u00a05|5\u00a0|\ufeff5|\u22121|\u20ac5|1\u066b5|1\u00b75|\uff11\uff12|1.\uff15|\u0661|\u00bd"
    "|\u00b2|1.0000000000000000001"
)
BAD = REFUSED.split("|")
TYPED = [*GOOD, *BAD, " ", "9" * 5000, "1." + "0" * 5000, "79228162514264337593543950335"]


@pytest.mark.parametrize("decimals", [0, 2, 6, 18])
def test_page_and_terminal_read_the_same_amounts_and_refuse_the_same(page, decimals):
    for text, found in zip(TYPED, page.evaluate(READ, [TYPED, decimals]), strict=True):
        try:
            assert found == str(base_units(text, decimals, "--value")), text
        except InputError:
            assert found.startswith("Expected an amount"), text


@pytest.mark.parametrize("text", GOOD)
def test_amounts_are_exact(page, text):
    assert page.evaluate(READ, [[text], 6]) == [str(int(Decimal(GOOD[text]) * 10**6))]


def test_anything_else_is_refused_and_a_comma_is_never_a_point(page):
    for text, found in zip(BAD, page.evaluate(READ, [BAD, 6]), strict=True):
        assert found.startswith("Expected an amount"), text
    assert "and no comma" in page.evaluate(READ, [["0,5"], 6])[0]


def test_amounts_are_shown_in_whole_tokens_and_base_units(page):
    asks = "async ([units, token]) => (await import('/static/amounts.js')).spelled(units, token)"
    token = {"decimals": 6, "unit": "EUR"}
    assert page.evaluate(asks, ["1400000", token]) == "1.40 EUR, which is 1400000 base units"
    assert page.evaluate(asks, ["1000000500", token]) == "1000.0005 EUR, which is 1000000500 base units"
    assert page.evaluate(asks, ["7", {"decimals": 0, "unit": ""}]) == "7, which is 7 base units"


def test_encryption_keys_are_a_pair_that_libsodium_understands(page):
    from nacl.public import PrivateKey

    made = page.evaluate("async () => (await import('/static/seal.js')).encryptionKeys()")
    assert "0x" + bytes(PrivateKey(bytes.fromhex(made["secret"])).public_key).hex() == made["key"]
