"""``constructs-lib watch``: what a training job does, until its end."""

from constructs_lib.cli.watching.command import add_parser

__all__ = ["add_parser"]
