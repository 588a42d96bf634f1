"""Build hook: compile the Vyper contracts into ``cofund/chain/artifacts/*.json`` (ABI, bytecode, source hash)."""

import hashlib
import json
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
CONTRACTS = ROOT / "contracts"
ARTIFACTS = ROOT / "src" / "cofund" / "chain" / "artifacts"


def compile_contract(source: Path) -> dict[str, Any]:
    """Compile one deployable contract; the bytecode does not depend on where the tree lies."""
    from vyper.cli.vyper_compile import compile_files  # noqa: PLC0415 - only a build needs the compiler
    from vyper.compiler.settings import OptimizationLevel, Settings  # noqa: PLC0415

    formats = ["abi", "bytecode", "bytecode_runtime", "blueprint_bytecode", "method_identifiers"]
    settings = Settings(optimize=OptimizationLevel.GAS, evm_version="cancun")
    (compiled,) = compile_files([source], formats, paths=[source.parent], settings=settings).values()
    return {
        "contract": source.stem,
        "compiler": "vyper 0.4.3",
        "source_sha256": source_sha256(source.parent),
        "abi": compiled["abi"],
        "bytecode": compiled["bytecode"],
        "bytecode_runtime": compiled["bytecode_runtime"],
        "blueprint_bytecode": compiled["blueprint_bytecode"],
    }


def source_sha256(folder: Path = CONTRACTS) -> str:
    """Digest over every contract file, names included, so that an artifact names the sources it came from."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.vy*")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def compile_all(target: Path = ARTIFACTS) -> None:
    """Compile every PascalCase contract into ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    for source in sorted(CONTRACTS.glob("[A-Z]*.vy")):
        (target / f"{source.stem}.json").write_text(json.dumps(compile_contract(source), indent=1) + "\n")


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling's entry point; runs for wheels and for editable installs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile before anything is packed."""
        compile_all()


if __name__ == "__main__":
    compile_all()
