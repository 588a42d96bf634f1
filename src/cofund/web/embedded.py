"""A read-only JSON-RPC over the chain inside this process, as far as ``cofund web`` asks."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eth_utils.conversions import to_hex
from hexbytes import HexBytes

from cofund.chain.node import EmbeddedNode
from cofund.errors import CofundError, Reverted


class ReadOnlyRpc:
    """Answers on a loopback port of its own; everything that reaches the chain goes through one lock."""

    def __init__(self, node: EmbeddedNode) -> None:
        self.node = node
        self._logs: list[list[dict[str, Any]]] = []
        provider: Any = node.web3.provider
        ask, lock = provider.make_request, threading.RLock()

        def one_at_a_time(method: Any, params: Any) -> Any:
            with lock:
                return ask(method, params)

        provider.make_request = one_at_a_time
        self.lock = lock

    def start(self) -> str:
        """Serve from a thread; the URL."""
        rpc = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes

            def do_POST(self) -> None:
                """One request, which may be a batch."""
                size = int(self.headers.get("Content-Length", 0))
                asked = json.loads(self.rfile.read(size))
                many = isinstance(asked, list)
                answers = [rpc.answer(one) for one in (asked if many else [asked])]
                body = json.dumps(answers if many else answers[0]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Nothing is logged."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One JSON-RPC answer."""
        head = {"jsonrpc": "2.0", "id": asked.get("id")}
        try:
            return head | {"result": self.result(asked["method"], asked.get("params", []))}
        except Reverted as error:
            return head | {"error": {"code": 3, "message": f"execution reverted: {error}"}}
        except (CofundError, KeyError, ValueError) as error:
            return head | {"error": {"code": -32000, "message": str(error)}}

    def result(self, method: str, params: list[Any]) -> Any:  # noqa: PLR0911 - a line for each method
        """What a node would answer.

        Raises:
            ValueError: for anything that is not asked by a reader.
        """
        eth = self.node.web3.eth
        match method:
            case "eth_chainId":
                return hex(self.node.chain_id)
            case "eth_getBlockByNumber":
                return self._block(params[0])
            case "eth_blockNumber":
                return hex(eth.block_number)
            case "eth_getCode":
                return to_hex(self.node.code(eth_checksum(self.node, params[0])))
            case "eth_call":
                to, block_of = eth_checksum(self.node, params[0]["to"]), params[1]
                at = block_of if block_of == "latest" else int(block_of, 16)
                return to_hex(self.node.call(to, params[0]["data"], block=at))
            case "eth_getLogs":
                return self._find(params[0])
            case "eth_getTransactionByHash":
                return _as_json(eth.get_transaction(HexBytes(params[0])))
            case _:
                raise ValueError(f"{method}: this chain can only be read")

    def _block(self, number: str) -> dict[str, Any] | None:
        last = int(self.node.web3.eth.block_number)
        asked = last if number == "latest" else int(number, 16)
        if asked > last:
            return None
        block: Any = self.node.web3.eth.get_block(asked)
        return {name: _as_json(block[name]) for name in ("number", "timestamp", "hash", "parentHash", "transactions")}

    def _find(self, where: dict[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in where:
            one = hex(self.node.web3.eth.get_block(where["blockHash"])["number"])
            where = where | {"fromBlock": one, "toBlock": one}
        last = min(int(where["toBlock"], 16), int(self.node.web3.eth.block_number))
        for number in range(len(self._logs), last + 1):
            self._logs.append(self._logs_of(number))
        address, topics = where.get("address", "").lower(), where.get("topics", [])
        return [
            log
            for logs in self._logs[int(where["fromBlock"], 16) : last + 1]
            for log in logs
            if (not address or log["address"].lower() == address) and log["topics"][: len(topics)] == topics
        ]

    def _logs_of(self, number: int) -> list[dict[str, Any]]:
        eth = self.node.web3.eth
        receipts: list[Any] = [eth.get_transaction_receipt(sent) for sent in eth.get_block(number)["transactions"]]  # type: ignore[arg-type]
        return [_as_json(log) for receipt in receipts for log in receipt["logs"]]


def _as_json(value: Any) -> Any:
    """A value of web3's as a node writes it."""
    if isinstance(value, bytes) or (isinstance(value, int) and not isinstance(value, bool)):
        return to_hex(value)
    if isinstance(value, Mapping):
        return {name: _as_json(each) for name, each in value.items()}
    return list(map(_as_json, value)) if isinstance(value, tuple | list) else value


def eth_checksum(node: EmbeddedNode, address: str) -> str:
    """As web3 wants it."""
    return str(node.web3.to_checksum_address(address))
