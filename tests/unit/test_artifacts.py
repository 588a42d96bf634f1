"""The packaged contracts are what the sources compile to."""

import json

import pytest

from cofund.chain.artifacts import artifact
from hatch_build import CONTRACTS, compile_contract

LARGEST_CODE = 24_576  # EIP-170, bytes; a blueprint is deployed as code


@pytest.mark.parametrize("source", sorted(CONTRACTS.glob("[A-Z]*.vy")), ids=lambda path: path.stem)
def test_the_artifact_is_the_compiled_source(source) -> None:
    compiled, packaged = compile_contract(source), artifact(source.stem)
    assert compiled["bytecode"] == packaged.bytecode
    assert compiled["blueprint_bytecode"] == packaged.blueprint
    assert compiled["source_sha256"] == packaged.source_sha256
    assert json.loads(json.dumps(compiled["abi"])) == packaged.abi


def test_the_blueprint_fits_a_contract() -> None:
    deployed_by_initcode = len(artifact("Campaign").blueprint) // 2
    assert deployed_by_initcode <= LARGEST_CODE
