"""The real world: botocore clients made from the service model that the library was built with."""

from __future__ import annotations

import functools
import json
import os
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from .answer import send
from .clock import SystemClock
from .jobs import Jobs
from .scalars import MODEL_FOLDER
from .sealing import Seal
from .world import World

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=5, read_timeout=20)


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
    """The clients of this function, made at its first event and kept while it is warm."""
    session = botocore.session.get_session()
    session.set_config_variable("data_path", str(MODEL_FOLDER))
    clock = SystemClock()

    def client(service: str) -> Any:
        return session.create_client(service, config=CONFIG)

    return World(
        jobs=Jobs(client("sagemaker"), clock),
        executions=StateMachine(client("stepfunctions"), os.environ.get("STATE_MACHINE_ARN", "")),
        seal=Seal(client("kms"), os.environ["KEY_ARN"]),
        clock=clock,
        send=functools.partial(send, clock=clock),
    )
