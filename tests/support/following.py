"""The web server over a node, following it, as ``cofund web -r URL ADDRESS`` does."""

import threading
from contextlib import closing, contextmanager
from pathlib import Path

from cofund.web.board import Board, Follower
from cofund.web.rpc import Rpc
from web_server import serving


@contextmanager
def following(url, addresses, studies=Path("none")):
    """The port of a server that looks at the node every 0.1 s."""
    with closing(Rpc(url)) as rpc:
        follower = Follower(Board(studies), rpc, addresses, [], 0, interval_s=0.1)
        thread = threading.Thread(target=follower.run)
        thread.start()
        try:
            with serving(follower.board) as port:
                yield port
        finally:
            follower.stop()
            thread.join(timeout=20)
