"""Rules about which instance groups a channel's data goes to."""

from __future__ import annotations

from typing import Any

from tests.unit.rules.requests import TOKEN, found
from tests.unit.rules.test_channels import EFS, channel, channels, in_s3


def groups(*names: Any) -> dict[str, Any]:
    entries = [
        {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "InstanceGroupName": name} for name in names
    ]
    return {"ResourceConfig": {"InstanceType": None, "InstanceCount": None, "InstanceGroups": entries}}


def to(name: str, *names: Any) -> dict[str, Any]:
    return channel(name, in_s3(InstanceGroupNames=list(names)) if names else None)


CPU_GPU = groups("cpu", "gpu")
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "instance-group-names-known": (
        {**CPU_GPU, **channels(to("train", "cpu"))},
        {**CPU_GPU, **channels(to("train", "tpu"))},
    ),
    "instance-group-names-all-or-none": (
        {**CPU_GPU, **channels(to("a", "cpu"), to("b", "gpu"))},
        {**CPU_GPU, **channels(to("a", "cpu"), to("b"))},
    ),
}


def known(resources: dict[str, Any], *given: Any) -> list[tuple[str, str, str]]:
    return found("instance-group-names-known", {**resources, **channels(*given)})


def test_a_group_has_to_be_there() -> None:
    assert known(CPU_GPU, to("a", "cpu"), to("b", "gpu", "tpu")) == [
        (
            "error",
            "InputDataConfig[1].DataSource.S3DataSource.InstanceGroupNames[1]",
            "'tpu' is no instance group of ResourceConfig, which has 'cpu', 'gpu'",
        )
    ]
    assert len(known(CPU_GPU, to("a", "CPU"))) == 1


def test_a_job_without_groups_has_none_to_name() -> None:
    [(_, _, message)] = known({}, to("a", "cpu"))
    assert message == "'cpu' is no instance group of ResourceConfig, which has no InstanceGroups"
    assert len(known({"ResourceConfig": {"InstanceGroups": []}}, to("a", "cpu"))) == 1


def test_groups_that_are_not_known() -> None:
    assert known(groups("cpu", TOKEN), to("a", "tpu")) == []
    assert known({"ResourceConfig": TOKEN}, to("a", "tpu")) == []
    assert known({"ResourceConfig": {"InstanceGroups": TOKEN}}, to("a", "tpu")) == []
    assert known({"ResourceConfig": {"InstanceGroups": [TOKEN]}}, to("a", "tpu")) == []


def test_an_unknown_name_hides_no_other() -> None:
    vague = channel("v", in_s3(InstanceGroupNames=TOKEN))
    unknown = channel("u", {"S3DataSource": TOKEN})
    paths = [path for _, path, _ in known(CPU_GPU, TOKEN, unknown, vague, to("a", TOKEN, "tpu"))]
    assert paths == ["InputDataConfig[3].DataSource.S3DataSource.InstanceGroupNames[1]"]


def all_or_none(*given: Any) -> list[tuple[str, str, str]]:
    return found("instance-group-names-all-or-none", {**CPU_GPU, **channels(*given)})


def test_all_channels_name_groups_or_none_does() -> None:
    assert all_or_none(to("a"), to("b", "cpu"), to("c", "gpu")) == [
        (
            "error",
            "InputDataConfig[0].DataSource.S3DataSource.InstanceGroupNames",
            "is required here too: InputDataConfig[1] has it, and either all channels name instance groups "
            "or none "
            "does",
        )
    ]
    assert all_or_none(to("a"), to("b")) == []


def test_a_name_that_is_not_known_is_there_all_the_same() -> None:
    vague = channel("v", in_s3(InstanceGroupNames=TOKEN))
    assert len(all_or_none(to("a", TOKEN), to("b"))) == 1
    assert len(all_or_none(vague, to("b"))) == 1
    assert all_or_none(vague, to("b", "cpu")) == []


def test_channels_that_cannot_name_groups_do_not_count() -> None:
    others = (TOKEN, channel("t", TOKEN), channel("u", {"S3DataSource": TOKEN}))
    assert all_or_none(to("a", "cpu"), channel("e", {"FileSystemDataSource": EFS}), *others) == []
    empty = channel("b", in_s3(InstanceGroupNames=[]))
    assert len(all_or_none(to("a", "cpu"), empty)) == 1


def test_of_many_groups_the_first_are_named() -> None:
    many = groups(*map(str, range(20)))

    (_, _, message), *others = known(many, to("a", *(f"x{number}" for number in range(500))))

    assert message.endswith(
        "which has '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11' and 8 more"
    )
    assert len(others) == 499
