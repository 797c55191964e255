"""A spec's typed values as the calls that make them; what has its default is left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from constructs_lib.cli.importing.code import Code, call, dictionary, listing, literal
from constructs_lib.spec.algorithm import Algorithm
from constructs_lib.spec.channels import Channel
from constructs_lib.spec.image_refs import ImageUri
from constructs_lib.spec.job import TrainingJobSpec
from constructs_lib.spec.shape import Shape, members_of

__all__ = ["spec_code"]

_UNITS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_MOUNTED = {"EFS": "from_efs", "FSxLustre": "from_fsx_lustre"}


def spec_code(spec: TrainingJobSpec) -> Code:
    """The call that makes a spec which was read from a request.

    Args:
        spec: of plain values, as `TrainingJobSpec.from_request` gives them for JSON; texts may be tokens.
    """
    fields = _given(spec)
    if spec.instance_type is not None and spec.instance_count == 1:
        del fields["instance_count"]
    return _called("TrainingJobSpec", fields)


def _code(value: Any) -> Code:
    if isinstance(value, Channel):
        return _channel(value)
    if isinstance(value, Algorithm):
        return _algorithm(value)
    if isinstance(value, Shape):
        given = {member.python: getattr(value, member.python) for member in members_of(value.shape_name)}
        set_ = {name: item for name, item in given.items() if item is not None}
        return _called(f"shapes.{type(value).__name__}", set_)
    if isinstance(value, timedelta):
        return _duration(value)
    if dataclasses.is_dataclass(value):
        return _called(type(value).__name__, _given(value))
    if isinstance(value, Mapping):
        return dictionary({key: _code(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return listing(map(_code, value))
    return literal(value)


def _called(function: str, keywords: Mapping[str, object], *positional: object) -> Code:
    given = {name: _code(value) for name, value in keywords.items()}
    return call(function, *map(_code, positional), **given)


def _given(value: Any) -> dict[str, Any]:
    """The fields of a dataclass that do not have their defaults."""
    values = {field.name: (getattr(value, field.name), field.default) for field in dataclasses.fields(value)}
    return {name: given for name, (given, default) in values.items() if given != default}


def _duration(value: timedelta) -> Code:
    """In the largest unit of which it is a whole number."""
    seconds = value.days * _UNITS["days"] + value.seconds
    unit = next(name for name, size in _UNITS.items() if seconds % size == 0) if seconds else "seconds"
    return _called("timedelta", {unit: seconds // _UNITS[unit]})


def _algorithm(algorithm: Algorithm) -> Code:
    fields = _given(algorithm)
    if algorithm.algorithm_name is not None:
        return _called("Algorithm.from_algorithm_arn", fields, fields.pop("algorithm_name"))
    image = fields.pop("image")
    if not isinstance(image, ImageUri):  # pragma: no cover - requests have no other
        raise TypeError(f"no request names a {type(image).__name__}")
    return _called("Algorithm.from_image_uri", fields, image.uri)


def _channel(channel: Channel) -> Code:
    fields = _given(channel)
    name = fields.pop("name")
    if channel.file_system is not None:
        return _mounted(name, fields)
    if channel.dataset_arn is not None:
        return _called("Channel.from_dataset", fields, name, fields.pop("dataset_arn"))
    uri = fields.pop("s3_uri")
    if channel.data_type == "AugmentedManifestFile" and channel.attribute_names is not None:
        del fields["data_type"]
        if fields.setdefault("input_mode", None) == "Pipe":  # its default with this method only
            del fields["input_mode"]
        return _called("Channel.from_augmented_manifest", fields, name, uri)
    if channel.attribute_names is not None:
        return _called("Channel", {"name": name, "s3_uri": uri, **fields})
    if channel.data_type == "ManifestFile":
        del fields["data_type"]
        return _called("Channel.from_manifest", fields, name, uri)
    return _called("Channel.from_uri", fields, name, uri)


def _mounted(name: str, fields: dict[str, Any]) -> Code:
    mounted = fields.pop("file_system")
    if mounted.type not in _MOUNTED:  # a token: no method says that
        return _called("Channel", {"name": name, "file_system": mounted, **fields})
    options = {} if mounted.read_only is True else {"read_only": mounted.read_only}
    whole = mounted.type == "EFS" and mounted.directory_path == "/"
    path = () if whole else (mounted.directory_path,)
    return _called(
        f"Channel.{_MOUNTED[mounted.type]}", {**options, **fields}, name, mounted.file_system, *path
    )
