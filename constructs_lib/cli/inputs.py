"""What is checked: training jobs, each with the document that it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from constructs_lib.cli.acknowledgements import Acknowledgement
from constructs_lib.cli.positions import Index, Path, steps

__all__ = ["Inputs", "JobInput", "Problem", "Source"]


class Source:
    """A document that was read.

    Args:
        name: how the user named it; a file in a folder is named below that folder.
        text: what is in it.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    @cached_property
    def index(self) -> Index:
        """Where its values stand."""
        return Index(self.text)


@dataclass(frozen=True, kw_only=True)
class JobInput:
    """One training job that a document asks for.

    Attributes:
        source: the document.
        variants: the forms that the request may take; usually one. May hold `UNKNOWN`.
        stack: the stack's display name; empty outside of a folder of CDK's.
        resource: the logical id of the resource; empty outside of a template.
        state: the name of the state; empty outside of a state machine.
        region: where it runs, when the document says so.
        account: whose account it runs in, when the document says so.
        pointer: where the request stands in the document.
        opaque: whether the request is inside a text at that place, so that its members have no place.
        script: whether this library has set the hyperparameters of a script in it.
        acknowledgements: what its user has acknowledged, the nearest first.
    """

    source: Source
    variants: tuple[object, ...]
    stack: str = ""
    resource: str = ""
    state: str = ""
    region: str | None = None
    account: str | None = None
    pointer: Path = ()
    opaque: bool = False
    script: bool = False
    acknowledgements: tuple[Acknowledgement, ...] = ()

    @property
    def where(self) -> str:
        """Stack, resource and state, joined with slashes; empty for a request file."""
        return "/".join(part for part in (self.stack, self.resource, self.state) if part)

    def position(self, path: str) -> tuple[int, int]:
        """The line and column of a member, or of the nearest value around it that is there."""
        below = () if self.opaque else steps(path)
        return self.source.index.find((*self.pointer, *below))


@dataclass(frozen=True)
class Problem:
    """An input that could not be used.

    Attributes:
        file: its name.
        reason: why, in one line.
    """

    file: str
    reason: str


@dataclass
class Inputs:
    """What the inputs of one command hold.

    Attributes:
        files: how many files were asked for and read.
        jobs: the training jobs found, in order.
        problems: the inputs that could not be used.
        without_jobs: the names of inputs in which no training job was found.
    """

    files: int = 0
    jobs: list[JobInput] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    without_jobs: list[str] = field(default_factory=list)

    def refuse(self, file: str, error: Exception) -> None:
        """Notes an input that cannot be used.

        Args:
            file: its name.
            error: why.
        """
        self.problems.append(Problem(file, str(error)))
