"""The reference pages, written from the program itself: ``python docs/reference/generate.py`` (``make reference``)."""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from cofund.chain.artifacts import artifact

HERE: Final = Path(__file__).parent
CONTRACTS: Final = HERE.parents[1] / "contracts"
WIDTH: Final = 100
HEAD: Final = "<!-- written by docs/reference/generate.py; do not edit -->\n"


def commands() -> str:
    """Every command with its help, in the order of ``cofund --help``."""
    from cofund.cli.main import cli  # noqa: PLC0415 - each page imports what it describes

    return "\n".join([HEAD, "# Commands\n", *(_command(name, found) for name, found in _walk("cofund", cli, None))])


def python() -> str:
    """Every public name of ``import cofund``, with signature and docstring."""
    import cofund  # noqa: PLC0415

    parts = [HEAD, "# Python\n", "Public names of `import cofund`; everything else may change without notice.\n"]
    for name in cofund.__all__:
        found = getattr(cofund, name)
        said = inspect.cleandoc(found.__doc__ or "")
        parts.append(f"## {name}\n\n```text\n{name}{_signature(found)}\n\n{said}\n```\n")
    return "\n".join(parts)


def contracts() -> str:
    """Every function that can be called and every event, with what the source says about it."""
    parts = [HEAD, "# Contracts\n"]
    for source in sorted(CONTRACTS.glob("[A-Z]*.vy")):
        parts += [f"## {source.stem}\n", *_contract(source)]
    return "\n".join(parts)


PAGES: Final = {"commands.md": commands, "python.md": python, "contracts.md": contracts}


def _walk(path: str, command: click.Command, parent: click.Context | None) -> Iterator[tuple[str, click.Context]]:
    context = click.Context(command, parent, info_name=path.rpartition(" ")[2], terminal_width=WIDTH)
    yield path, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _walk(f"{path} {name}", found, context)


def _command(path: str, context: click.Context) -> str:
    depth = min(6, 1 + len(path.split()))
    return f"{'#' * depth} {path}\n\n```text\n{context.get_help()}\n```\n"


def _signature(found: Any) -> str:
    if isinstance(found, type) and issubclass(found, Exception):
        return ""
    return str(inspect.signature(found)).replace("'", "")


def _contract(source: Path) -> Iterator[str]:
    from vyper.cli.vyper_compile import compile_files  # noqa: PLC0415

    (made,) = compile_files([source], ["userdoc", "devdoc"], paths=[CONTRACTS]).values()
    abi = artifact(source.stem).abi  # as the compiler gives it, which takes it much longer than the words
    notices = {key: value["notice"] for key, value in made["userdoc"].get("methods", {}).items()}
    details = made["devdoc"].get("methods", {})
    functions = {entry["name"]: entry for entry in abi if entry["type"] == "function"}  # the longest form last
    for entry in functions.values():
        yield from _function(entry, notices, details)
    events = [entry for entry in abi if entry["type"] == "event"]
    if events:
        yield "### Events\n"
        yield from (f"- `{entry['name']}({', '.join(map(_event_input, entry['inputs']))})`" for entry in events)
        yield ""


def _function(entry: dict[str, Any], notices: dict[str, str], details: dict[str, Any]) -> Iterator[str]:
    types = ",".join(_type(one) for one in entry["inputs"])
    key = f"{entry['name']}({types})"
    named = ", ".join(f"{_type(one)} {one['name']}" for one in entry["inputs"])
    returned = ", ".join(_type(one) for one in entry["outputs"])
    yield f"### {entry['name']}({', '.join(one['name'] for one in entry['inputs'])})\n"
    yield f"`{entry['name']}({named})" + (f" -> {returned}" if returned else "") + f"`, {entry['stateMutability']}\n"
    notice = next((text for name, text in notices.items() if name.startswith(f"{entry['name']}(")), "")
    if notice:
        yield _line(notice) + "\n"
    said = details.get(key, {})
    lines = [f"- `{name}`: {_line(text)}" for name, text in said.get("params", {}).items()]
    lines += [f"- returns {_line(text)}" for text in said.get("returns", {}).values()]
    lines += [f"- {_line(said['details'])}"] if "details" in said else []
    if lines:
        yield "\n".join(lines) + "\n"


def _type(one: dict[str, Any]) -> str:
    """The canonical ABI type; a tuple is spelled out."""
    if not one["type"].startswith("tuple"):
        return str(one["type"])
    return f"({','.join(_type(part) for part in one['components'])}){one['type'].removeprefix('tuple')}"


def _event_input(one: dict[str, Any]) -> str:
    return f"{_type(one)}{' indexed' if one['indexed'] else ''} {one['name']}"


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def openapi() -> str:
    """What the web server says of its interface."""
    from cofund.web.openapi import document  # noqa: PLC0415

    return json.dumps(document(), indent=1) + "\n"


if __name__ == "__main__":
    (HERE.parent / "openapi.json").write_text(openapi(), encoding="utf-8")
    for file, write in PAGES.items():
        (HERE / file).write_text(write(), encoding="utf-8")
