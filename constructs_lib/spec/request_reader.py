"""From a CreateTrainingJob request back to the spec that renders it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from constructs_lib.errors import SpecError
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.spec.algorithm_rendering import algorithm_from_request
from constructs_lib.spec.binding import UNBOUND
from constructs_lib.spec.channel_rendering import channel_from_request
from constructs_lib.spec.job import TrainingJobSpec, read_spec
from constructs_lib.spec.job_shapes import SHAPE_LISTS, shape_type
from constructs_lib.spec.job_shapes import SHAPES as SHAPE_FIELDS
from constructs_lib.spec.metrics import MetricDefinition
from constructs_lib.spec.output import Output
from constructs_lib.spec.overrides import fields_of
from constructs_lib.spec.render import RENDERERS
from constructs_lib.spec.request_types import holds_unknown, request_member
from constructs_lib.spec.resources import read_resources
from constructs_lib.spec.spot import Checkpoint
from constructs_lib.spec.stopping import read_stopping
from constructs_lib.spec.text import is_unknown

__all__ = ["read_request"]

Request = Mapping[str, Any]


class Reader(NamedTuple):
    """How some members of a request become fields."""

    members: tuple[str, ...]
    read: Callable[[Request], Mapping[str, object]]


def read_request(request: object) -> TrainingJobSpec:
    """The spec of a request; what no field says to the letter is in its overrides.

    Raises:
        SpecError: it is no request: see `TrainingJobSpec.from_request`.
    """
    members = request_member("", request)
    if not isinstance(members, dict):
        raise SpecError("request", "must be a mapping, got a token", "pass it as boto3 takes it")
    given = [
        (reader, {name: members[name] for name in reader.members if name in members}) for reader in READERS
    ]
    present = [(reader, part) for reader, part in given if part]
    return _read_at_once(present, members) or _read_apart(present, members)


def _read_at_once(present: Sequence[tuple[Reader, Request]], members: Request) -> TrainingJobSpec | None:
    """The spec of a request that fields say wholly, as they do most; None for another."""
    fields: dict[str, object] = {}
    try:
        for reader, part in present:
            fields.update(_fields(reader, part))
        spec = read_spec(fields, whole=False)
        return spec if _same(spec.to_request(), members) else None
    except SpecError:
        return None


def _read_apart(present: Sequence[tuple[Reader, Request]], members: Request) -> TrainingJobSpec:
    """The spec of any request, member by member."""
    fields: dict[str, object] = {}
    overrides: dict[str, object] = {}
    for reader, part in present:
        found, left = _read(reader, part)
        fields.update(found)
        overrides.update(left)
    ordered = {name: overrides[name] for name in members if name in overrides}
    return read_spec({**fields, "overrides": ordered}, whole=False)


def _read(reader: Reader, given: Request) -> tuple[Mapping[str, object], Request]:
    """The fields that say these members, and what is left of the members for overrides."""
    try:
        fields = _fields(reader, given)
        spec = read_spec(fields, whole=False)
        rendered = {name: RENDERERS[name](spec, UNBOUND) for name in reader.members}
        left = _rest(given, {name: value for name, value in rendered.items() if _is_set(value)})
    except SpecError:
        return {}, given
    return fields, left


def _fields(reader: Reader, given: Request) -> Mapping[str, object]:
    shapes = SHAPES[ROOT]["members"]
    for name, value in given.items():
        if holds_unknown(value, shapes[name]):
            # A field takes the whole of what it says as one token; there is none inside a structure.
            if not is_unknown(value) or not _is_whole_field(name):
                raise SpecError(name, "holds a token that stands for a structure")
            return {fields_of(name): value}
    return reader.read(given)


def _is_whole_field(name: str) -> bool:
    """Whether a field says just this member, whole: then a token may stand for both."""
    return name in _MAPS or name in ("Tags", "InputDataConfig") or fields_of(name) in _SHAPES_OF_MEMBERS


def _is_set(value: object) -> bool:
    return value is not None and value != {} and value != []


def _rest(whole: Request, part: Request) -> dict[str, object]:
    """What is in a map beyond a part of it.

    Raises:
        SpecError: the part is no part of it.
    """
    if not part.keys() <= whole.keys():
        raise SpecError("request", "lacks what its fields say")
    left: dict[str, object] = {}
    for key, value in whole.items():
        if key not in part:
            left[key] = value
        elif not _same(value, part[key]):
            if not isinstance(value, dict) or not isinstance(part[key], dict):
                raise SpecError("request", "says something else than its fields")
            left[key] = _rest(value, part[key])
    return left


def _same(one: object, other: object) -> bool:
    """Equal, and of the same types all the way down: True is not 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one is other or bool(one == other)


def _algorithm(request: Request) -> Mapping[str, object]:
    member = dict(request["AlgorithmSpecification"])
    metrics = [_entry(entry, "Name", "Regex") for entry in member.pop("MetricDefinitions", ())]
    return {
        "algorithm": algorithm_from_request(member),
        "metrics": [MetricDefinition(name, regex) for name, regex in metrics],
    }


def _entry(entry: Request, *names: str) -> list[Any]:
    """The values of an entry that has just these members."""
    if set(entry) != set(names):
        raise SpecError("request", f"an entry needs {' and '.join(names)}")
    return [entry[name] for name in names]


def _output(request: Request) -> Mapping[str, object]:
    member = request["OutputDataConfig"]
    output = Output(
        s3_uri=member.get("S3OutputPath"),
        encryption_key=member.get("KmsKeyId"),
        compression=member.get("CompressionType"),
    )
    return {"output": output}


def _checkpoint(request: Request) -> Mapping[str, object]:
    member = request["CheckpointConfig"]
    return {"checkpoint": Checkpoint(s3_uri=member.get("S3Uri"), local_path=member.get("LocalPath"))}


def _channels(request: Request) -> Mapping[str, object]:
    return {"channels": [channel_from_request(entry) for entry in request["InputDataConfig"]]}


def _tags(request: Request) -> Mapping[str, object]:
    return {"tags": dict(_entry(tag, "Key", "Value") for tag in request["Tags"])}


def _value(name: str) -> Reader:
    """A member whose field has the same value."""
    return Reader((name,), lambda request: {fields_of(name): request[name]})


def _single(name: str, inner: str) -> Reader:
    """A structure of one member, which is the field's value."""
    return Reader((name,), lambda request: {fields_of(name): request[name].get(inner)})


def _shape(name: str, shape: str) -> Reader:
    return Reader((name,), lambda request: {fields_of(name): shape_type(shape).from_request(request[name])})


def _shapes(name: str, shape: str) -> Reader:
    def read(request: Request) -> Mapping[str, object]:
        return {fields_of(name): [shape_type(shape).from_request(entry) for entry in request[name]]}

    return Reader((name,), read)


_MAPS = ("HyperParameters", "Environment")
_SHAPES_OF_MEMBERS = {**SHAPE_FIELDS, **SHAPE_LISTS}


def _shape_readers() -> list[Reader]:
    readers = []
    for name in RENDERERS:
        field = fields_of(name)
        if field in SHAPE_FIELDS:
            readers.append(_shape(name, SHAPE_FIELDS[field]))
        elif field in SHAPE_LISTS:
            readers.append(_shapes(name, SHAPE_LISTS[field]))
    return readers


READERS = (
    *(_value(name) for name in ("TrainingJobName", "RoleArn", *_MAPS)),
    *(_value(name) for name in ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption")),
    Reader(("AlgorithmSpecification",), _algorithm),
    Reader(("InputDataConfig",), _channels),
    Reader(("OutputDataConfig",), _output),
    Reader(("ResourceConfig",), read_resources),
    Reader(("StoppingCondition", "EnableManagedSpotTraining"), read_stopping),
    Reader(("CheckpointConfig",), _checkpoint),
    Reader(("Tags",), _tags),
    _single("RetryStrategy", "MaximumRetryAttempts"),
    _single("RemoteDebugConfig", "EnableRemoteDebug"),
    _single("InfraCheckConfig", "EnableInfraCheck"),
    _single("SessionChainingConfig", "EnableSessionTagChaining"),
    *_shape_readers(),
)
"""Every member of CreateTrainingJob, once; those that only together say a field stand together."""
