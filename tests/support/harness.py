"""The contracts' modules on revm, callable one by one (tests/formal/Harness.vy)."""

from functools import cache
from pathlib import Path
from typing import Any

from eth_abi import decode, encode
from eth_utils.crypto import keccak
from vyper.cli.vyper_compile import compile_files
from vyper.compiler.settings import OptimizationLevel, Settings

from evm import Machine, types
from hatch_build import CONTRACTS

SOURCE = Path(__file__).parents[1] / "formal" / "Harness.vy"


@cache
def compiled() -> dict[str, Any]:
    settings = Settings(optimize=OptimizationLevel.GAS, evm_version="cancun")
    (found,) = compile_files([SOURCE], ["abi", "bytecode"], paths=[CONTRACTS], settings=settings).values()
    return found


class Harness:
    """One deployed harness."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.address = self.machine.deploy_raw(compiled()["bytecode"])

    def call(self, function: str, *arguments: Any) -> Any:
        (entry,) = (each for each in compiled()["abi"] if each.get("name") == function)
        inputs = types(entry["inputs"])
        data = keccak(text=f"{function}({','.join(inputs)})")[:4] + encode(inputs, arguments)
        values = decode(types(entry["outputs"]), self.machine.send(self.address, data))
        return values[0] if len(values) == 1 else values
