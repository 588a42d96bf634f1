"""Runs one of NVFlare's programs and ends it when the process that started it is gone, even by ``kill -9``.

python -m cofund.training.engines.nvflare.guard nvflare.private.fed.app.server.server_train ...
"""

import os
import runpy
import sys
import threading
import time


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)  # NVFlare's own shutdown waits for a server or for clients that may be gone as well


def main() -> None:
    """Run the module that the first argument names, with the other arguments."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
