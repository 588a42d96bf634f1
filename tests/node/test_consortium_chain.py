"""On a chain of a consortium: gas for nothing, nobody with a coin, Cancun's rules, long headers, a clock that runs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from eth_account import Account

from anvil import KEY, RICH, Anvil
from cofund.chain.contract import deploy
from cofund.chain.fees import CEILING_WEI, Fees, raised, suggested
from cofund.chain.journal import Journal
from cofund.chain.node import DevelopmentNode, connect
from consortium import Consortium
from operating import FLAGS, START, Operating, cofund

pytestmark = pytest.mark.node

FREE = ("--hardfork", "cancun", "--base-fee", "0", "--no-priority-fee", "--balance", "0")


@dataclass
class OnConsortium(Operating):
    """The small campaign through the relay; only time is set behind its back."""

    behind: str = ""

    def __post_init__(self) -> None:
        self.node = connect(self.anvil.url, Journal())
        self.token = deploy(self.node, RICH, "TestToken")
        self.terms = self.folder / "TERMS.toml"
        self.terms.write_text(self.toml())

    def options(self) -> list[object]:
        """With a keystore: bare keys are refused here."""
        keystore, password = self.folder / "initiator", self.folder / "password"
        keystore.write_text(json.dumps(Account.encrypt(KEY, "secret", kdf="pbkdf2", iterations=1000)))
        password.write_text("secret")
        account = ["--account", keystore, "--password-file", password]
        return ["-r", self.anvil.url, "--state", self.folder / "state", *account, "-y", "-q", "--json"]

    def at(self, day: int) -> None:
        clock = connect(self.behind, Journal())
        assert isinstance(clock, DevelopmentNode)
        clock.advance_to(START + (day - 1) * 86_400)


@pytest.fixture(scope="module")
def chain() -> Iterator[tuple[Anvil, Consortium]]:
    with Anvil((*FLAGS, *FREE)) as anvil, Consortium(anvil.url) as relay:
        yield anvil, relay


def test_a_campaign_is_created_settled_and_verified_where_gas_is_free(chain, tmp_path) -> None:
    anvil, relay = chain
    campaign = OnConsortium(relay, tmp_path, behind=anvil.url)
    assert not isinstance(campaign.node, DevelopmentNode)
    campaign.create()
    campaign.commit()
    campaign.reveal()
    campaign.at(3)
    code, printed = campaign.call("settle")
    assert code == 0, printed
    assert campaign.status()["phase"] == "training"
    assert campaign.node.web3.eth.get_balance(RICH.address) == 0
    code, printed = cofund("verify", campaign.address, "-r", relay.url, "--state", tmp_path / "auditor")
    assert code == 0, printed
    assert "market cleared again" in printed
    assert "eth_getBlockByNumber" in relay.asked


def test_where_gas_is_free_nothing_is_offered_and_nothing_raised(chain) -> None:
    provider = connect(chain[1].url, Journal()).provider
    assert suggested(provider, CEILING_WEI) == Fees(0, 0)
    assert raised(Fees(0, 0), Fees(0, 0), CEILING_WEI) is None
    assert raised(Fees(0, 0), Fees(8, 2), CEILING_WEI) == Fees(8, 2)


def test_a_ceiling_of_nothing_sends_for_nothing_where_the_node_names_a_price() -> None:
    with Anvil(("--base-fee", "0", "--gas-price", "0", "--balance", "0")) as anvil:
        assert suggested(connect(anvil.url, Journal()).provider, CEILING_WEI).most > 0
        assert deploy(connect(anvil.url, Journal(), ceiling_wei=0), RICH, "TestToken").view("decimals") == 6


def test_a_chain_with_rules_older_than_cancun_is_named_and_nothing_is_created(tmp_path) -> None:
    with Anvil((*FLAGS, "--hardfork", "shanghai")) as anvil:
        campaign = Operating(anvil, tmp_path)
        code, printed = cofund("campaign", "create", campaign.terms, *campaign.options())
        assert code == 5
        assert printed.startswith("error: this chain follows rules older than Cancun, which the contracts need")
