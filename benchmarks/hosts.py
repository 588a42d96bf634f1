"""Hosts on one machine for benchmarks: network namespaces joined by a bridge, with names and counters of bytes.

Needs root and Linux's ``ip``. Everything is removed again; traffic never leaves these namespaces.
"""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

NETWORK = "10.213.0"
SWITCH = "cofund-switch"


def ip(*arguments: str) -> str:
    """Run ``ip``; it must succeed."""
    return subprocess.run(["/usr/sbin/ip", *arguments], check=True, capture_output=True, text=True).stdout


def possible() -> bool:
    """Whether this machine and user may make namespaces."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        ip("netns", "add", "cofund-trial")
        ip("netns", "delete", "cofund-trial")
        return True
    return False


@contextlib.contextmanager
def hosts(names: Sequence[str]) -> Iterator[dict[str, list[str]]]:
    """One namespace a name, reachable as ``name.test``; the prefix that runs a command in each of them."""
    spaces = {name: f"cofund-{name}" for name in names}
    try:
        ip("netns", "add", SWITCH)
        ip("-n", SWITCH, "link", "add", "bridge", "type", "bridge")
        ip("-n", SWITCH, "link", "set", "bridge", "up")
        table = "127.0.0.1 localhost\n"
        table += "".join(f"{NETWORK}.{at} {name}.test\n" for at, name in enumerate(names, 1))
        for at, space in enumerate(spaces.values(), 1):
            _join(space, at, table)
        yield {name: ["/usr/sbin/ip", "netns", "exec", space] for name, space in spaces.items()}
    finally:
        for space in (*spaces.values(), SWITCH):
            subprocess.run(["/usr/sbin/ip", "netns", "delete", space], check=False, capture_output=True)
            for path in (Path("/etc/netns") / space / "hosts", Path("/etc/netns") / space):
                if path.exists():
                    path.rmdir() if path.is_dir() else path.unlink()


def sent_and_received(name: str) -> int:
    """Bytes on a host's only link so far, both directions, all headers included."""
    counters = "/sys/class/net/eth0/statistics/tx_bytes", "/sys/class/net/eth0/statistics/rx_bytes"
    return sum(int(text) for text in ip("netns", "exec", f"cofund-{name}", "cat", *counters).split())


def _join(space: str, at: int, table: str) -> None:
    ip("netns", "add", space)
    ip("-n", space, "link", "set", "lo", "up")
    ip("-n", SWITCH, "link", "add", f"port{at}", "type", "veth", "peer", "name", "eth0", "netns", space)
    ip("-n", SWITCH, "link", "set", f"port{at}", "master", "bridge", "up")
    ip("-n", space, "address", "add", f"{NETWORK}.{at}/24", "dev", "eth0")
    ip("-n", space, "link", "set", "eth0", "up")
    folder = Path("/etc/netns") / space
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hosts").write_text(table, encoding="utf-8")
