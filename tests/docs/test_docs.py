"""What the pages say is true: commands print what is shown, links lead somewhere, invariants and dependencies agree."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from cofund.campaign.record import NOT_PROVED, NOT_PROVED_OFFLINE
from cofund.chain.artifacts import artifact
from cofund.market.offer_book import CHUNK
from cofund.market.terms import MAX_BATCH, MAX_BOOK, MAX_EDGES, MAX_GOALS, MAX_OWNERS, MAX_ROUNDS, MAX_SEALED
from cofund.report.terminal import summary

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CLAIMS = ROOT / "docs" / "claims.md"
VERIFYING = ROOT / "docs" / "guide" / "verify-a-record.md"
FETCHING = ROOT / "docs" / "guide" / "fetch-your-model.md"
FROM_PYTHON = ROOT / "docs" / "guide" / "from-python.md"
OPERATING = ROOT / "docs" / "guide" / "operate-a-campaign.md"  # run by test_operating_guide.py, on a node
TAKING_PART = ROOT / "docs" / "guide" / "take-part.md"  # run by test_taking_part_guide.py, likewise
TUTORIAL = ROOT / "docs" / "guide" / "tutorial.md"  # run by test_tutorial.py, likewise
GAS = ROOT / "benchmarks" / "gas.json"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
INVARIANT = re.compile(r"\b[IBCEOST]-\d+\b")
SLOW = "cofund demo"


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path) -> list[tuple[str, str]]:
    """Every command of a page with the output shown below it; ``> `` goes on with a command."""
    found: list[tuple[str, list[str]]] = []
    for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line.startswith("> "):
                found[-1] = (f"{found[-1][0]}\n{line[2:]}", found[-1][1])
            else:
                found[-1][1].append(line)
    return [(command, "\n".join(shown)) for command, shown in found]


def run(command: str, folder: Path) -> str:
    """What the command prints to both streams, without trailing spaces."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    printed = "\n".join(line.rstrip() for line in done.stdout.splitlines())
    assert done.returncode == 0, f"{command}\n{printed}"
    return printed


def check_page(page: Path, folder: Path) -> None:
    """Run a page from top to bottom; ``…`` stands for anything."""
    for command, shown in commands(page):
        printed, pattern = run(command, folder), re.escape(shown).replace("…", ".*")
        assert re.fullmatch(pattern, printed, re.DOTALL), f"{command}\nprints\n{printed}"


def section(page: str, title: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Cells of the tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {at for at, row in enumerate(cells) if set(row[0]) == {"-"}}
    return [row for at, row in enumerate(cells) if at not in heads and at + 1 not in heads]


ELSEWHERE = {VERIFYING, FETCHING, FROM_PYTHON, OPERATING, TAKING_PART, TUTORIAL}
RUN = [page for page in PAGES if commands(page) and page not in ELSEWHERE]


def test_there_are_pages_to_run() -> None:
    assert ROOT / "README.md" in RUN
    assert ROOT / "docs" / "guide" / "clear-a-market.md" in RUN
    assert any(command.startswith("cofund verify") for command, _ in commands(VERIFYING))


@pytest.mark.parametrize("page", RUN, ids=named)
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    assert not [command for command, _ in commands(page) if SLOW in command], "the demo runs once, in a fixture"
    check_page(page, tmp_path)


@pytest.mark.parametrize("page", [page for page in PAGES if PYTHON.search(page.read_text("utf-8"))], ids=named)
def test_python_blocks_run(page: Path, tmp_path: Path) -> None:
    for block in PYTHON.findall(page.read_text(encoding="utf-8")):
        script = tmp_path / "block.py"
        script.write_text(block, encoding="utf-8")
        run("python -W error block.py", tmp_path)


@pytest.mark.parametrize("page", [VERIFYING, FETCHING, FROM_PYTHON], ids=named)
def test_the_guides_to_a_finished_campaign_are_right(page: Path, tmp_path: Path, demo_folder: Path) -> None:
    shutil.copytree(demo_folder, tmp_path / "cofund-demo")
    check_page(page, tmp_path)


def test_the_gas_table_is_that_of_the_demo(demo_record) -> None:
    """Salts and accounts are random, and calldata costs less for zero bytes: within 1 %."""
    table = {step: (int(count), int(gas)) for step, count, gas in rows(section("docs/protocol.md", "Gas"))}
    measured = {row["step"]: (row["transactions"], row["gas"]) for row in demo_record["gas"]}
    assert {step: count for step, (count, _) in table.items()} == {step: count for step, (count, _) in measured.items()}
    for step, (count, thousands) in table.items():
        assert thousands * 1000 == pytest.approx(measured[step][1] / count, rel=0.01, abs=600), step


def test_the_gas_tables_at_scale_are_those_of_the_snapshot() -> None:
    """`make bench-gas` prints them and stores the snapshot with ``--write``."""
    text, stored = section("docs/protocol.md", "Gas at scale"), json.loads(GAS.read_text(encoding="utf-8"))
    table = {name: cells for name, *cells in rows(text)}
    assert table["commitment to settlement"] == [
        f"{gas['commitment to settlement']:,}" for gas in stored["calls"].values()
    ]
    assert {name: int(table[name][0].replace(",", "")) for name in stored["largest settle"]} == stored["largest settle"]
    measured = {f"{int(gas):,}" for gas in re.findall(r": (\d+)", GAS.read_text(encoding="utf-8"))}
    limits = {"16,777,216", "10,000", "1,000", f"{MAX_BOOK:,}"}
    assert set(re.findall(r"\d{1,3}(?:,\d{3})+", text)) <= measured | limits


def test_the_readme_shows_what_the_demo_prints(demo_record) -> None:
    """To the last digit but for gas: within 1 %, for the same reason."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = page.partition("$ make demo\n")[2].partition("```")[0]
    screen = Console(width=max(map(len, shown.splitlines())), highlight=False, file=StringIO())
    screen.print(summary(demo_record))
    printed = "\n".join(line.rstrip() for line in screen.file.getvalue().splitlines())
    gas = re.compile(r"used ([\d,]+) gas, the settlement ([\d,]+)")
    assert gas.sub("", printed).strip() == gas.sub("", shown).strip()
    measured, table = ([int(n.replace(",", "")) for n in gas.findall(text)[0]] for text in (printed, shown))
    assert table == pytest.approx(measured, rel=0.01)
    assert f" {len(demo_record['transactions'])} transactions " in " ".join(page.partition("```\n")[2].split())


def test_invariants_are_the_same_in_the_protocol_the_contracts_and_the_tests() -> None:
    stated = {row[0] for row in rows(section("docs/protocol.md", "Invariants"))}
    contracts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "contracts").glob("*.vy*"))
    tagged = set(INVARIANT.findall(contracts))
    ours = [path for path in (ROOT / "tests").rglob("*.py") if not {".venv", "node_modules"} & set(path.parts)]
    others = [path for path in ours if path != Path(__file__)]
    tested = {name for path in others for name in INVARIANT.findall(path.read_text(encoding="utf-8"))}
    assert {name[0] for name in stated} == set("IBCEOST")
    assert tagged == stated
    assert tested == stated


def test_each_invariant_names_tests_that_mention_it() -> None:
    for name, _, checked in rows(section("docs/protocol.md", "Invariants")):
        for path in re.findall(r"`([^`]+)`", checked):
            assert name in INVARIANT.findall((ROOT / path).read_text(encoding="utf-8")), f"{path}: {name}"


def test_the_protocol_states_the_caps_of_the_contracts() -> None:
    caps = {
        "OWNERS": MAX_OWNERS,
        "EDGES": MAX_EDGES,
        "ROUNDS": MAX_ROUNDS,
        "GOALS": MAX_GOALS,
        "BATCH": MAX_BATCH,
        "CHUNKS": MAX_BOOK // CHUNK,
        "CLIENTS": MAX_SEALED,
    }
    declared = {}
    for name in ("agreement", "Campaign", "Books", "search_tree"):
        contract = (ROOT / "contracts" / f"{name}.vy").read_text(encoding="utf-8")
        for cap, number in re.findall(r"^MAX_(\w+): constant\(uint256\) = ([\d_]+)\b(?! *\*)", contract, re.MULTILINE):
            declared[cap] = int(number)
    depth = re.search(r"^MAX_DEPTH: constant\(uint256\) = (\d+)", contract, re.MULTILINE)
    assert caps.items() <= (declared | {"CLIENTS": 2 ** int(depth[1]) if depth else 0}).items()
    stated = (
        f"At most {MAX_OWNERS} owners, {MAX_EDGES} edges, {MAX_ROUNDS} rounds, {MAX_GOALS} goals, {MAX_BATCH} openings "
        f"or payments a batch. A book has at most {MAX_BOOK:,} clients, a sealed one {MAX_SEALED:,}"
    )
    assert stated in " ".join(section("docs/protocol.md", "Terms").split())


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_every_page_is_on_the_map() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / target).resolve() for target in LINK.findall(index.read_text(encoding="utf-8"))}
    assert {page for page in (ROOT / "docs").rglob("*.md") if page != index} <= linked


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_that_a_page_names_exist(page: Path) -> None:
    kinds = r"`((?:src|tests|study|contracts|docs)/[\w./-]+)(?:::(\w+))?`"
    for path, function in re.findall(kinds, page.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path
        if function:
            assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{function}"


def test_files_that_the_architecture_names_exist() -> None:
    """By the end of their path, below ``src/cofund`` or elsewhere."""
    names = re.findall(
        r"`([\w./-]+\.(?:py|vy|js|json))`", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    )
    rooms = (ROOT / room for room in ("src/cofund", "contracts", "tests", "docs"))
    paths = [f"/{file.as_posix()}" for room in rooms for file in room.rglob("*.*")] + ["/hatch_build.py"]
    assert not [name for name in names if not any(path.endswith(f"/{name}") for path in paths)]


def test_every_claim_names_a_test_or_a_study() -> None:
    claims = rows(CLAIMS.read_text(encoding="utf-8"))
    assert len(claims) > 30
    assert all(re.search(r"`(?:tests|src/cofund/study)/[\w./-]+\.py`", row[-1]) for row in claims)


def test_the_gas_that_is_claimed_is_that_of_the_protocol() -> None:
    told = " ".join(row[0] for row in rows(CLAIMS.read_text(encoding="utf-8")))
    numbers = set(re.findall(r"\d+,\d{3}", told))
    assert len(numbers) >= 3
    assert not {number for number in numbers if f" {number} " not in section("docs/protocol.md", "Gas at scale")}


def test_the_largest_contract_is_as_large_as_a_consortium_is_told() -> None:
    told = section("docs/guide/consortium-chains.md", "What the chain must offer")
    length = int(artifact("Campaign").blueprint.removeprefix("0x")[2:6], 16)  # bytes, pushed by its creation code
    assert f"The largest, the campaign's blueprint, has {length:,} |" in told


def test_each_role_knows_what_it_can_gain_and_lose_and_each_line_has_a_test() -> None:
    lines = rows(section("docs/assumptions.md", "Parties"))
    assert {"owner", "client", "edge", "coordinator", "sponsor", "initiator"} <= {row[0] for row in lines}
    assert all(re.fullmatch(r"`tests/[\w./-]+\.py`", row[-1]) for row in lines)
    assert all(re.search(r"`tests/[\w./-]+\.py`", row[-1]) for row in rows(section("docs/assumptions.md", "Threats")))


def test_what_a_record_does_not_prove_is_what_the_program_says() -> None:
    alone = {row[0].strip("`") for row in rows(section("docs/record.md", "What it does not prove"))}
    shared = section("docs/record.md", "A campaign on a shared chain").partition("| not proved offline | why |\n")[2]
    offline = {row[0].strip("`") for row in rows("| | |\n" + shared)}
    assert (alone, offline) == (set(NOT_PROVED), set(NOT_PROVED_OFFLINE))


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    required = {re.split(r"[=<>~]", line)[0] for line in [*project["dependencies"], *(d for e in extras for d in e)]}
    pages = rows((ROOT / "docs/decisions/dependencies.md").read_text(encoding="utf-8"))
    assert {row[0].split(" ")[0] for row in pages} == required | {"@foundry-rs/anvil"}
