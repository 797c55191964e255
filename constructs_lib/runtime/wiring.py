"""The real world: botocore clients made from the service models that the asset carries."""

from __future__ import annotations

import functools
import json
import os
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from .answer import send
from .clock import SystemClock
from .collector import at_rest
from .job_log import JobLog
from .jobs import Jobs
from .scalars import MODEL_FOLDER
from .sealing import Seal
from .signals import send_signal
from .surroundings import Artifacts, Interfaces, Stack
from .world import World

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=5, read_timeout=20)


class Models(Loader):  # type: ignore[misc] # botocore has no types
    """Finds the asset's own cuts of the service models, and what belongs to them in botocore's data.

    By itself botocore reads a megabyte of endpoints, and lists its 400 services, before its first client.
    """

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 (botocore's signature)
        """The services that the runtime calls."""
        return sorted(path.name for path in MODEL_FOLDER.iterdir() if path.is_dir())

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """A file of the data; the endpoints are those of our services."""
        if name == "endpoints":
            # Said to be botocore's own: as a user's they would be preferred to the endpoint rules.
            return super().load_data_with_path("partial-endpoints")[0], self.BUILTIN_DATA_PATH
        found: tuple[Any, str] = super().load_data_with_path(name)
        return found


class Later:
    """A client that is made when it is first used: most events need two of the seven."""

    def __init__(self, session: Any, service: str) -> None:
        self._session = session
        self._service = service

    @functools.cached_property
    @at_rest()
    def _client(self) -> Any:
        return self._session.create_client(self._service, config=CONFIG)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class StateMachine:
    """Executions of the runtime's state machine."""

    def __init__(self, stepfunctions: Any, arn: str) -> None:
        self._stepfunctions = stepfunctions
        self._arn = arn

    def start(self, name: str, state: dict[str, object]) -> None:
        """Start an execution; a redelivered event finds its own, whose ciphertext differs from this one's."""
        try:
            self._stepfunctions.start_execution(stateMachineArn=self._arn, name=name, input=json.dumps(state))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise


@functools.cache
def world_of_lambda() -> World:
    """The clients of this function, kept while it is warm."""
    clock = SystemClock()
    session = _session()
    later = functools.partial(Later, session)
    return World(
        jobs=Jobs(later("sagemaker"), clock),
        executions=StateMachine(later("stepfunctions"), os.environ.get("STATE_MACHINE_ARN", "")),
        seal=Seal(later("kms"), os.environ["KEY_ARN"]),
        clock=clock,
        send=functools.partial(send, clock=clock),
        signal=functools.partial(send_signal, clock=clock),
        stack=Stack(later("cloudformation")),
        artifacts=Artifacts(later("s3")),
        job_log=JobLog(later("logs")),
        interfaces=Interfaces(later("ec2")),
    )


@at_rest()
def _session() -> Any:
    session = botocore.session.get_session()
    session.register_component("data_loader", Models(extra_search_paths=[str(MODEL_FOLDER)]))
    if EnvProvider.ACCESS_KEY in os.environ:
        # The first place where botocore looks; it would make HTTP clients for the last ones, too.
        session.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return session
