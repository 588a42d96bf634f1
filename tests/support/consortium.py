"""Headers as QBFT writes them: anvil behind a relay that adds the validators' seals, and names another client."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import requests

CLIENT = "besu/v25.1.0/linux-x86_64/openjdk-java-21"
SIGNATURES = "f9" * 293  # as long as the vanity, four validators and three seals together


class Consortium:
    """A relay on loopback to the node at ``behind``; only block headers and the client's name differ."""

    def __init__(self, behind: str) -> None:
        self.behind, self.asked = behind, set[str]()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, asked: bytes) -> bytes:
        questions = json.loads(asked)
        answers = requests.post(self.behind, asked, headers={"Content-Type": "application/json"}, timeout=30).json()
        if isinstance(questions, list):
            methods = {question["id"]: question["method"] for question in questions}
            return json.dumps([self.renamed(methods[each["id"]], each) for each in answers]).encode()
        return json.dumps(self.renamed(questions["method"], answers)).encode()

    def renamed(self, method: str, answer: dict[str, Any]) -> dict[str, Any]:
        self.asked.add(method)
        if method == "web3_clientVersion":
            answer["result"] = CLIENT
        elif method.startswith("eth_getBlockBy") and answer.get("result"):
            answer["result"]["extraData"] = f"0x{SIGNATURES}"
        return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                answer = relay.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Nothing on the tests' screen."""

        return Handler
