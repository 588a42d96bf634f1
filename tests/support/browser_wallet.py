"""A wallet injected into a page: it announces itself (EIP-6963) and signs for anvil, as far as it is told to."""

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from eth_account import Account
from eth_utils.address import to_checksum_address

INJECTED = """
(() => {
  const listeners = {};
  const provider = {
    request: async ({ method, params }) => {
      const answer = JSON.parse(await window.askWallet(JSON.stringify({ wallet: NAME, method, params: params ?? [] })));
      if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
      return answer.result;
    },
    on: (name, listener) => { (listeners[name] ??= []).push(listener); },
  };
  window.announceByWallet = (name, value) => (listeners[name] ?? []).forEach((listener) => listener(value));
  const detail = Object.freeze({ info: { uuid: NAME, name: NAME, rdns: `test.${NAME}`, icon: "" }, provider });
  const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  addEventListener("eip6963:requestProvider", announce);
  announce();
})();
"""
FORWARDED = (
    "eth_call",
    "eth_getTransactionReceipt",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_blockNumber",
    "eth_getBalance",
)


@dataclass
class Wallets:
    """What the wallets of a page answer; tests change the fields while the page runs.

    Attributes:
        accounts: by name of the wallet.
        chain_id: that the wallets are on.
        known: chains that they can switch to.
        refusing: whether the person refuses every signature.
        after_sending: what happens right after a transaction was sent.
        replaced_by: the hash that the page is told of a transaction, which the wallet has sped up.
        keys: of accounts that can sign typed data (permits); a wallet without them says that it cannot.
    """

    node: str
    accounts: dict[str, str]
    chain_id: int
    known: set[int]
    refusing: bool = False
    keys: dict[str, str] = field(default_factory=dict)
    after_sending: Callable[[], object] | None = None
    replaced_by: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def enter(self, context: Any) -> None:
        """Be in every page of a browser context."""
        context.expose_function("askWallet", self.answer)
        for name in self.accounts:
            context.add_init_script(INJECTED.replace("NAME", json.dumps(name)))

    def answer(self, text: str) -> str:
        asked = json.loads(text)
        self.asked.append((asked["wallet"], asked["method"]))
        return json.dumps(self._answer(asked["wallet"], asked["method"], asked["params"]))

    def _answer(self, wallet: str, method: str, params: list[Any]) -> dict[str, Any]:
        if method in {"eth_requestAccounts", "eth_accounts"}:
            return {"result": [account.lower() for account in [self.accounts[wallet]] if account]}
        if method == "eth_chainId":
            return {"result": hex(self.chain_id)}
        if method == "wallet_switchEthereumChain":
            return self._switch(int(params[0]["chainId"], 16))
        if self.refusing and method in {"eth_sendTransaction", "eth_signTypedData_v4"}:
            return {"error": {"code": 4001, "message": "User rejected the request."}}
        if method == "eth_signTypedData_v4":
            return self._signed(*params)
        return self._forwarded(wallet, method, params)

    def _forwarded(self, wallet: str, method: str, params: list[Any]) -> dict[str, Any]:
        if method == "eth_sendTransaction":
            sender = to_checksum_address(params[0]["from"])
            assert sender == self.accounts[wallet], "only its own account"
            self.node_answer("anvil_impersonateAccount", [sender])
            sent = self.node_answer(method, params)
            if self.after_sending is not None:
                self.after_sending()
            return {"result": self.replaced_by} if self.replaced_by else sent
        assert method in FORWARDED, method
        return self.node_answer(method, params)

    def _signed(self, account: str, message: str) -> dict[str, Any]:
        key = self.keys.get(to_checksum_address(account))
        if key is None:
            return {"error": {"code": 4200, "message": "The method is not supported."}}
        signed = Account.sign_typed_data(key, full_message=json.loads(message))
        return {"result": "0x" + bytes(signed.signature).hex()}

    def _switch(self, wanted: int) -> dict[str, Any]:
        if wanted not in self.known:
            return {"error": {"code": 4902, "message": "Unrecognized chain ID"}}
        self.chain_id = wanted
        return {"result": None}

    def node_answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.node, body, {"Content-Type": "application/json"})  # noqa: S310 - the node of the test
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            found = json.loads(answer.read())
        return {name: found[name] for name in ("result", "error") if name in found}
