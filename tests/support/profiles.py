"""How hard properties are tried: a profile fixes the number of examples, a test says how many times that it wants."""

import os
from typing import Any

from hypothesis import HealthCheck, settings

_quiet = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("dev", max_examples=100, **_quiet)
settings.register_profile("ci", max_examples=100, derandomize=True, print_blob=True, **_quiet)
settings.register_profile("deep", max_examples=2000, **_quiet)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def times(factor: float, **more: Any) -> settings:
    """The profile's number of examples times a factor: what a test is worth, in every profile."""
    return settings(max_examples=round(factor * settings().max_examples), **more)
