"""Packaged demonstration data, each folder with its own notice."""
