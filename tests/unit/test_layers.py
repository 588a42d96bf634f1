"""Layers point one way, and the pure core reaches no node, no engine and no screen."""

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_every_import_points_down(monkeypatch, request) -> None:
    monkeypatch.chdir(request.config.rootpath)
    assert lint_imports(config_filename="pyproject.toml", cache_dir=None) == EXIT_STATUS_SUCCESS
