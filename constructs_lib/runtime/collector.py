"""Python's collector of cyclic garbage, which finds none while a function starts."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_rest() -> Iterator[None]:
    """For what stays as long as the process: modules, clients. Nothing is collected meanwhile.

    The collector would look through it ninety times, a twentieth of the cold start. Nor does it later.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
