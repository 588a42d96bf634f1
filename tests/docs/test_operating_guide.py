"""The guide to operating a campaign prints what it shows, on a node whose first contract is a token."""

import json
import re
from pathlib import Path

import pytest
from eth_account import Account
from test_docs import OPERATING, check_page

from anvil import KEY, RICH, Anvil
from cofund.chain.contract import deploy
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from operating import FLAGS, cofund


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
        text = OPERATING.read_text(encoding="utf-8")
        page = tmp_path / "page.md"
        page.write_text(text.replace(address_in(text), address_of(text, anvil, tmp_path)), encoding="utf-8")
        check_page(page, tmp_path)


def address_in(text: str) -> str:
    """The campaign's address in the guide: it binds code and terms, so it changes with them."""
    return re.findall(r"^campaign  (0x[0-9a-fA-F]{40})$", text, re.MULTILINE)[0]


def address_of(text: str, anvil: Anvil, folder: Path) -> str:
    """Where the guide's terms come to lie; what finds it out is undone."""
    terms = folder / "first" / "TERMS.toml"
    terms.parent.mkdir()
    lines = text.partition("$ cat > TERMS.toml")[2].partition("\n> EOF")[0].splitlines()[1:]
    terms.write_text("\n".join(line.removeprefix("> ") for line in lines))
    before = anvil.ask("evm_snapshot")
    options = ["-r", anvil.url, "--state", folder / "first", "--private-key", KEY, "-y", "-q", "--json"]
    code, printed = cofund("campaign", "create", terms, *options)
    assert code == 0, printed
    anvil.ask("evm_revert", before)
    return str(json.loads(printed)["campaign"])
