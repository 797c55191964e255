"""``constructs-lib import``: the Python that makes a training job request."""

from constructs_lib.cli.importing.command import add_parser

__all__ = ["add_parser"]
