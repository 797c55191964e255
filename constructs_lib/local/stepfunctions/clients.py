"""The clients that state machines call the emulation with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from constructs_lib.local.sdk import make_client
from constructs_lib.local.settings import current

__all__ = ["client_for"]


def client_for(service: str, region: str, state_credentials: Any = None) -> Any:
    """A client without retries: a state's own Retry is what is looked at.

    Args:
        service: the service's name in boto3.
        region: its region.
        state_credentials: the role of the state, which nothing here asks for.
    """
    del state_credentials
    return _client(service, region, current().endpoint)


@lru_cache(maxsize=64)
def _client(service: str, region: str, endpoint: str) -> Any:
    return make_client(
        service, region, endpoint, parameter_validation=False, retries={"total_max_attempts": 1}
    )
