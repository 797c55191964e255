"""Sending an event to an ARN: what rules and destinations can reach here."""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any

from . import seams

__all__ = ["REACHED", "send"]

_log = logging.getLogger(__name__)
_MACHINES = "moto.stepfunctions.parser.models:stepfunctions_parser_backends"
REACHED = ("lambda", "states", "sqs", "sns")


def send(arn: str, event: Any) -> None:
    """Delivers an event to a function, state machine, queue or topic; anything else is logged."""
    _, _, service, region, account, resource = arn.split(":", 5)
    sender = {"lambda": _function, "states": _state_machine, "sqs": _queue, "sns": _topic}.get(service)
    if sender is None:
        _log.warning("no target of service %s is emulated: %s", service, arn)
        return
    sender(arn, account, region, resource, event)


def _function(arn: str, account: str, region: str, resource: str, event: Any) -> None:
    from .lambdas import invoke_async

    del resource
    name = ":".join(arn.split(":")[:7])  # without a qualifier: there is one version here
    invoke_async(seams.get("moto.awslambda.utils:get_backend")(account, region).get_function(name), event)


def _state_machine(arn: str, account: str, region: str, resource: str, event: Any) -> None:
    del resource
    backend = seams.get(_MACHINES)[account][region]
    backend.start_execution(arn, str(uuid.uuid4()), json.dumps(event))


def _queue(arn: str, account: str, region: str, resource: str, event: Any) -> None:
    del arn
    seams.get("moto.sqs.models:sqs_backends")[account][region].send_message(resource, json.dumps(event))


def _topic(arn: str, account: str, region: str, resource: str, event: Any) -> None:
    del resource
    seams.get("moto.sns.models:sns_backends")[account][region].publish(json.dumps(event), arn=arn)
