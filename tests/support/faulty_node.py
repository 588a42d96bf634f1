"""A JSON-RPC proxy before a node, whose answers are bad in every way that a node's can be.

A fault is a function of the node, the question and the right answer; it gives another answer, or raises ``Raw`` to send
an HTTP answer of its own, or ``Drop`` to send none.
"""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

NAME = "Geth/v1.15.11-stable/linux-amd64/go1.24.2"  # an ordinary node's
KEY = "v3/SECRET-KEY"
Answer = dict[str, Any]
Fault = Callable[[Answer, Answer], Answer]


class Raw(Exception):
    """An HTTP answer as it is."""

    def __init__(self, status: int, body: str | bytes, kind: str = "application/json", **headers: str) -> None:
        self.status, self.body, self.kind, self.headers = status, body, kind, headers
        super().__init__(status)


class Drop(Exception):
    """The connection breaks."""


def error(code: int, message: str, data: Any = None) -> Fault:
    return lambda _, right: {
        "jsonrpc": "2.0",
        "id": right["id"],
        "error": {"code": code, "message": message} | ({"data": data} if data is not None else {}),
    }


def raw(status: int, body: str, kind: str = "application/json", **headers: str) -> Fault:
    def answer(*_: Answer) -> Answer:
        raise Raw(status, body, kind, **headers)

    return answer


def dropped(*_: Answer) -> Answer:
    raise Drop


def cut(_: Answer, right: Answer) -> Answer:
    raise Raw(200, json.dumps(right)[:-7])


def result(value: Any) -> Fault:
    return lambda _, right: {"jsonrpc": "2.0", "id": right["id"], "result": value}


PAGE = "<html><head><title>Just a moment...</title></head></html>"
FAULTS: dict[str, Fault] = {
    "429": raw(429, '{"error": "Too Many Requests"}', **{"Retry-After": "0"}),
    "429 with a key": raw(429, f"too many requests for /{KEY}", "text/plain"),
    "limit": error(-32005, "rate limit exceeded", {"see": "https://example.org"}),
    "502 and a page": raw(502, PAGE, "text/html"),
    "503 and a reason": raw(503, '{"jsonrpc": "2.0", "id": null, "error": {"code": -32603, "message": "no backend"}}'),
    "timeout": error(-32000, "request timed out"),
    "dropped": dropped,
    "page": raw(200, PAGE, "text/html"),
    "nothing": raw(200, "", "text/plain"),
    "cut": cut,
    "null": raw(200, "null"),
    "list": raw(200, "[]"),
    "word": raw(200, '"rate limited"'),
    "deep": raw(200, "[" * 100_000),
    "bytes": raw(200, "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")),
    "another id": lambda _, right: right | {"id": right["id"] + 1},
    "id true": lambda _, right: right | {"id": True},
    "another version": lambda _, right: right | {"jsonrpc": 2},
    "no result": lambda _, right: {"jsonrpc": "2.0", "id": right["id"]},
    "error null": lambda _, right: {"jsonrpc": "2.0", "id": right["id"], "error": None},
    "error of nothing": lambda _, right: {"jsonrpc": "2.0", "id": right["id"], "error": {}},
    "0x": result("0x"),
    "result null": result(None),
    "result list": result([]),
    "result object": result({}),
    "result word": result("0xnonsense"),
    "result number": result(7),
    "result huge": result("0x" + "ff" * 100),
    "result full": result("0x" + "ff" * 320),
}
"""By name; whatever they strike, the right answer is a moment away."""


class FaultyNode:
    """A proxy on loopback to the node at ``port``; ``strikes`` decides for every question, by method and how many."""

    def __init__(self, port: int, fault: Fault, strikes: Callable[[str, int], bool], name: str | None = NAME) -> None:
        self.port, self.fault, self.strikes, self.name = port, fault, strikes, name
        self.asked: Counter[str] = Counter()
        self.longest_batch, self.refused = 10**6, 0
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        """With a key, that nobody may be shown."""
        return f"http://127.0.0.1:{self.server.server_port}/{KEY}"

    def answer(self, question: Answer) -> Answer:
        method = question["method"]
        with self.lock:
            self.asked[method] += 1
            struck = self.strikes(method, self.asked[method])
        right = self._forwarded(question)
        if method == "web3_clientVersion" and self.name:
            right["result"] = self.name
        return self.fault(question, right) if struck else right

    def answers(self, questions: list[Answer]) -> Any:
        """Answers to a batch, if it is not too long."""
        if len(questions) <= self.longest_batch:
            return [self.answer(one) for one in questions]
        self.refused += 1
        return error(-32000, "batch limit exceeded")({}, {"id": None})

    def _forwarded(self, question: Answer) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST", "/", json.dumps(question), {"Content-Type": "application/json"})
            return dict(json.loads(connection.getresponse().read()))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes

            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                try:
                    answer = node.answers(question) if isinstance(question, list) else node.answer(question)
                    self.reply(Raw(200, json.dumps(answer)))
                except Raw as given:
                    self.reply(given)
                except Drop:
                    self.close_connection = True

            def reply(self, given: Raw) -> None:
                body = given.body if isinstance(given.body, bytes) else given.body.encode()
                self.send_response(given.status)
                headers = {"Content-Type": given.kind, "Content-Length": str(len(body)), **given.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing on the tests' screen."""

        return Handler


def once(_: str, number: int) -> bool:
    """The first question of each method."""
    return number == 1


def always(*methods: str) -> Callable[[str, int], bool]:
    """Every question of some methods; of all if none is named."""
    return lambda method, _: not methods or method in methods
