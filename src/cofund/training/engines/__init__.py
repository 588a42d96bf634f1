"""Engines: what carries calls between members, one a file."""
