"""A chain inside this process that is asked as every node is: eth-tester over py-evm, in the words of JSON-RPC."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from eth_utils.conversions import to_hex

from cofund.chain.provider import Provider, Question, Refused
from cofund.chain.sending import GAS_LIMIT
from cofund.chain.shapes import matches, shaped

NOBODY: Final = "0x" + "00" * 20  # whom view calls are made from
MINED: Final = frozenset({"eth_getTransactionReceipt", "eth_getTransactionByHash", "eth_getBlockByHash"})
"""Questions of one answer, on a chain that mines what it gets and never drops a block. It searches for each anew."""


class EmbeddedProvider(Provider):
    """Answers what a node would, one question at a time."""

    def __init__(self, backend: Any, chain_id: int) -> None:
        """Over a backend of eth-tester."""
        from eth_tester import EthereumTester  # noqa: PLC0415 - 1.5 s of imports
        from web3 import EthereumTesterProvider, Web3  # noqa: PLC0415

        self.name, self._chain, self._chain_id = "the embedded chain", backend.chain, chain_id
        web3 = Web3(EthereumTesterProvider(EthereumTester(backend)))
        web3.middleware_onion.clear()
        self._tester: Any = web3.provider.request_func(web3, web3.middleware_onion)
        self._known: dict[tuple[Any, ...], Any] = {}
        self._logs: list[list[dict[str, Any]]] = []
        self._one_at_a_time = threading.RLock()

    def ask(self, method: str, *params: Any) -> Any:
        """See ``Provider``."""
        with self._one_at_a_time:
            if method == "eth_chainId":
                return hex(self._chain_id)
            if method == "eth_call":
                return self._call(*params)
            if method == "eth_getLogs":
                return shaped(method, params, self._logs_in(params[0]))
            mined = method in MINED or (method == "eth_getBlockByNumber" and params[0] not in {"latest", "pending"})
            key = (method, *params) if mined else None
            if key in self._known:
                return self._known[key]
            found = self._answer(method, params)
            if key is not None and found:
                self._known[key] = found
            return found

    def ask_all(self, questions: Sequence[Question], *, keep_refusals: bool = False) -> list[Any]:
        """See ``Provider``."""
        return [self._single(question, keep_refusals=keep_refusals) for question in questions]

    def _answer(self, method: str, params: Sequence[Any]) -> Any:
        try:
            found = self._tester(method, list(params))
        except Exception as error:
            if type(error).__name__ in {"TransactionNotFound", "BlockNotFound"}:
                return None
            raise Refused(self.name, -32_000, " ".join(str(error).split()), getattr(error, "data", None)) from error
        if "error" in found:
            raise Refused(self.name, found["error"]["code"], found["error"]["message"])
        return shaped(method, params, _as_json(found["result"]))

    def _call(self, asked: Mapping[str, Any], block: str) -> str:
        """Run on the state after a block, without what eth-tester does around it."""
        chain = self._chain
        named = block in {"latest", "pending"}
        head = chain.get_canonical_head() if named else chain.get_canonical_block_header_by_number(int(block, 16))
        vm = chain.get_vm(at_header=head)
        called, account = bytes.fromhex(asked["to"][2:]), bytes.fromhex(asked.get("from", NOBODY)[2:])
        ran = vm.execute_bytecode(
            origin=account,
            sender=account,
            to=called,
            code=vm.state.get_code(called),
            data=bytes.fromhex(asked["data"][2:]),
            value=0,
            gas=GAS_LIMIT,
            gas_price=head.base_fee_per_gas,
        )
        if ran.is_error:
            raise Refused(self.name, 3, f"execution reverted: {ran.error}", to_hex(ran.output))
        return to_hex(ran.output)

    def _logs_in(self, where: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Logs of blocks, from the receipts: eth-tester's own search is slow."""
        head = int(self.ask("eth_blockNumber"), 16)
        for number in range(len(self._logs), head + 1):
            block = self.ask("eth_getBlockByNumber", hex(number), False)
            receipts = [self.ask("eth_getTransactionReceipt", hash_) for hash_ in block["transactions"]]
            self._logs.append([log for receipt in receipts for log in receipt["logs"]])
        first, last = int(where.get("fromBlock", "0x0"), 16), where.get("toBlock", "latest")
        if "blockHash" in where:
            block = self.ask("eth_getBlockByHash", where["blockHash"], False)
            if block is None:
                raise Refused(self.name, -32_000, "unknown block")
            first, last = int(block["number"], 16), block["number"]
        upto = head if last == "latest" else int(last, 16)
        return [log for logs in self._logs[first : upto + 1] for log in logs if matches(dict(where), log)]


def _as_json(value: Any) -> Any:
    """A value of eth-tester's as a node writes it."""
    if isinstance(value, Mapping):
        return {name: _as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    return to_hex(value) if isinstance(value, bytes | int) and not isinstance(value, bool) else value
