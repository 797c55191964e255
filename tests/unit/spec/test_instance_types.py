"""What an instance type's family tells, for every type of the service's model."""

from __future__ import annotations

import pytest

from constructs_lib.service_model.create_training_job import SHAPES
from constructs_lib.spec.instance_types import (
    EBS_FAMILIES,
    NVME_FAMILIES,
    family,
    has_local_nvme_or_none,
    processor,
)

TYPES = SHAPES["TrainingInstanceType"]["enum"]
FAMILIES = sorted({name.split(".")[1] for name in TYPES})


def test_every_family_of_the_model_is_in_exactly_one_list() -> None:
    assert set(FAMILIES) == NVME_FAMILIES | EBS_FAMILIES
    assert not NVME_FAMILIES & EBS_FAMILIES


@pytest.mark.parametrize("name", FAMILIES)
def test_the_processor_of_every_family_of_the_model(name: str) -> None:
    expected = "neuron" if name.startswith("trn") else "gpu" if name[0] in "pg" else "cpu"
    assert processor(f"ml.{name}.xlarge") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ml.inf2.xlarge", "neuron"),
        ("ml.trn3.48xlarge", "neuron"),
        ("ml.p7.48xlarge", "gpu"),
        ("ml.gr6.4xlarge", "gpu"),
        ("ml.m9g.large", "cpu"),
        ("ml.dl1.24xlarge", None),
        ("ml.vt1.3xlarge", None),
        ("m5.large", None),
        ("${Token[TOKEN.1]}", None),
    ],
)
def test_the_processor_of_newer_families_and_of_none(name: str, expected: str | None) -> None:
    assert processor(name) == expected


def test_the_disks_of_a_newer_family_are_not_known() -> None:
    assert has_local_nvme_or_none("ml.g5.xlarge") is True
    assert has_local_nvme_or_none("ml.m5.xlarge") is False
    assert has_local_nvme_or_none("ml.m99.xlarge") is None
    assert family("ml.p6e-gb200.36xlarge") == "p6e-gb200"
    assert family("${Token[TOKEN.1]}") is None
