"""The report in a real browser: its checks run, find a changed number, and its security policy refuses nothing."""

import os
import re
import shutil
import subprocess

import pytest

from cofund.report.html import render_report

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no chromium")

RESULT = re.compile(r'data-check="(\w+)">.*?<td class="(good|bad)">(.*?)</td><td>(.*?)</td>')


def opened(page, folder):
    """The page after its script ran, and what the browser complained about."""
    (folder / "report.html").write_text(page, encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += ["--enable-logging=stderr", f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run(
        [*command, (folder / "report.html").as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_all_checks_are_computed_and_hold(demo_record, tmp_path):
    dom, complaints = opened(render_report(demo_record), tmp_path)
    results = RESULT.findall(dom)
    assert len(results) == dom.count("data-check=") > 0
    assert {(colour, word) for _, colour, word, _ in results} == {("good", "✓ holds")}
    assert all(re.search(r"\d", numbers) for *_, numbers in results)
    assert "✓ All of these checks hold." in dom
    assert complaints == []


@pytest.mark.parametrize(
    ("right", "wrong", "failing"),
    [
        (r'"held":"0"', '"held":"1"', {"deposits"}),
        (r'"charge":"\d+"', '"charge":"1"', {"charges", "shares"}),
        (r'"bid":"\d+"', '"bid":"1"', {"bids"}),
        (r'"price":"\d+"', '"price":"1"', {"prices", "winners", "pay"}),
        (r'"rounds":"1', '"rounds":"0', {"deliveries", "pay"}),
        (r'"asked":"\d+","wins":false', '"asked":"1","wins":false', {"prices"}),
    ],
)
def test_a_changed_number_is_found(demo_record, tmp_path, right, wrong, failing):
    page = render_report(demo_record)
    forged, count = re.subn(right, wrong, page, count=1)
    assert count == 1
    dom, _ = opened(forged, tmp_path)
    assert {name for name, colour, *_ in RESULT.findall(dom) if colour == "bad"} == failing
    assert f"✗ {len(failing)} of these checks fail." in dom
