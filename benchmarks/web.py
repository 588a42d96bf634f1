"""How heavy ``cofund web`` is: bytes of a page, first paint in Chromium, memory with 20 viewers of a live campaign."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

VIEWERS = 20
PAINTS = 9
PAGES = ("", "/market", "/settlement", "/training", "/payments", "/account", "/audit")
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
BYTES = (
    "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
    ".map(entry => entry.encodedBodySize)"
)


def main() -> None:
    """Start the demonstration, wait for its training, measure, stop it."""
    command = [sys.executable, "-u", "-m", "cofund", "web", "--demo", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = port_of(process)
        address = training(port)
        measure(process.pid, port, address)
    finally:
        process.terminate()
        process.wait(timeout=20)


def port_of(process: "subprocess.Popen[str]") -> int:
    """The port that the server says it listens at."""
    found = re.search(r":(\d+)/", process.stdout.readline() if process.stdout else "")
    if found is None:
        raise SystemExit("the server did not start")
    return int(found[1])


def training(port: int) -> str:
    """The campaign's address once some rounds are recorded."""
    while True:
        known = json.loads(fetched(port, "/api/v1/campaigns"))["campaigns"]
        if known and known[0]["counts"]["rounds_done"] > 5:
            return str(known[0]["address"])
        time.sleep(1)


def fetched(port: int, path: str) -> bytes:
    """The body of an answer."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return bytes(answer.read())


def measure(pid: int, port: int, address: str) -> None:
    """Print memory, then what each page takes."""
    print(f"memory of the server: {memory_mb(pid):.1f} MB with no viewer")
    viewers = [viewer(port) for _ in range(VIEWERS)]
    for _ in range(10):
        for end in PAGES:
            fetched(port, f"/campaign/{address}{end}")
        time.sleep(0.5)
    print(f"memory of the server: {memory_mb(pid):.1f} MB with {VIEWERS} viewers, {10 * len(PAGES)} pages served")
    for open_ in viewers:
        open_.close()
    chromium = shutil.which("chromium")
    if chromium is None:
        print("first paint: skipped, there is no chromium")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - memory is measured without it too

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for end in PAGES:
            paints, sizes = zip(*(visit(browser, port, address, end) for _ in range(PAINTS)), strict=True)
            requests, size = sizes[-1]
            name = end.removeprefix("/") or "campaign"
            first = f"first paint {median(paints):4.0f} ms (worst {max(paints):.0f})"
            print(f"{name:<11} {size / 1000:5.1f} kB in {requests:2} requests, {first}")
        browser.close()


def viewer(port: int) -> socket.socket:
    """One that listens to the stream of changes."""
    stream = socket.create_connection(("127.0.0.1", port))
    stream.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    return stream


def visit(browser: Any, port: int, address: str, end: str) -> tuple[float, tuple[int, int]]:
    """First contentful paint in ms of a browser that has nothing yet, and requests and compressed bytes."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/campaign/{address}{end}")
    page.wait_for_timeout(600)
    paint, sizes = float(page.evaluate(FIRST_PAINT)), page.evaluate(BYTES)
    context.close()
    return paint, (len(sizes), sum(sizes))


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1000  # type: ignore[index]


if __name__ == "__main__":
    main()
