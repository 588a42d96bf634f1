"""Write build/Bytecode.sol: the creation code of every contract, and of Harness.vy, as Solidity constants.

``bytecode.py [CONTRACTS]`` compiles another copy of contracts/, for instance one with a fault in it.
"""

import sys
from pathlib import Path

from hatch_build import CONTRACTS, compile_contract

FORMAL = Path(__file__).parent
HARNESS = FORMAL / "Harness.vy"
NOBODY = "0x" + "d0" * 20
BLUEPRINTS = {"Campaign", "Books", "SealedBooks"}


def constants(contracts: Path) -> dict[str, str]:
    """Name to hex code: for what the factory and a campaign copy the blueprint, for all others what a node deploys."""
    found = {}
    for source in sorted(contracts.glob("[A-Z]*.vy")):
        form = "blueprint_bytecode" if source.stem in BLUEPRINTS else "bytecode"
        found[source.stem] = compile_contract(source)[form]
    found[HARNESS.stem] = harness(contracts)
    return {name: code.removeprefix("0x") for name, code in found.items()}


def harness(contracts: Path) -> str:
    """Creation code of the modules' harness, over the same modules.

    It is of what a node keeps, since halmos loses its way in a constructor that passes empty structs: so nothing that a
    constructor stores is there.
    """
    from pyrevm import EVM
    from vyper.cli.vyper_compile import compile_files
    from vyper.compiler.settings import OptimizationLevel, Settings

    settings = Settings(optimize=OptimizationLevel.GAS, evm_version="cancun")
    (compiled,) = compile_files([HARNESS], ["bytecode"], paths=[contracts], settings=settings).values()
    evm = EVM()
    kept = evm.get_code(evm.deploy(NOBODY, bytes.fromhex(compiled["bytecode"].removeprefix("0x"))))
    returned = bytes.fromhex("61") + len(kept).to_bytes(2) + bytes.fromhex("80600a5f395ff3")
    return (returned + kept).hex()


def main(contracts: Path = CONTRACTS) -> None:
    """Compile, and write only what changed, so that forge's cache holds."""
    lines = [f'    bytes internal constant {name} = hex"{code}";' for name, code in constants(contracts).items()]
    text = "\n".join(
        [
            "// SPDX-License-Identifier: Apache-2.0",
            "// made by bytecode.py",
            "pragma solidity 0.8.30;",
            "",
            "library Bytecode {",
            *lines,
            "}",
            "",
        ]
    )
    target = FORMAL / "build" / "Bytecode.sol"
    target.parent.mkdir(exist_ok=True)
    if not target.exists() or target.read_text() != text:
        target.write_text(text)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
