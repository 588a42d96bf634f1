"""Scripts that measure, each run by a target of the Makefile."""
