"""``constructs-lib explain``: who may do what on which resource, and because of which field."""

from constructs_lib.cli.explain.command import add_parser

__all__ = ["add_parser"]
