"""The cuts hold what is called and reached from there, say where they come from, and name what they lost."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.exceptions import DataNotFoundError, EndpointVariantError
from botocore.regions import EndpointResolver
from service_model import drift, endpoints_file
from service_model.cut import CUTS, Cut
from service_model.source import Source, load_from, references

from .conftest import ROOT

MODELS = ROOT / "constructs_lib" / "runtime" / "model"
BY_SERVICE = {cut.service: cut for cut in CUTS}
EC2 = BY_SERVICE["ec2"]


def shipped(cut: Cut) -> dict[str, Any]:
    model: dict[str, Any] = json.loads((MODELS / cut.path).read_text("utf-8"))
    return model


def test_the_runtimes_calls_are_held() -> None:
    assert {name: set(cut.operations) for name, cut in BY_SERVICE.items()} == {
        "sagemaker": {
            "AddTags", "CreateTrainingJob", "DeleteTags", "DeleteTrainingJob", "DescribeTrainingJob",
            "ListTags", "ListTrainingJobs", "StopTrainingJob", "UpdateTrainingJob",
        },
        "kms": {"Decrypt", "Encrypt"},
        "stepfunctions": {"StartExecution"},
        "cloudformation": {"DescribeStacks"},
        "s3": {"CreateSession", "HeadBucket", "ListObjectsV2"},
        "logs": {"DescribeLogStreams", "GetLogEvents"},
        "ec2": {"DescribeNetworkInterfaces"},
    }  # fmt: skip


def test_nothing_else_is_shipped() -> None:
    files = {file.relative_to(MODELS).as_posix() for file in MODELS.rglob("*") if file.is_file()}
    assert files == {endpoints_file.NAME, *(cut.path for cut in CUTS)}


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.service)
def test_a_cut_is_closed_and_says_its_source(cut: Cut, source: Source) -> None:
    model = shipped(cut)
    own = source.of(cut.service, cut.api_version)

    assert set(model["operations"]) == set(cut.operations)
    assert set(references(model)) == set(model["shapes"])
    assert model["metadata"]["generatedFrom"] == f"botocore {botocore.__version__}"
    assert model["metadata"]["sourceSha256"] == own.digest
    assert own.model["metadata"].items() <= model["metadata"].items()
    assert model.get("clientContextParams", {}).keys() == own.model.get("clientContextParams", {}).keys()


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.service)
def test_a_cut_has_no_prose(cut: Cut) -> None:
    text = (MODELS / cut.path).read_text("utf-8")
    assert not re.search(r'"(documentation|documentationUrl|pattern)":"[^"]', text)


def test_digests_differ_by_service(source: Source) -> None:
    assert len({source.of(cut.service, cut.api_version).digest for cut in CUTS}) == len(CUTS)


def test_a_kept_member_that_is_gone_stops_the_generator(source: Source) -> None:
    broken = replace(EC2, members={"NetworkInterface": ("Status", "Gone")})
    with pytest.raises(SystemExit, match="NetworkInterface: has no Gone any more"):
        broken.render(source)


def test_a_required_member_is_kept(source: Source) -> None:
    broken = replace(BY_SERVICE["kms"], members={"EncryptRequest": ("KeyId",)})
    with pytest.raises(SystemExit, match="EncryptRequest: requires Plaintext; keep it"):
        broken.render(source)


def test_a_newer_api_version_stops_the_generator(tmp_path: Path, source: Source) -> None:
    """botocore's clients take the newest folder: they would pass over the cut of an older one."""
    for version in (EC2.api_version, "2030-01-01"):
        folder = tmp_path / "data" / "ec2" / version
        folder.mkdir(parents=True)
        (folder / "service-2.json").write_text("{}")

    with pytest.raises(SystemExit, match=r"ec2: botocore 9\.9\.9 takes API version 2030-01-01; cut that"):
        load_from(tmp_path, "9.9.9", "ec2", EC2.api_version)


def test_a_botocore_without_the_service_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(DataNotFoundError):
        load_from(tmp_path, "9.9.9", "ec2", EC2.api_version)


def test_drift_reads_every_service_and_says_where_it_cannot(tmp_path: Path, source: Source) -> None:
    for cut in CUTS[:2]:
        model = json.loads(json.dumps(source.of(cut.service, cut.api_version).model))
        if cut.service == "kms":
            model["shapes"]["PlaintextType"]["max"] = 8192
        (tmp_path / "data" / cut.path).parent.mkdir(parents=True)
        (tmp_path / "data" / cut.path).write_text(json.dumps(model))

    lines = list(drift.differences(source, load_from(tmp_path, "9.9.9")))

    assert lines[0] == "kms: PlaintextType.max: 4096 -> 8192"
    assert lines[1:] == [f"{cut.service}: Unable to load data for: {cut.service}" for cut in CUTS[2:]]


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.service)
def test_the_endpoints_are_botocores_for_every_region_and_variant(cut: Cut, source: Source) -> None:
    prefix = source.of(cut.service, cut.api_version).model["metadata"]["endpointPrefix"]
    whole = source.endpoints()
    ours = EndpointResolver(json.loads((MODELS / endpoints_file.NAME).read_text("utf-8")))
    theirs = EndpointResolver(whole)
    regions = [region for partition in whole["partitions"] for region in partition["regions"]]
    assert len(regions) > 30

    for region in [*regions, "eu-new-9", "moon-1"]:
        for variant in ({}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}):
            answer = answer_of(ours, prefix, region, variant)
            assert answer == answer_of(theirs, prefix, region, variant)


def answer_of(resolver: Any, prefix: str, region: str, variant: dict[str, bool]) -> object:
    try:
        return resolver.construct_endpoint(prefix, region, **variant)
    except EndpointVariantError as error:
        return str(error)
