"""Say at the end how many calls went to the contract and its model together, also under xdist."""

import pytest

from twin import Twin

seen = {"calls": 0}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    worker = getattr(session.config, "workeroutput", None)
    if worker is None:
        seen["calls"] += Twin.calls
    else:
        worker["contract_calls"] = Twin.calls


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    seen["calls"] += getattr(node, "workeroutput", {}).get("contract_calls", 0)


def pytest_terminal_summary(terminalreporter) -> None:
    terminalreporter.write_line(f"{seen['calls']:,} calls of the contract, each equal to its integer model")
