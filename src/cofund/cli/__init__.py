"""The ``cofund`` command, one module a subcommand."""
