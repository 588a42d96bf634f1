"""A node with two backends, of which one is some blocks behind the other."""

from typing import Any

from faulty_node import Answer, FaultyNode

STATE_OF = {"eth_call", "eth_estimateGas", "eth_getCode", "eth_getTransactionCount", "eth_getBalance"}


class Unknown(Exception):
    """The backend has not come to this block yet."""


class LaggingNode(FaultyNode):
    """Every ``every``-th question is answered as the chain stood ``lag`` blocks ago; what is sent always arrives."""

    def __init__(self, port: int, lag: int, every: int) -> None:
        super().__init__(port, lambda _, right: right, lambda *_: False)
        self.lag, self.every, self.number = lag, every, 0

    def _forwarded(self, question: Answer) -> Answer:
        self.number += 1
        if self.number % self.every or question["method"] == "eth_sendRawTransaction":
            return super()._forwarded(question)
        ask = question | {"method": "eth_blockNumber", "params": []}
        at = max(0, int(super()._forwarded(ask)["result"], 16) - self.lag)
        try:
            return self._as_of(at, question)
        except Unknown:
            missing = {"code": -32000, "message": "header not found"}
            return {"jsonrpc": "2.0", "id": question["id"], "error": missing}

    def _as_of(self, at: int, question: Answer) -> Answer:
        method, params = question["method"], list(question["params"])
        nothing = {"jsonrpc": "2.0", "id": question["id"], "result": None}
        if method == "eth_blockNumber":
            return nothing | {"result": hex(at)}
        if method in STATE_OF:
            params[1:2] = [known(params[1] if params[1:] else "latest", at)]
        if method == "eth_getBlockByNumber":
            if params[0].startswith("0x") and int(params[0], 16) > at:
                return nothing
            params[0] = known(params[0], at)
        if method == "eth_getLogs" and "fromBlock" in params[0]:
            first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
            if first > at:
                return nothing | {"result": []}
            params[0] = params[0] | {"toBlock": hex(min(at, last))}
        answer = super()._forwarded(question | {"params": params})
        found = answer.get("result")
        later = isinstance(found, dict) and int(found.get("blockNumber") or found.get("number") or "0x0", 16) > at
        return nothing if later else answer


def known(block: Any, at: int) -> str:
    """A block that a backend at ``at`` has."""
    if block in {"latest", "pending"}:
        return hex(at)
    if int(block, 16) > at:
        raise Unknown
    return str(block)
