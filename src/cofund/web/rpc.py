"""JSON-RPC with the standard library: many questions in one request, one persistent connection."""

import http.client
import json
import threading
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from cofund.errors import InputError, NodeError

TIMEOUT_S: Final = 20
LONGEST_BATCH: Final = 100
Question = tuple[str, list[Any]]


class Refused(NodeError):
    """The node answered, but not with a result."""


class Rpc:
    """A JSON-RPC endpoint; safe to use from several threads."""

    def __init__(self, url: str) -> None:
        """Nothing is sent yet.

        Raises:
            InputError: if this is no HTTP URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputError(url, "--rpc-url", "expected an http or https URL of a node")
        self.url, self._parts = url, parts
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, *params: Any) -> Any:
        """One answer.

        Raises:
            NodeError: if the node does not answer, ``Refused`` if it answers with an error.
        """
        return self.ask_all([(method, list(params))])[0]

    def ask_all(self, questions: Sequence[Question]) -> list[Any]:
        """Answers in the order of the questions, which go out in batches."""
        answers: list[Any] = []
        for start in range(0, len(questions), LONGEST_BATCH):
            answers += self._batch(questions[start : start + LONGEST_BATCH])
        return answers

    def _batch(self, questions: Sequence[Question]) -> list[Any]:
        asked = [
            {"jsonrpc": "2.0", "id": at, "method": method, "params": params}
            for at, (method, params) in enumerate(questions)
        ]
        given = self._post(json.dumps(asked if len(asked) > 1 else asked[0]).encode())
        answers = given if isinstance(given, list) else [given]
        if len(answers) != len(asked):  # some nodes answer a batch they do not like with one error
            raise Refused(f"{self.url}: {_complaint(answers[0]) if answers else 'an empty answer'}")
        found: dict[Any, Any] = {}
        for answer in answers:
            if not isinstance(answer, dict) or "result" not in answer:
                raise Refused(f"{self.url}: {_complaint(answer)}")
            found[answer.get("id")] = answer["result"]
        return [found.get(at) for at in range(len(asked))]

    def _post(self, body: bytes) -> Any:
        with self._lock:
            for last in (False, True):  # a kept connection may have been closed by the node meanwhile
                try:
                    return self._exchange(body)
                except (OSError, http.client.HTTPException, ValueError) as error:
                    self.close()
                    if last:
                        reason = type(error).__name__
                        raise NodeError(f"{self.url}: the node does not answer ({reason})") from error
        raise AssertionError

    def _exchange(self, body: bytes) -> Any:
        if self._connection is None:
            secure = self._parts.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            self._connection = kind(str(self._parts.hostname), self._parts.port, timeout=TIMEOUT_S)
        path = (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")
        self._connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        return json.loads(answer.read())

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _complaint(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    return str(error.get("message", error)) if isinstance(error, dict) else "no JSON-RPC answer"
