"""The web server as a user has it, on a free port: in a thread over a given board, or as a process."""

import gzip
import http.client
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from cofund.web.app import application
from cofund.web.serving import Server, listen


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


def get(port, path, method="GET", **headers: str) -> Answer:
    """One request on a connection of its own; the body is unpacked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        body = answer.read()
        return Answer(answer.status, found, gzip.decompress(body) if found.get("content-encoding") == "gzip" else body)
    finally:
        connection.close()


@contextmanager
def serving(board, hosts=()):
    """The application over a board; gives the port."""
    listening = listen("127.0.0.1", 0)
    config = uvicorn.Config(application(board, hosts), log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
        assert not thread.is_alive()
