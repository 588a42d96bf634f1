"""A read-only JSON-RPC over the chain inside this process, as far as ``cofund web`` asks."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from cofund.chain.node import EmbeddedNode
from cofund.chain.provider import Refused
from cofund.errors import CofundError

READ: Final = frozenset(
    ("eth_chainId", "eth_getBlockByNumber", "eth_blockNumber", "eth_getCode", "eth_call", "eth_getLogs")
) | {"eth_getTransactionByHash", "eth_getStorageAt"}
"""What a reader asks."""


class ReadOnlyRpc:
    """Answers on a loopback port of its own."""

    def __init__(self, node: EmbeddedNode) -> None:
        self.node = node

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
        except Refused as error:
            return head | {"error": {"code": error.code, "message": error.reason, "data": error.data}}
        except (CofundError, KeyError, ValueError) as error:
            return head | {"error": {"code": -32000, "message": str(error)}}

    def result(self, method: str, params: list[Any]) -> Any:
        """What a node would answer.

        Raises:
            ValueError: for anything that is not asked by a reader.
        """
        if method not in READ:
            raise ValueError(f"{method}: this chain can only be read")
        return self.node.provider.ask(method, *params)
