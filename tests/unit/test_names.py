"""No two classes and no two files of the program have the same name: who greps finds one meaning."""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2] / "src" / "cofund"
FILES = [path for path in ROOT.rglob("*.py") if path.name not in {"__init__.py", "__main__.py"}]


def twice(names: Counter[str]) -> list[str]:
    return sorted(name for name, count in names.items() if count > 1)


def test_no_two_files_have_the_same_name() -> None:
    assert len(FILES) > 300
    assert twice(Counter(path.name for path in FILES)) == []


def test_no_two_classes_have_the_same_name() -> None:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in FILES)
    names = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert len(names) > 250
    assert twice(names) == []
