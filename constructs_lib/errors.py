"""What this library raises.

ConstructsLibError
├── SpecError            (also a ValueError) the Python API is misused: a wrong type, exclusive arguments
├── PackagingError       (also a ValueError) a local folder or file cannot be made into an asset
├── LocalError           the local emulation cannot be started or used
├── UnusableInputError   (in constructs_lib.cli) a file given to a command cannot be read or checked
├── WatchError           (in constructs_lib.cli) there is nothing to watch, or AWS cannot be asked
└── OutputError          (in constructs_lib.cli) what a command found cannot be written
"""

from __future__ import annotations

__all__ = ["ConstructsLibError", "LocalError", "PackagingError", "SpecError"]


class ConstructsLibError(Exception):
    """The root of every error that this library raises on purpose."""


class SpecError(ConstructsLibError, ValueError):
    """An argument is of the wrong type, contradicts another, or cannot be what it says.

    Args:
        path: the argument or field the error is about, as the user wrote it (``channels[1]``).
        problem: what was given and what is allowed, in lower case.
        fix: what to do about it.
        construct: the construct's path, where one is known.
    """

    def __init__(self, path: str, problem: str, fix: str = "", *, construct: str = "") -> None:
        self.path = path
        self.problem = problem
        self.fix = fix
        self.construct = construct
        text = f"{path}: {problem}"
        if fix:
            text += f"; {fix}"
        if construct:
            text += f" [{construct}]"
        super().__init__(text)


class PackagingError(SpecError):
    """A folder or file of the user's is missing, empty, too large or cannot be read."""


class LocalError(ConstructsLibError):
    """The local emulation could not be started, reached or used; the message is one line."""
