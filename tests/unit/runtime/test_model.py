"""The shipped cuts of botocore's models speak as the whole models do, byte for byte and answer for answer."""

from __future__ import annotations

import base64
import datetime
import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import JSONFileLoader
from botocore.model import Shape

from constructs_lib.runtime.scalars import MODEL_FOLDER

REGIONS = ("eu-west-1", "us-gov-west-1", "cn-north-1")
WHEN = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
# What differs between any two calls; of the signature, its scope and the names of the headers stay.
VOLATILE = ("x-amz-date", "amz-sdk-invocation-id")
OPERATIONS = [
    (path.parent.parent.name, operation)
    for path in sorted(MODEL_FOLDER.rglob("service-2.json"))
    for operation in json.loads(path.read_text())["operations"]
]
Json = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]


@functools.cache
def session(data_path: str | None) -> Any:
    made = botocore.session.Session()
    made.set_config_variable("data_path", data_path)
    made.set_credentials("AKIDEXAMPLE", "secret", "token")
    return made


class Wire:
    """A client, what it sent, and what it is answered; nothing leaves the process."""

    def __init__(self, service: str, whole: bool, region: str = REGIONS[0]) -> None:
        self.sent: list[tuple[object, ...]] = []
        self.responses: list[Response] = []
        config = Config(retries={"mode": "standard", "total_max_attempts": 1})
        owner = session(None if whole else str(MODEL_FOLDER))
        self.client = owner.create_client(service, region_name=region, config=config)
        assert ("generatedFrom" in self.client.meta.service_model.metadata) != whole
        self.client.meta.events.register("before-send", self._answer)

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        headers = {k.lower(): v.decode() if isinstance(v, bytes) else v for k, v in request.headers.items()}
        headers["authorization"] = headers["authorization"].split("Signature=")[0]
        kept = {name: value for name, value in headers.items() if name not in VOLATILE}
        self.sent.append((request.method, request.url, kept, request.body))
        status, answered, body = self.responses.pop(0)

        class Raw:
            def stream(self, **_: Any) -> list[bytes]:
                return [body]

        return AWSResponse(request.url, status, answered, Raw())

    def call(self, operation: str, arguments: Json, *responses: Response) -> Any:
        """The answer of one call, or the error it ended in."""
        self.responses = list(responses)
        method = getattr(self.client, botocore.xform_name(operation))
        try:
            answer = method(**arguments)
        except ClientError as error:
            answer = (type(error).__name__, str(error), error.response)
        assert self.responses == []
        return answer


def both(
    service: str, operation: str, arguments: Json, *responses: Response, region: str = REGIONS[0]
) -> tuple[Any, Any]:
    """The answers of the cut's client and of the whole model's, which have sent the same."""
    cut, whole = Wire(service, whole=False, region=region), Wire(service, whole=True, region=region)
    answers = (cut.call(operation, arguments, *responses), whole.call(operation, arguments, *responses))
    assert len(cut.sent) == len(responses)
    assert cut.sent == whole.sent
    return answers


def sample(shape: Any, path: tuple[str, ...] = ()) -> Any:
    """A value with every member of a shape in it, or one of a union's."""
    if shape.type_name == "structure":
        members = {name: one for name, one in shape.members.items() if path.count(one.name) == 0}
        if shape.is_tagged_union:
            members = dict(list(members.items())[:1])
        return {name: sample(one, (*path, shape.name)) for name, one in members.items()}
    if shape.type_name == "list":
        return [sample(shape.member, path)] * max(2, shape.metadata.get("min", 0))
    if shape.type_name == "map":
        return {sample(shape.key, path): sample(shape.value, path)}
    if shape.type_name == "string":
        least = shape.metadata.get("min", 0)
        return shape.enum[0] if shape.enum else "<ä & b> /x".ljust(least, "y")
    numbers = dict.fromkeys(("integer", "long", "float", "double"), max(7, shape.metadata.get("min", 0)))
    scalars = {"boolean": True, "timestamp": WHEN, "blob": b"\x00\xff", **numbers}
    return scalars[shape.type_name]


def arguments_of(service: str, operation: str, region: str = REGIONS[0]) -> Json:
    shape = Wire(service, whole=True, region=region).client.meta.service_model.operation_model(operation)
    arguments: Json = sample(shape.input_shape)
    return arguments | ({"Bucket": "my-bucket"} if service == "s3" else {})


def as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.timestamp() if isinstance(value, datetime.datetime) else value


def as_xml(shape: Any, value: Any, tag: str) -> str:
    """The value in the three protocols' XML, which differ only in the names the model has for them."""
    if shape.type_name == "list":
        inner = shape.member.serialization.get("name", "member")
        if shape.serialization.get("flattened"):
            return "".join(as_xml(shape.member, item, tag) for item in value)
        return f"<{tag}>{''.join(as_xml(shape.member, item, inner) for item in value)}</{tag}>"
    if shape.type_name == "structure":
        parts = [
            as_xml(one, value[name], one.serialization.get("name", name))
            for name, one in shape.members.items()
            if name in value and "location" not in one.serialization
        ]
        return f"<{tag}>{''.join(parts)}</{tag}>"
    if isinstance(value, bool):
        return f"<{tag}>{str(value).lower()}</{tag}>"
    text = value.isoformat() if isinstance(value, datetime.datetime) else str(value)
    return f"<{tag}>{escape(text)}</{tag}>"


def response_of(service: str, operation: str) -> Response:
    """An answer with every member that the whole model knows."""
    model = Wire(service, whole=True).client.meta.service_model
    shape = model.operation_model(operation).output_shape
    value = sample(shape) if shape else {}
    if model.metadata["protocol"] == "json":
        return 200, {"x-amzn-requestid": "r"}, json.dumps(as_json(value)).encode()
    headers = {
        one.serialization["name"]: "true" if one.type_name == "boolean" else "seven"
        for one in shape.members.values()
        if one.serialization.get("location") == "header"
    }
    text = as_xml(shape, value, shape.name)
    if "resultWrapper" in shape.serialization:
        text = as_xml(shape, value, shape.serialization["resultWrapper"])
        text = f"<R>{text}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></R>"
    return 200, headers, text.encode()


def restricted(value: Any, shape: Shape | None) -> Any:
    """What a parser that knows a shape takes of a value."""
    if isinstance(value, dict) and shape is not None and shape.type_name == "structure":
        known = {name: restricted(item, shape.members.get(name)) for name, item in value.items()}
        return {name: known[name] for name in known if name in {*shape.members, "ResponseMetadata"}}
    if isinstance(value, list) and shape is not None:
        return [restricted(item, shape.member) for item in value]
    return value


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_DATA_PATH", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


def test_every_service_of_the_runtime_is_compared() -> None:
    assert len(OPERATIONS) == 19
    assert len({service for service, _ in OPERATIONS}) == 7


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_a_full_request_is_sent_and_its_answer_read_as_by_the_whole_model(
    service: str, operation: str
) -> None:
    cut, whole = both(service, operation, arguments_of(service, operation), response_of(service, operation))

    model = Wire(service, whole=False).client.meta.service_model
    expected = restricted(whole, model.operation_model(operation).output_shape)
    assert cut == expected
    assert service == "ec2" or cut == whole
    assert not isinstance(cut, tuple)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
@pytest.mark.parametrize("region", REGIONS[1:])
def test_other_partitions_have_the_same_endpoints(service: str, operation: str, region: str) -> None:
    arguments = arguments_of(service, operation, region)

    both(service, operation, arguments, response_of(service, operation), region=region)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_an_error_is_read_as_by_the_whole_model(service: str, operation: str) -> None:
    listed = Wire(service, whole=True).client.meta.service_model.operation_model(operation).error_shapes
    for code in ["AccessDenied", "ThrottlingException", *(shape.name for shape in listed)]:
        body = json.dumps({"__type": code, "message": "why"})
        if service == "ec2":
            body = f"<R><Errors><Error><Code>{code}</Code><Message>why</Message></Error></Errors></R>"
        elif service in ("s3", "cloudformation"):
            error = f"<Error><Code>{code}</Code><Message>why</Message></Error>"
            body = error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"

        cut, whole = both(service, operation, arguments_of(service, operation), (400, {}, body.encode()))

        # The class of an error that the operation does not list is ClientError; nothing here asks for it.
        assert cut[1:] == whole[1:]
        assert cut[0] == whole[0] or code in ("AccessDenied", "ThrottlingException")
        assert code in cut[1] or operation == "HeadBucket"


@pytest.mark.parametrize(
    "bucket",
    ["my-bucket", "my.dotted.bucket", "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine"],
)
def test_buckets_of_every_kind_have_the_same_address(bucket: str) -> None:
    listed = b"<Contents><Key>a%20b</Key></Contents><EncodingType>url</EncodingType>"
    body = b"<ListBucketResult>" + listed + b"</ListBucketResult>"

    cut, whole = both("s3", "ListObjectsV2", {"Bucket": bucket, "Prefix": "a b/ä"}, (200, {}, body))

    assert cut == whole
    assert cut["Contents"] == [{"Key": "a b"}]


def test_a_directory_bucket_is_read_through_a_session() -> None:
    credentials = "".join(
        f"<{name}>{value}</{name}>"
        for name, value in (
            ("SessionToken", "t"), ("SecretAccessKey", "s"), ("AccessKeyId", "a"),
            ("Expiration", "2099-01-01T00:00:00Z"),
        )
    )  # fmt: skip
    made = f"<CreateSessionResult><Credentials>{credentials}</Credentials></CreateSessionResult>".encode()
    wires = [Wire("s3", whole=False), Wire("s3", whole=True)]

    for wire in wires:
        wire.call(
            "ListObjectsV2",
            {"Bucket": "mine--euw1-az1--x-s3", "Prefix": "out/"},
            (200, {}, made),
            (200, {}, b"<ListBucketResult/>"),
        )

    assert wires[0].sent == wires[1].sent
    assert str(wires[0].sent[0][1]).endswith("?session")


def test_a_bucket_elsewhere_is_found_by_asking_for_its_region() -> None:
    moved = b"<Error><Code>PermanentRedirect</Code><Message>there</Message></Error>"

    cut, whole = both(
        "s3",
        "ListObjectsV2",
        {"Bucket": "my-bucket"},
        (301, {}, moved),
        (200, {"x-amz-bucket-region": "us-west-2"}, b""),
        (200, {}, b"<ListBucketResult><KeyCount>1</KeyCount></ListBucketResult>"),
    )

    assert cut == whole
    assert cut["KeyCount"] == 1


@pytest.mark.parametrize(
    ("operation", "arguments", "token", "key"),
    [
        ("sagemaker.ListTags", {"ResourceArn": "arn"}, "NextToken", "Tags"),
        ("sagemaker.ListTrainingJobs", {"StatusEquals": "InProgress"}, "NextToken", "TrainingJobSummaries"),
        ("logs.DescribeLogStreams", {"logGroupName": "group"}, "nextToken", "logStreams"),
    ],
)
def test_pages_are_turned_by_botocores_own_paginators(
    operation: str, arguments: Json, token: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, name = operation.split(".")
    opened: list[str] = []
    load_file: Callable[..., Any] = JSONFileLoader.load_file

    def spy(self: Any, path: str) -> Any:
        found = load_file(self, path)
        opened.extend([path] if found is not None else [])
        return found

    monkeypatch.setattr(JSONFileLoader, "load_file", spy)
    session.cache_clear()
    wire = Wire(service, whole=False)
    wire.responses = [
        (200, {}, json.dumps({key: [{"Key": "a", "Value": "1"}], token: "next"}).encode()),
        (200, {}, json.dumps({key: [{"Key": "b", "Value": "2"}]}).encode()),
    ]

    pages = list(wire.client.get_paginator(botocore.xform_name(name)).paginate(**arguments))

    assert [len(page[key]) for page in pages] == [1, 1]
    assert (
        json.loads(str(wire.sent[1][3], "utf-8") if isinstance(wire.sent[1][3], bytes) else "")[token]
        == "next"
    )
    bundled = Path(botocore.__file__).parent
    by_type = {Path(path).name: Path(path) for path in opened if f"/{service}/" in path}
    assert by_type["service-2"].is_relative_to(MODEL_FOLDER)
    assert by_type["paginators-1"].is_relative_to(bundled)
    assert by_type["endpoint-rule-set-1"].is_relative_to(bundled)
