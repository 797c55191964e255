"""The keys of what the app's own jobs write, for jobs that read it.

Results are known by the tokens of the jobs' attributes that are addresses, and of their platforms' buckets:
CDK numbers its tokens through the process, so none is ever another's. A job's name is no address: it may
stand in one of any bucket.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol
from weakref import WeakValueDictionary

from constructs_lib.cdk.expressions import token_parts
from constructs_lib.spec.text import is_token

__all__ = ["Writer", "keys_of", "note_results"]


class Writer(Protocol):
    """What writes results: a job, or the platform of many."""

    @property
    def _results_key(self) -> str | None:
        """The ARN, id or alias of the key by which they are encrypted; None where none is known."""


_writers: WeakValueDictionary[str, Writer] = WeakValueDictionary()


def note_results(text: str, writer: Writer) -> str:
    """The same text, by which the writer's results are known from now on if it is a token."""
    if is_token(text):
        _writers[text] = writer
    return text


def keys_of(uri: str) -> Iterator[str]:
    """The keys of the results that an address names by their tokens.

    Args:
        uri: an address, with tokens in it.
    """
    for token in token_parts(uri)[1::2]:
        writer = _writers.get(token)
        if writer is not None and (key := writer._results_key):
            yield key
