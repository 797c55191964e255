"""How a demonstration tells its steps: a heading, dots while something works, and two aligned columns."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

__all__ = ["progress", "table", "title"]


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Dots while something works, and the seconds it took."""
    done = threading.Event()
    started = time.monotonic()
    print(f"   {what} ", end="", flush=True)

    def tick() -> None:
        while not done.wait(1.0):
            print(".", end="", flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
        print(f" {time.monotonic() - started:.0f} s")


def table(rows: Mapping[str, Any]) -> str:
    """Two aligned columns."""
    width = max(map(len, rows))
    return "\n".join(f"   {name:<{width}}  {value}" for name, value in rows.items())


def title(text: str) -> None:
    """A step's heading."""
    print(f"\n{text}", flush=True)
