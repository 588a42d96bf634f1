"""The compiled contracts shipped with the package; the build hook makes them from ``contracts/``."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from cofund.errors import CofundError


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract.

    Args:
        name: contract name.
        abi: Ethereum JSON ABI.
        bytecode: creation code, hex.
        runtime: deployed code without its immutables, hex.
        blueprint: creation code that deploys an ERC-5202 blueprint, hex.
        compiler: name and version.
        source_sha256: digest over all contract sources.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: str
    runtime: str
    blueprint: str
    compiler: str
    source_sha256: str


@cache
def artifact(name: str) -> Artifact:
    """Load a packaged artifact.

    Raises:
        CofundError: if the package was installed without its build hook.
    """
    path = resources.files("cofund.chain") / "artifacts" / f"{name}.json"
    if not path.is_file():
        raise CofundError(f"{name}.json: no compiled contract; install cofund with pip, whose build hook compiles it")
    loaded = json.loads(path.read_text(encoding="utf-8"))
    return Artifact(
        name=loaded["contract"],
        abi=loaded["abi"],
        bytecode=loaded["bytecode"],
        runtime=loaded["bytecode_runtime"],
        blueprint=loaded["blueprint_bytecode"],
        compiler=loaded["compiler"],
        source_sha256=loaded["source_sha256"],
    )


def is_code_of(name: str, code: bytes) -> bool:
    """Whether deployed code is that of a packaged contract, its immutables apart."""
    return code.startswith(bytes.fromhex(artifact(name).runtime.removeprefix("0x")))
