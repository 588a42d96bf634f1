"""A profile decides how hard properties are tried, so that `make deep` is deep: no test fixes a number of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]


def asked(profile: str, factor: float) -> int:
    """The examples of a test that asks for ``factor`` times the profile's."""
    program = f"from profiles import times; print(times({factor}).max_examples)"
    path = os.pathsep.join([str(TESTS / "support"), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"HYPOTHESIS_PROFILE": profile, "PYTHONPATH": path}
    return int(subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout)


def test_every_test_is_tried_twenty_times_as_often_in_the_deep_profile() -> None:
    for factor in (0.3, 1, 5):
        assert asked("deep", factor) == 20 * asked("ci", factor) == 20 * asked("dev", factor)


def test_no_test_fixes_its_number_of_examples() -> None:
    ours = [path for path in TESTS.rglob("*.py") if not {".venv", "node_modules"} & set(path.parts)]
    fixing = re.compile(r"\bmax_examples\s*=|\bsettings\(")
    others = [path for path in ours if path not in {Path(__file__), TESTS / "support" / "profiles.py"}]
    found = [path.name for path in others if fixing.search(path.read_text("utf-8"))]
    assert not found, "say `@times(FACTOR)`, of the profile's number (tests/support/profiles.py)"
