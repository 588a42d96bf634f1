"""A member's side: answers the calls that NVFlare's job process hands over, one at a time."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from cofund.training.engine import Function
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.nvflare import wire
from cofund.training.engines.nvflare.frames import Link, SocketListener


class MemberServer:
    """Listens until it is closed."""

    def __init__(self, path: Path, member: str, functions: Mapping[str, Function]) -> None:
        """Start to listen.

        Args:
            path: Unix socket to listen on.
            member: who answers.
            functions: what may be called, by the name that the caller's function has.
        """
        self.member, self.functions = member, functions
        self._one_at_a_time = threading.Lock()
        self._listener = SocketListener(path, self._serve)

    def close(self) -> None:
        """Answer no more calls."""
        self._listener.close()

    def _serve(self, link: Link) -> None:
        call, payload = link.receive()
        with self._one_at_a_time:
            link.send({}, self._answer(str(call.get("function")), payload))

    def _answer(self, name: str, payload: bytes) -> bytes:
        """A packed pair: the result and None, or None and the reason why there is none, as the engine in process."""
        results, failures = InProcess().call([self.member], self._function(name), payload)
        return results.get(self.member) or wire.pack((None, failures[self.member]))

    def _function(self, name: str) -> Callable[[str, bytes], bytes]:
        def run(member: str, payload: bytes) -> bytes:
            if name not in self.functions:
                raise LookupError(f"{member} does not answer {name}")
            return wire.pack((self.functions[name](member, wire.unpack(payload)), None))

        return run
