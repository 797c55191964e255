"""boto3 clients of the emulation, whatever account and proxy the user has set up."""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from typing import Any

from .settings import ACCESS_KEY, SECRET_KEY

__all__ = ["make_client"]

# (config key, environment variable, default, conversion): no profile, no files, no variable for either.
_NOBODY = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


_making = threading.Lock()  # making clients is the one thing that a session cannot do in many threads


def make_client(
    service: str,
    region: str,
    endpoint: str,
    credentials: tuple[str, str, str | None] = (ACCESS_KEY, SECRET_KEY, None),
    **options: Any,
) -> Any:
    """A client that talks to the emulation only.

    Args:
        service: the service's name in boto3.
        region: its region.
        endpoint: the emulation's URL.
        credentials: access key, secret and session token; nobody's when left out.
        options: more settings of botocore's ``Config``.
    """
    from botocore.config import Config

    with _making:
        return _session().client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=credentials[0],
            aws_secret_access_key=credentials[1],
            aws_session_token=credentials[2],
            config=Config(proxies={}, **options),
        )


@lru_cache(maxsize=1)
def _session() -> Any:
    import boto3
    import botocore.session

    return boto3.session.Session(botocore_session=botocore.session.Session(session_vars=_NOBODY))
