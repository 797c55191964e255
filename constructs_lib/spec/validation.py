"""The findings about a spec that no construct has taken yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from constructs_lib.errors import SpecError
from constructs_lib.spec.algorithm import SCRIPT_FINDINGS
from constructs_lib.spec.binding import Unbound
from constructs_lib.spec.frozen import thaw
from constructs_lib.spec.image_refs import FrameworkImage, Image
from constructs_lib.spec.render import in_order, render_fields
from constructs_lib.spec.resources import default_volume, may_use_several_instances

if TYPE_CHECKING:
    from constructs_lib.rules import Finding
    from constructs_lib.spec.channels import LocalFile
    from constructs_lib.spec.job import TrainingJobSpec
    from constructs_lib.spec.output import Output
    from constructs_lib.spec.script import SourceFolder
    from constructs_lib.spec.spot import Checkpoint

__all__ = ["findings_of"]

_LATER = "${Token[ConstructsLib.Later.0]}"
"""What a construct will say: there, and not known; the form of a CDK token, which rules pass over."""


class _Validated(Unbound):
    """Stands for the construct that will take the spec: every answer is there, and most are not known."""

    # ruff: noqa: ARG002 (as the protocol has them)

    def __init__(self, spec: TrainingJobSpec, region: str | None) -> None:
        self._spec = spec
        self._region = region

    def image_uri(self, image: Image) -> str | None:
        known = super().image_uri(image)
        if known is None and isinstance(image, FrameworkImage):
            return _framework_uri(image, self._region)
        return known or _LATER

    def source_uri(self, source: SourceFolder) -> str:
        return _LATER

    def asset_uri(self, asset: LocalFile) -> str:
        return _LATER

    def region(self) -> str:
        return self._region or _LATER

    def training_job_name(self) -> str:
        return _LATER

    def role_arn(self) -> str:
        return _LATER

    def output_path(self, output: Output) -> str:
        return output.location() or _LATER

    def output_key_id(self, output: Output) -> str:
        return super().output_key_id(output) or _LATER

    def volume_size_gib(self, spec: TrainingJobSpec) -> int | None:
        return default_volume(spec)

    def vpc_config(self) -> Mapping[str, object]:
        return _LATER  # type: ignore[return-value]

    def checkpoint_uri(self, checkpoint: Checkpoint) -> str:
        return checkpoint.location() or _LATER

    def inter_container_encryption(self) -> bool | None:
        return True if may_use_several_instances(self._spec) else None


def findings_of(spec: TrainingJobSpec, region: str | None) -> list[Finding]:
    """What `TrainingJobSpec.validate` returns.

    Members that a construct fills count as there and unknown, so rules about them find nothing.
    """
    from constructs_lib.rules import validate_request

    rendered = render_fields(spec, _Validated(spec, region))
    request = in_order(_written_over(rendered, cast("dict[str, object]", thaw(spec.overrides))))
    found = validate_request(request, region=region)
    if spec.algorithm is None or spec.algorithm.source is None:
        return found
    return [item for item in found if (item.rule, item.path) not in SCRIPT_FINDINGS]


def _written_over(base: Mapping[str, object], raw: Mapping[str, object]) -> dict[str, object]:
    """The request with raw members in it, also where a construct would fill: only what is said is judged."""
    merged = dict(base)
    for key, value in raw.items():
        present = merged.get(key)
        both = isinstance(present, Mapping) and isinstance(value, Mapping)
        merged[key] = _written_over(present, value) if both else value  # type: ignore[arg-type]
    return merged


def _framework_uri(image: FrameworkImage, region: str | None) -> str:
    """An address of the image, for rules that ask whose it is; the region does not matter where unknown."""
    try:
        place = region if region is not None and region in image.accounts else next(iter(image.accounts))
        return f"{image.account(place)}.dkr.ecr.{place}.amazonaws.com/{image.repository_name}:{image.tag}"
    except SpecError:  # which one it is depends on what is not known yet
        return _LATER
