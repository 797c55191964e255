"""`shapes`: every nested member, typed and documented, to AWS's form and back."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.errors import SpecError
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.spec import shapes
from constructs_lib.spec.shape import Shape, members_of, snake_case

CLASSES: dict[str, type[Shape]] = {name: getattr(shapes, name) for name in shapes.__all__}
SLOW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=8),
    "integer": st.integers(),
    "long": st.integers(),
    "boolean": st.booleans(),
}


def tokens() -> list[object]:
    """A value that is not known yet, in each of its forms."""
    return [
        "{% $states.input.x %}",
        "{{resolve:ssm:/name}}",
        cdk.Token.as_string({"Ref": "X"}),
        cdk.Token.as_number({"Ref": "X"}),
        cdk.Token.as_list({"Ref": "X"}),
        cdk.Token.as_any({"Ref": "X"}),
    ]


def values(name: str) -> st.SearchStrategy[Any]:
    """What a shape takes in AWS's form, bounds aside, with an expression here and there."""
    shape = SHAPES[name]
    kind = shape["type"]
    if kind == "structure":
        members = {member: values(target) for member, target in shape["members"].items()}
        needed = {member: members[member] for member in shape["required"]}
        others = {member: strategy for member, strategy in members.items() if member not in needed}
        return st.fixed_dictionaries(needed, optional=others)
    if kind == "list":
        known: st.SearchStrategy[Any] = st.lists(values(shape["member"]), max_size=2)
    elif kind == "map":
        known = st.dictionaries(st.text(max_size=4), values(shape["value"]), max_size=2)
    else:
        known = SCALARS[kind]
    return known | st.just("{% $states.input.x %}")


def canonical(request: object) -> str:
    """A request as text: 1 == True, but not on the wire."""
    return json.dumps(request, sort_keys=True)


@pytest.mark.parametrize("name", sorted(CLASSES))
@SLOW
@given(data=st.data())
def test_every_shape_round_trips(name: str, data: st.DataObject) -> None:
    request = data.draw(values(name))

    value = CLASSES[name].from_request(request)
    again = CLASSES[name].from_request(value.to_request())

    assert value.to_request() == request
    assert canonical(value.to_request()) == canonical(request)
    assert again == value
    assert hash(again) == hash(value)


def test_there_is_a_class_for_every_structure_but_the_request() -> None:
    structures = {name for name, shape in SHAPES.items() if shape["type"] == "structure"}
    assert set(CLASSES) == structures - {ROOT}
    assert len(CLASSES) == 36
    assert sum(len(members_of(name)) for name in CLASSES) == 118


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_class_has_the_members_of_its_shape_and_documents_each(name: str) -> None:
    members = members_of(name)
    fields = {field.name: field for field in dataclasses.fields(CLASSES[name])}
    documented = re.findall(r"^    (\w+): \S", inspect.getdoc(CLASSES[name]) or "", re.MULTILINE)

    assert set(fields) == {member.python for member in members} == set(documented)
    assert len(documented) == len(members)
    assert len({member.python for member in members}) == len(members)
    for member in members:
        required = fields[member.python].default is dataclasses.MISSING
        assert required == member.required == (member.aws in SHAPES[name]["required"])


@pytest.mark.parametrize(
    ("aws", "python"),
    [
        ("VolumeSizeInGB", "volume_size_in_gb"),
        ("S3Uri", "s3_uri"),
        ("S3OutputPath", "s3_output_path"),
        ("KmsKeyId", "kms_key_id"),
        ("KMSKeyId", "kms_key_id"),
        ("MlflowResourceArn", "mlflow_resource_arn"),
        ("EnableSageMakerMetricsTimeSeries", "enable_sage_maker_metrics_time_series"),
        ("Key", "key"),
        ("UltraServerId", "ultra_server_id"),
    ],
)
def test_members_have_names_of_python(aws: str, python: str) -> None:
    assert snake_case(aws) == python


def test_a_value_is_written_in_awss_words_and_order() -> None:
    value = shapes.DebugHookConfig(
        s3_output_path="s3://b/t",
        hook_parameters={"save_interval": "10"},
        collection_configurations=[
            shapes.CollectionConfiguration(collection_name="losses"),
            shapes.CollectionConfiguration(),
        ],
    )

    assert value.to_request() == {
        "S3OutputPath": "s3://b/t",
        "HookParameters": {"save_interval": "10"},
        "CollectionConfigurations": [{"CollectionName": "losses"}, {}],
    }
    assert repr(value) == (
        "DebugHookConfig(s3_output_path='s3://b/t', hook_parameters={'save_interval': '10'}, "
        "collection_configurations=(CollectionConfiguration(collection_name='losses'), "
        "CollectionConfiguration()))"
    )


def test_empty_lists_and_maps_are_kept() -> None:
    request = {"S3OutputPath": "", "HookParameters": {}, "CollectionConfigurations": []}
    assert shapes.DebugHookConfig.from_request(request).to_request() == request


def test_bounds_and_enums_are_the_rules_to_check() -> None:
    value = shapes.InstanceGroup(instance_type="no such type", instance_count=-1, instance_group_name="")
    assert value.to_request()["InstanceCount"] == -1


def test_lists_and_maps_are_copied_and_the_value_is_frozen() -> None:
    subnets, parameters = ["a"], {"k": "v"}
    vpc = shapes.VpcConfig(security_group_ids=("g",), subnets=subnets)
    hook = shapes.DebugHookConfig(s3_output_path="s3://b", hook_parameters=parameters)
    subnets.append("b")
    parameters["k"] = "w"

    assert vpc.subnets == ("a",)
    assert hook.hook_parameters == {"k": "v"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        vpc.subnets = ["c"]  # type: ignore[misc]
    with pytest.raises(TypeError):
        hook.hook_parameters["k"] = "w"  # type: ignore[index]
    vpc.to_request()["Subnets"].append("b")  # type: ignore[attr-defined]
    assert vpc.to_request()["Subnets"] == ["a"]


def test_values_are_equal_by_what_they_hold_and_can_be_keys() -> None:
    one, same = shapes.Tag(key="a", value="b"), shapes.Tag(key="a", value="b")
    assert one == same
    assert len({one, same, shapes.Tag(key="a", value="c")}) == 2
    assert dataclasses.replace(one, value="c") == shapes.Tag(key="a", value="c")


Make = Callable[[], object]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: shapes.Tag(key=1, value="v"), "Tag.key: must be a str, got int; "),  # type: ignore[arg-type]
        (lambda: shapes.Tag(key=None, value=""), "Tag.key: must be a str, got NoneType"),  # type: ignore[arg-type]
        (lambda: shapes.Tag(key=b"k", value="v"), "Tag.key: must be a str, got bytes; "),  # type: ignore[arg-type]
        (lambda: shapes.ShuffleConfig(seed=True), "ShuffleConfig.seed: must be an int, got bool; "),
        (lambda: shapes.ShuffleConfig(seed=1.0), "ShuffleConfig.seed: must be an int, got float; "),
        (lambda: shapes.ShuffleConfig(seed="1"), "ShuffleConfig.seed: must be an int, got str; "),
        (
            lambda: shapes.ModelAccessConfig(accept_eula=1),  # type: ignore[arg-type]
            "ModelAccessConfig.accept_eula: must be a bool, got int; ",
        ),
        (
            lambda: shapes.VpcConfig(security_group_ids="sg-1", subnets=[]),
            "VpcConfig.security_group_ids: must be a list, got str; put the values into a list",
        ),
        (
            lambda: shapes.VpcConfig(security_group_ids=[], subnets=["s", 2]),  # type: ignore[list-item]
            "VpcConfig.subnets[1]: must be a str, got int; ",
        ),
        (
            lambda: shapes.VpcConfig(security_group_ids=[], subnets={"s"}),  # type: ignore[arg-type]
            "VpcConfig.subnets: must be a list, got set; ",
        ),
        (
            lambda: shapes.DataSource(s3_data_source={"S3Uri": "s3://b"}),  # type: ignore[arg-type]
            "DataSource.s3_data_source: must be a shapes.S3DataSource, got dict; make it with shapes.S3Data",
        ),
        (
            lambda: shapes.AlgorithmSpecification(
                training_input_mode="File",
                metric_definitions=[shapes.Tag(key="k", value="v")],  # type: ignore[arg-type]
            ),
            "AlgorithmSpecification.metric_definitions[0]: must be a shapes.MetricDefinition, got Tag; ",
        ),
        (
            lambda: shapes.DebugHookConfig(s3_output_path="s", hook_parameters=["k"]),  # type: ignore[arg-type]
            "DebugHookConfig.hook_parameters: must be a mapping, got list; ",
        ),
        (
            lambda: shapes.DebugHookConfig(s3_output_path="s", hook_parameters={"k": 1}),  # type: ignore[dict-item]
            "DebugHookConfig.hook_parameters['k']: must be a str, got int; ",
        ),
        (
            lambda: shapes.DebugHookConfig(s3_output_path="s", hook_parameters={1: "v"}),  # type: ignore[dict-item]
            "DebugHookConfig.hook_parameters: keys must be str, got int; ",
        ),
    ],
)
def test_a_wrong_type_is_refused_at_once_by_name(make: Make, message: str) -> None:
    with pytest.raises(SpecError) as refused:
        make()
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("shape", "request_", "message"),
    [
        ("Tag", {"Key": "k"}, "Tag.value: is required; give Value"),
        ("Tag", {"Key": "k", "Value": None}, "Tag.value: must not be None; leave the member out"),
        ("Tag", {"key": "k", "Value": "v"}, "Tag.key: Tag has no such member; did you mean Key?"),
        ("Tag", {"Zzz": 1}, "Tag.Zzz: Tag has no such member; its members are Key, Value"),
        ("Tag", [], "Tag: must be a mapping, got list; pass a dict"),
        ("Tag", {1: 2}, "Tag: keys must be str, got int; write every key as text"),
        ("Tag", {"Key": 1, "Value": "v"}, "Tag.key: must be a str, got int; "),
        (
            "DataSource",
            {"S3DataSource": "s3://b"},
            "DataSource.s3_data_source: must be a shapes.S3DataSource, got str",
        ),
        ("DataSource", {"S3DataSource": {"Uri": 1}}, "S3DataSource.Uri: S3DataSource has no such member; "),
        (
            "ResourceConfig",
            {"InstanceGroups": {}},
            "ResourceConfig.instance_groups: must be a list, got dict; ",
        ),
        (
            "ResourceConfig",
            {"InstanceGroups": [7]},
            "ResourceConfig.instance_groups[0]: must be a shapes.InstanceGroup, got int; ",
        ),
    ],
)
def test_what_is_not_awss_form_is_refused_by_name(shape: str, request_: Any, message: str) -> None:
    with pytest.raises(SpecError) as refused:
        CLASSES[shape].from_request(request_)
    assert str(refused.value).startswith(message)


def test_no_message_shows_a_value() -> None:
    with pytest.raises(SpecError) as refused:
        shapes.DebugHookConfig.from_request({"S3OutputPath": ["hunter2"]})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_token_passes_wherever_a_value_may_stand(name: str, index: int) -> None:
    token = tokens()[index]
    request = {member.aws: token for member in members_of(name)}

    value = CLASSES[name].from_request(request)

    assert value.to_request() == request
    assert CLASSES[name](**{member.python: token for member in members_of(name)}) == value


def test_a_token_passes_as_an_item_and_as_an_entry() -> None:
    token = cdk.Token.as_any({"Ref": "X"})
    vpc = shapes.VpcConfig(security_group_ids=["g", token], subnets=[])  # type: ignore[list-item]
    hook = shapes.DebugHookConfig(s3_output_path="s3://b", hook_parameters={"k": token})
    config = {"InstanceGroups": [token]}

    assert vpc.to_request()["SecurityGroupIds"] == ["g", token]
    assert hook.to_request()["HookParameters"] == {"k": token}
    assert shapes.ResourceConfig.from_request(config).to_request() == config


def test_a_token_for_a_whole_list_is_copied_too() -> None:
    token = cdk.Token.as_list({"Ref": "X"})
    vpc = shapes.VpcConfig(security_group_ids=[], subnets=token)
    written = list(token)
    token.append("more")

    assert vpc.to_request()["Subnets"] == written
    assert hash(vpc) == hash(shapes.VpcConfig(security_group_ids=[], subnets=written))


def test_a_class_of_a_users_own_stands_for_its_shape() -> None:
    class Label(shapes.Tag):
        """A tag with a name of its own."""

    assert Label(key="k", value="v").to_request() == {"Key": "k", "Value": "v"}
    assert type(shapes.Tag.from_request({"Key": "k", "Value": "v"})) is shapes.Tag
    assert Shape._classes["Tag"] is shapes.Tag


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(CLASSES)), JSON)
def test_any_json_is_read_or_refused(name: str, value: Any) -> None:
    members = {member.aws for member in members_of(name)}
    given_members = dict(zip(sorted(members), [value] * 3, strict=False))
    for request in (value, given_members):
        try:
            read = CLASSES[name].from_request(request)
        except SpecError:
            continue
        assert read.to_request() == request
