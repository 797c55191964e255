"""A state machine's definition in a template: moto takes ``DefinitionString`` as it is, and nothing else."""

from __future__ import annotations

import json
from typing import Any, cast

from constructs_lib.local import seams

__all__ = ["completed", "install"]

_MACHINE = "moto.stepfunctions.models:StateMachine"
_CREATE = f"{_MACHINE}.create_from_cloudformation_json"
_UPDATE = f"{_MACHINE}.update_from_cloudformation_json"


def install() -> None:
    """Completes the definition before moto sees it."""
    seams.replace(_CREATE, classmethod(cast("Any", _create)))
    seams.replace(_UPDATE, classmethod(cast("Any", _update)))


def _create(cls: Any, name: str, document: Any, account: str, region: str, **more: Any) -> Any:
    del cls
    document = {**document, "Properties": completed(document["Properties"], account)}
    return seams.original(_CREATE)(name, document, account, region, **more)


def _update(cls: Any, **kwargs: Any) -> Any:
    del cls
    document = kwargs["cloudformation_json"]
    completed_properties = completed(document["Properties"], kwargs["account_id"])
    kwargs["cloudformation_json"] = {**document, "Properties": completed_properties}
    return seams.original(_UPDATE)(**kwargs)


def completed(properties: dict[str, Any], account: str) -> dict[str, Any]:
    """The properties with a ``DefinitionString``, whichever way it was given, and its substitutions made."""
    text = properties.get("DefinitionString")
    if "Definition" in properties:
        text = json.dumps(properties["Definition"])
    elif "DefinitionS3Location" in properties:
        text = _stored(properties["DefinitionS3Location"], account)
    if not isinstance(text, str):
        return properties
    for name, value in (properties.get("DefinitionSubstitutions") or {}).items():
        text = text.replace(f"${{{name}}}", value if isinstance(value, str) else json.dumps(value))
    return {**properties, "DefinitionString": text}


def _stored(location: dict[str, Any], account: str) -> str:
    bucket = seams.get("moto.s3.models:s3_backends")[account]["aws"].buckets[location["Bucket"]]
    return str(bucket.keys[location["Key"]].value.decode())
