"""Tables and pages made from records only; ``cofund.report("record.json")`` writes them.

The package is a function as well, since Python names a package and its parent's attribute alike.
"""

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cofund.report.writing import ReportFiles


class _Reporting(ModuleType):
    """This package, which can be called."""

    def __call__(
        self,
        record: str | Path,
        out: Path | None = None,
        *,
        statements: Path | None = None,
        tables: Path | None = None,
        kind: str = "csv",
    ) -> "ReportFiles":
        """See ``writing.write_report``."""
        from cofund.report.writing import write_report  # noqa: PLC0415 - pages are drawn when they are asked for

        return write_report(record, out, statements=statements, tables=tables, kind=kind)


sys.modules[__name__].__class__ = _Reporting
