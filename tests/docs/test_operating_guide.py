"""The guide to operating a campaign prints what it shows, on a node whose first contract is a token."""

import json
from pathlib import Path

import pytest
from eth_account import Account
from test_docs import OPERATING, check_page

from anvil import KEY, RICH, Anvil
from cofund.chain.contract import deploy
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from operating import FLAGS


@pytest.mark.node
def test_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keystore, password = tmp_path / "initiator", tmp_path / "password"
    keystore.write_text(json.dumps(Account.encrypt(KEY, "secret", kdf="pbkdf2", iterations=1000)))
    password.write_text("secret\n")
    with Anvil(FLAGS) as anvil:
        assert deploy(connect(anvil.url, Journal()), RICH, "TestToken").address in OPERATING.read_text()
        variables = {
            "ETH_RPC_URL": anvil.url,
            "ETH_KEYSTORE_ACCOUNT": keystore,
            "ETH_PASSWORD": password,
            "COFUND_STATE": tmp_path / "state",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))
        check_page(OPERATING, tmp_path)
