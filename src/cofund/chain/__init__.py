"""Doing it on a node: artifacts, accounts, journal, node, contract client."""
