"""Code that comes in from outside: what a module of somebody's has under a name."""

from importlib import import_module
from typing import Any

from cofund.errors import InputError, words_of


def loaded(path: str, where: str, field: str) -> Any:
    """What is at ``module:attribute``.

    Raises:
        InputError: there is none, or the module cannot be imported; it may do anything then, end the program too.
    """
    module, _, attribute = path.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        said = words_of(error)
        if not isinstance(error, ImportError | AttributeError | ValueError):
            said = f"{type(error).__name__}: {said}".rstrip(": ")
        said = f"it ends the program ({said})" if isinstance(error, SystemExit) else said
        raise InputError(where, field, f"cannot load {path}: {said}") from error
