"""Contracts that somebody has changed, compiled as they are."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from vyper.cli.vyper_compile import compile_files
from vyper.compiler.settings import OptimizationLevel, Settings

from evm import BLUEPRINTS
from hatch_build import CONTRACTS


@contextmanager
def changeable(*, by_block: bool = False) -> Iterator[Path]:
    """A copy of all contracts, for as long as it is changed and compiled.

    Args:
        by_block: whether the changes look at the block's number, which ``@pure`` functions may not.
    """
    with TemporaryDirectory() as folder:
        contracts = Path(shutil.copytree(CONTRACTS, Path(folder) / "contracts"))
        for source in contracts.glob("*.vy") if by_block else ():
            source.write_text(source.read_text().replace("@pure", "@view"))
        yield contracts


def creation_code(contracts: Path, deployable: str) -> str:
    """What is deployed of a contract of this folder, hex; for Campaign and its books the blueprint's.

    Raises:
        Exception: whatever the compiler has to say.
    """
    wanted = "blueprint_bytecode" if deployable in BLUEPRINTS else "bytecode"
    quick = Settings(optimize=OptimizationLevel.NONE, evm_version="cancun")
    (compiled,) = compile_files([contracts / f"{deployable}.vy"], [wanted], paths=[contracts], settings=quick).values()
    return str(compiled[wanted])
