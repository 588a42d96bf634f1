"""``--rule module:RULE`` ended in a traceback when importing the module raised something else than ``ImportError``."""

from pathlib import Path

import pytest

from cofund.errors import InputError
from cofund.mechanism.registry import rule


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise RuntimeError('no GPU')", "cannot load {}:RULE: RuntimeError: no GPU"),
        ("import sys; sys.exit(3)", "cannot load {}:RULE: it ends the program (SystemExit: 3)"),
        ("this is no Python", "cannot load {}:RULE: SyntaxError: invalid syntax ({}.py, line 1)"),
    ],
)
def test_whatever_a_rule_s_module_does_is_one_sentence(
    code: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"rule_{abs(hash(code))}"
    (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InputError) as refused:
        rule(f"{module}:RULE")
    assert refused.value.expected == said.format(module, module)
