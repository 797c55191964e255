"""EventBridge: state changes reach the rules of the emulation, and rules reach their targets."""

from __future__ import annotations

import copy
import json
import logging
from datetime import datetime, timezone
from typing import Any, cast

from . import seams
from .targets import REACHED, send
from .transform import transformed, value_at

__all__ = ["emit", "install"]

_log = logging.getLogger(__name__)
_SEND = "moto.events.models:Rule.send_to_targets"
_PUT = "moto.events.models:EventsBackend.put_rule"
_UPDATE = "moto.events.models:Rule.update_from_cloudformation_json"
# "Event pattern size", the default: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
_MOST_CHARACTERS = 2048


def install() -> None:
    """Adds functions, state machines and topics to the targets that moto's rules reach, and a quota."""
    seams.replace(_SEND, _send_to_targets)
    seams.replace(_PUT, _put_rule)
    seams.replace(_UPDATE, classmethod(cast("Any", _update_rule)))


def _put_rule(self: Any, name: str, *args: Any, **more: Any) -> Any:
    _check_size(more.get("event_pattern"))
    return seams.original(_PUT)(self, name, *args, **more)


def _update_rule(cls: Any, original_resource: Any, name: str, document: Any, *args: Any) -> Any:
    """Looks before the old rule is deleted: one that is refused stays as it was."""
    del cls
    pattern = document["Properties"].get("EventPattern")
    _check_size(pattern and json.dumps(pattern))
    return seams.original(_UPDATE)(original_resource, name, document, *args)


def _check_size(pattern: str | None) -> None:
    try:
        known = json.loads(pattern or "{}")
    except ValueError:
        return  # refused by moto, in AWS's words
    # Without white space: moto writes a template's pattern with more than CloudFormation does.
    size = len(json.dumps(known, separators=(",", ":"), ensure_ascii=False))
    if size > _MOST_CHARACTERS:
        # The code is the one that PutRule lists for quotas; which one AWS answers with is not published.
        raise seams.get("moto.core.exceptions:JsonRESTError")(
            "LimitExceededException",
            f"The requested resource exceeds the maximum number allowed: the event pattern has {size} "
            f"characters, and may have {_MOST_CHARACTERS}.",
        )


def emit(
    account: str, region: str, *, source: str, detail_type: str, resources: list[str], detail: dict[str, Any]
) -> None:
    """Puts a service's event on the account's default bus."""
    event = {
        "Source": source,
        "DetailType": detail_type,
        "Resources": resources,
        "Detail": json.dumps(detail, default=str),
    }
    try:
        seams.get("moto.events.models:events_backends")[account][region].put_events([event])
    except Exception:  # noqa: BLE001 - a broken rule must not stop the job or execution it watches
        _log.exception("an event could not be delivered: %s", detail_type)


def _send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
    if self.state != "ENABLED" or not self.event_pattern.matches_event(original_event):
        return
    for target in list(self.targets):
        try:
            if target["Arn"].split(":")[2] in REACHED:
                send(target["Arn"], _input(self, target, original_event))
            else:
                _by_moto(self, target, original_event, transform_input)
        except Exception:  # noqa: BLE001 - one target that is gone must not keep the event from the others
            _log.exception("an event did not reach %s", target["Arn"])


def _by_moto(rule: Any, target: dict[str, Any], event: Any, transform_input: bool) -> None:
    alone = copy.copy(rule)
    alone.targets = [target]
    try:
        seams.original(_SEND)(alone, event, transform_input)
    except NotImplementedError:
        _log.warning("this target is not emulated: %s", target["Arn"])


def _input(rule: Any, target: dict[str, Any], event: Any) -> Any:
    """What a target receives: its fixed input, a part of the event, a template filled in, or the event."""
    if "Input" in target:
        return json.loads(target["Input"])
    event = _in_aws_form(event)
    if "InputPath" in target:
        return value_at(target["InputPath"], event)
    transformer = target.get("InputTransformer")
    if transformer:
        return transformed(transformer, event, {"rule-name": rule.name, "rule-arn": rule.arn})
    return event


def _in_aws_form(event: Any) -> dict[str, Any]:
    event = {key: value for key, value in event.items() if key != "ingestion-time"}
    moment = datetime.fromtimestamp(float(event["time"]), timezone.utc)
    return {**event, "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
