"""A published terms document with a training section: its digest is taken of plain numbers."""

import json
from pathlib import Path

from cofund.campaign.publication import digest
from cofund.campaign.terms_file import load_terms
from operating import TERMS

ACCOUNT = "0x" + 40 * "1"
TRAINING = """
[training]
task = "air-quality"
rounds = 4
local_steps = 5
edge_rounds = 2
learning_rate = 0.05
batch = 32
seed = 7
"""


def test_published_terms_have_the_digest_of_the_file_they_were_published_from(tmp_path: Path) -> None:
    written = tmp_path / "TERMS.toml"
    written.write_text(TERMS.format(coordinator=ACCOUNT, token=ACCOUNT, north=ACCOUNT, south=ACCOUNT) + TRAINING)
    document = load_terms(written, ACCOUNT)
    published = tmp_path / "terms.json"
    published.write_text(json.dumps(document, indent=1))
    again = load_terms(published, ACCOUNT)
    assert again["training"]["learning_rate"] == 0.05
    assert digest(again) == digest(document)
