"""Questions to a node, JSON-RPC over HTTP: the one place where they are asked, for web3 and for whoever reads without.

A node may answer anything. What is not an answer to the question (``shapes``), a lost connection and a server's error
are asked again a few times, a node that is busy for a minute. Then one sentence says what it is, and names scheme and
host only: the rest of a URL is often a key.
"""

import itertools
import json
import random
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from cofund.chain.patience import LOOKS
from cofund.chain.shapes import Malformed, shaped
from cofund.errors import InputError, NodeError

T = TypeVar("T")
R = TypeVar("R")
Question = tuple[str, list[Any]]

MOST_IN_FLIGHT: Final = 64
LONGEST_BATCH: Final = 100
TRIES: Final = 6
BACKOFF_S: Final = 0.125  # doubled after every try: gives up after about 4 s
LONGEST_PAUSE_S: Final = 10.0
BUSY_S: Final = 60.0
"""How long a node may say that it is asked too often, seconds."""
TIMEOUT: Final = urllib3.Timeout(connect=10, read=30)
LONGEST_ANSWER: Final = 2**28
DEEPEST: Final = 200
LONGEST_PART: Final = 2**20
LONGEST_S: Final = 60.0
"""How long an answer may take from its first byte to its last, seconds."""
LONGEST_REASON: Final = 200
SHORTEST_KEY: Final = 4

_BUSY_CODES: Final = {429, -32005, -32029, -32097}
_BUSY_WORDS: Final = (
    "rate limit",
    "rate-limit",
    "ratelimit",
    "rate exceeded",
    "too many requests",
    "request limit",
    "requests per second",
    "per second",
    "throughput",
    "throttl",
    "capacity",
    "quota",
    "slow down",
    "limit exceeded",
)
_RANGE_WORDS: Final = (
    "range",
    "more than",
    "results",
    "response size",
    "too large",
    "too many logs",
    "blocks",
    "too big",
)
_PASSING_WORDS: Final = (
    "timeout",
    "timed out",
    "try again",
    "temporar",
    "unavailable",
    "overloaded",
    "no backend",
    "upstream",
)
_MISSING_WORDS: Final = (
    "header not found",
    "block not found",
    "unknown block",
    "missing trie node",
    "state is not available",
    "state not available",
    "state is pruned",
    "pruned",
)
"""Another backend may have it."""
_UNKNOWN_METHOD: Final = -32601
_LIMIT: Final = -32005
_BRACKET_OR_STRING: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]')
_NO_ANSWER: Final = "the node does not answer"


class Refused(NodeError):
    """The node answered, but with an error.

    Attributes:
        code: of the error, or of the HTTP status.
        reason: in the node's words, one line.
        data: what came with it.
    """

    def __init__(self, name: str, code: int, reason: str, data: Any = None) -> None:
        self.code, self.reason, self.data = code, reason, data
        super().__init__(f"{name}: {reason}")


class _Again(Exception):
    """Worth another try; what it says is what it comes to in the end."""

    def __init__(self, says: str, *, busy: bool = False, wait_s: float = 0.0) -> None:
        self.busy, self.wait_s = busy, wait_s
        super().__init__(says)


@dataclass(frozen=True, slots=True)
class _Answer:
    """An HTTP answer: status, seconds to wait if it said so, and what its body is as JSON, or as text."""

    status: int
    wait_s: float
    content: Any
    text: str


class Provider:
    """A JSON-RPC endpoint; safe to use from several threads."""

    def __init__(self, url: str) -> None:
        """Nothing is sent yet.

        Raises:
            InputError: if this is no HTTP URL.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputError("--rpc-url", "", "expected an http or https URL of a node")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self.url = url  # to connect anew; nobody is shown it
        self.name = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
        self._target = self.name + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._secrets = _secrets_of(parts)
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers |= urllib3.make_headers(basic_auth=user)
        self._pool = _pool(parts.scheme, parts.hostname)
        self._numbers = itertools.count(1)
        self._batch = LONGEST_BATCH
        self._lock = threading.Lock()

    def ask(self, method: str, *params: Any) -> Any:
        """One answer, of its method's shape.

        Raises:
            NodeError: if the node does not answer; ``Refused`` if it answers with an error.
        """
        start, tries = time.monotonic(), 0
        while True:
            try:
                return self._ask(method, params)
            except _Again as again:
                tries += 1
                patient = again.busy and not _is_range(method, params)
                in_time = patient and time.monotonic() - start <= BUSY_S
                if tries >= TRIES and not in_time:  # on a slow machine the time may pass within one try
                    raise NodeError(str(again)) from again
                pause = max(again.wait_s, BACKOFF_S * 2 ** min(tries - 1, 6))
                time.sleep(min(LONGEST_PAUSE_S, pause) * random.uniform(1, 1.5))  # noqa: S311 - not all at once

    def ask_all(self, questions: Sequence[Question], *, keep_refusals: bool = False) -> list[Any]:
        """Answers in the order of the questions, which go out in batches as long as the node takes them.

        Args:
            questions: methods and their parameters.
            keep_refusals: give a ``Refused`` in the place of an answer instead of raising it.
        """
        answers: list[Any] = []
        while len(answers) < len(questions):
            with self._lock:
                size = self._batch
            part = questions[len(answers) : len(answers) + size]
            if size == 1:
                part = questions[len(answers) :]
                answers += at_once(lambda question: self._single(question, keep_refusals=keep_refusals), part)
            elif len(part) == 1:
                answers.append(self._single(part[0], keep_refusals=keep_refusals))
            else:
                answers += self._together(part, keep_refusals=keep_refusals)
        return answers

    def found_all(self, questions: Sequence[Question]) -> list[Any]:
        """Answers, None where there is none: what one backend does not have, another may have."""
        answers: list[Any] = [None] * len(questions)
        missing, fruitless = list(range(len(questions))), 0
        while missing and fruitless < LOOKS:
            found = self.ask_all([questions[at] for at in missing], keep_refusals=True)
            for at, answer in zip(missing, found, strict=True):
                answers[at] = None if isinstance(answer, Refused) else answer
            before, missing = missing, [at for at in missing if answers[at] is None]
            fruitless += len(missing) == len(before)
        return answers

    def optional(self, method: str, *params: Any) -> Any:
        """An answer to what not every node knows; None if there is none."""
        try:
            return self.ask(method, *params)
        except NodeError:
            return None

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _single(self, question: Question, *, keep_refusals: bool) -> Any:
        try:
            return self.ask(question[0], *question[1])
        except Refused as refusal:
            if keep_refusals:
                return refusal
            raise

    def _together(self, part: Sequence[Question], *, keep_refusals: bool) -> list[Any]:
        """Answers to one batch; only the first if the node does not take it, which is smaller from then on."""
        asked = [self._question(method, params) for method, params in part]
        try:
            answer = self._post(asked)
        except _Again:
            answer = _Answer(0, 0, None, "")
        given = answer.content
        if not isinstance(given, list) or len(given) != len(part):
            first = self._single(part[0], keep_refusals=keep_refusals)  # raises if the node is away
            with self._lock:
                self._batch = max(1, min(self._batch, len(part) // 2))
            return [first]
        found = {each["id"]: each for each in given if isinstance(each, dict) and type(each.get("id")) is int}
        answers: list[Any] = []
        for question, (method, params) in zip(asked, part, strict=True):
            try:
                one = _Answer(200, 0, found.get(question["id"]), "")
                answers.append(self._judged(one, question["id"], method, params))
            except (_Again, Refused) as refusal:
                final = keep_refusals and isinstance(refusal, Refused) and "revert" in refusal.reason.lower()
                again = refusal if final else self._single((method, list(params)), keep_refusals=keep_refusals)
                answers.append(again)
        return answers

    def _ask(self, method: str, params: Sequence[Any]) -> Any:
        question = self._question(method, params)
        return self._judged(self._post(question), question["id"], method, params)

    def _question(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": list(params)}

    def _judged(self, answer: _Answer, number: int, method: str, params: Sequence[Any]) -> Any:
        """The result in an answer.

        Raises:
            _Again: if another try may help.
            Refused: if the node gives a reason why not.
        """
        given = answer.content
        said = isinstance(given, dict) and given.get("error") and (given.get("id") is None or given["id"] == number)
        if said or not _fine(answer.status):
            raise self._refusal(answer, method, params)
        known = isinstance(given, dict) and given.get("jsonrpc") == "2.0" and type(given.get("id")) is int
        if not known or given["id"] != number or "result" not in given:
            raise _Again(f"{self.name}: {_NO_ANSWER} (what it sends is no answer to {method})")
        try:
            return shaped(method, params, given["result"])
        except Malformed as error:
            raise _Again(f"{self.name}: {_NO_ANSWER} ({method}: expected {error})") from error

    def _refusal(self, answer: _Answer, method: str, params: Sequence[Any]) -> Exception:
        """What a node that gives no result wants to say: again later, or no."""
        given = answer.content
        error = given.get("error") if isinstance(given, dict) else None
        body = error if isinstance(error, dict) else {}
        reason = self._scrubbed(_reason(given, answer.text)) or "no reason given"
        code = body["code"] if type(body.get("code")) is int else answer.status
        words, data = reason.lower(), body.get("data")
        if "revert" in words or "0x" in json.dumps(data) or code == _UNKNOWN_METHOD:
            return Refused(self.name, code, reason, data)
        shown = reason if _fine(answer.status) else f"HTTP {answer.status}: {reason}"
        refused = Refused(self.name, code, shown, data)
        if _is_range(method, params) and (code == _LIMIT or _any(_RANGE_WORDS, words)):
            return refused
        if answer.status == 429 or code in _BUSY_CODES or (_any(_BUSY_WORDS, words) and "gas" not in words):
            return _Again(str(refused), busy=True, wait_s=answer.wait_s)
        missing = _any(_MISSING_WORDS, words) and not (_is_range(method, params) or _is_by_hash(method, params))
        if answer.status >= 500 or answer.status == 408 or missing or _any(_PASSING_WORDS, words):
            return _Again(str(refused), wait_s=answer.wait_s)
        return refused

    def _post(self, asked: Any) -> _Answer:
        try:
            answer = self._pool.request(
                "POST",
                self._target,
                body=json.dumps(asked, default=_as_json).encode(),
                headers=self._headers,
                timeout=TIMEOUT,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            raw = _body(answer)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _Again(f"{self.name}: {_NO_ANSWER} ({_kind(error)})") from error
        text = raw.decode("utf-8", "replace")
        return _Answer(answer.status, _seconds(answer.headers.get("Retry-After")), _parsed(text), text)

    def _scrubbed(self, reason: str) -> str:
        """One line without any part of the URL but its host."""
        for secret in self._secrets:
            reason = reason.replace(secret, "…")
        return reason[:LONGEST_REASON]


def at_once(ask: Callable[[T], R], questions: Sequence[T]) -> list[R]:
    """Answers in the order of the questions, asked side by side."""
    if len(questions) < 2:
        return [ask(question) for question in questions]
    with ThreadPoolExecutor(MOST_IN_FLIGHT) as pool:
        return list(pool.map(ask, questions))


def _pool(scheme: str, host: str) -> urllib3.PoolManager:
    """Connections; who comes when all are in use waits for a free one. A proxy of the environment is used."""
    proxy = None if proxy_bypass(host) else getproxies().get(scheme)
    if proxy:
        return urllib3.ProxyManager(proxy, num_pools=2, maxsize=MOST_IN_FLIGHT, block=True)
    return urllib3.PoolManager(num_pools=2, maxsize=MOST_IN_FLIGHT, block=True)


def _secrets_of(parts: Any) -> list[str]:
    """The parts of a URL that nobody should read, longest first."""
    pieces = [parts.username or "", parts.password or "", parts.query, *parts.path.split("/")]
    pieces += [value for _, value in parse_qsl(parts.query)]
    both = {form for piece in pieces for form in (piece, unquote(piece)) if len(form) >= SHORTEST_KEY}
    return sorted(both, key=len, reverse=True)


def _is_range(method: str, params: Sequence[Any]) -> bool:
    """Whether a question is about the logs of several blocks: if it is refused, it can be made smaller."""
    where = params[0] if method == "eth_getLogs" and params else {}
    return "fromBlock" in where and where["fromBlock"] != where.get("toBlock")


def _is_by_hash(method: str, params: Sequence[Any]) -> bool:
    """Whether a question is about the logs of a block that may have been dropped."""
    return method == "eth_getLogs" and bool(params) and "blockHash" in params[0]


def _fine(status: int) -> bool:
    return 200 <= status < 300


def _any(words: Sequence[str], text: str) -> bool:
    return any(word in text for word in words)


def _body(answer: Any) -> bytes:
    """All of it, if it comes in time and is not endless."""
    start, parts, size = time.monotonic(), list[bytes](), 0
    try:
        while part := answer.read1(LONGEST_PART):
            parts.append(part)
            _require_bounded(size := size + len(part), time.monotonic() - start)
    except BaseException:
        answer.close()
        raise
    answer.release_conn()
    return b"".join(parts)


def _require_bounded(size: int, seconds: float) -> None:
    if size > LONGEST_ANSWER or seconds > LONGEST_S:
        raise urllib3.exceptions.TimeoutError


def _parsed(text: str) -> Any:
    """JSON; None if it is none, or nested so deeply that reading it would overflow the stack."""
    try:
        return None if _is_deep(text) else json.loads(text)
    except ValueError:
        return None


def _is_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    depth = 0
    for found in _BRACKET_OR_STRING.finditer(text):
        depth += (found[0] in "[{") - (found[0] in "]}")
        if depth > DEEPEST:
            return True
    return False


def _reason(given: Any, text: str) -> str:
    """Why not, in the node's words and one line: of a JSON-RPC error, of other JSON, or of a plain text."""
    if isinstance(given, dict):
        error = given.get("error")
        places = [error] if isinstance(error, str) else [error, given] if isinstance(error, dict) else [given]
        for place in places:
            found = place if isinstance(place, str) else place.get("message") or place.get("detail")
            if isinstance(found, str) and found.strip():
                return " ".join(found.split())
        return ""
    if isinstance(given, str):
        return " ".join(given.split())
    return "" if re.search(r"<\s*(html|!doctype|body|head)", text, re.IGNORECASE) else " ".join(text.split())


def _seconds(header: str | None) -> float:
    """Of ``Retry-After``; a date is not worth reading for a wait of seconds."""
    return min(LONGEST_PAUSE_S, float(header)) if header and re.fullmatch(r"\d{1,6}(\.\d+)?", header) else 0.0


def _kind(error: Exception) -> str:
    """A word for a failure on the way."""
    if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError) and not isinstance(
        error, urllib3.exceptions.NewConnectionError
    ):
        return "Timeout"
    if isinstance(error, urllib3.exceptions.ProtocolError | urllib3.exceptions.NewConnectionError | OSError):
        return "ConnectionError"
    return type(error).__name__


def _as_json(value: Any) -> Any:
    """Bytes and mappings of web3 as JSON has them."""
    if isinstance(value, bytes | bytearray):
        return "0x" + bytes(value).hex()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is nothing that a node can be asked")
