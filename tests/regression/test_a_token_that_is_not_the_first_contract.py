"""Symptom: a campaign was refused unless its token lay where the rehearsal happened to put a contract of its own."""

import pytest

from anvil import Anvil
from operating import FLAGS, Operating

pytestmark = pytest.mark.node


def test_a_campaign_is_created_with_a_token_at_any_address(tmp_path):
    with Anvil(FLAGS) as anvil:
        Operating(anvil, tmp_path)
        second = Operating(anvil, tmp_path)
        assert second.create()["campaign"]
