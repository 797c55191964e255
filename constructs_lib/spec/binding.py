"""What a construct knows about a job and its spec does not: the other half of a rendered request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from constructs_lib.spec.image_refs import Image, ImageUri
from constructs_lib.spec.locations import key_id

if TYPE_CHECKING:
    from constructs_lib.spec.channels import LocalFile
    from constructs_lib.spec.job import TrainingJobSpec
    from constructs_lib.spec.output import Output
    from constructs_lib.spec.script import SourceFolder
    from constructs_lib.spec.spot import Checkpoint

__all__ = ["UNBOUND", "Binding", "Unbound"]


class Binding(Protocol):
    """The answers that `render_request` asks a construct for; None always means: leave the member out."""

    def image_uri(self, image: Image) -> str | None:
        """The uri of the image; a `FrameworkImage` comes with its processor filled in from the spec."""

    def source_uri(self, source: SourceFolder) -> str | None:
        """The ``s3://`` uri of the packed folder."""

    def asset_uri(self, asset: LocalFile) -> str | None:
        """The ``s3://`` uri of an uploaded file; None leaves the whole channel out."""

    def region(self) -> str | None:
        """The region that the job runs in; asked for script images only."""

    def training_job_name(self) -> str | None:
        """The job's name, for a spec that has none."""

    def role_arn(self) -> str | None:
        """The ARN of the execution role, for a spec that has none."""

    def output_path(self, output: Output) -> str | None:
        """The ``s3://`` uri for model artifacts; ``output`` is ``Output()`` when the spec has none."""

    def output_key_id(self, output: Output) -> str | None:
        """The KMS key for model artifacts; ``output`` is ``Output()`` when the spec has none."""

    def volume_key_id(self, spec: TrainingJobSpec) -> str | None:
        """The KMS key for the training volume."""

    def volume_size_gib(self, spec: TrainingJobSpec) -> int | None:
        """The size in GiB of the training volume of a spec that has none."""

    def vpc_config(self) -> Mapping[str, object] | None:
        """``SecurityGroupIds`` and ``Subnets``, in AWS form, for a spec that has no network."""

    def checkpoint_uri(self, checkpoint: Checkpoint) -> str | None:
        """The ``s3://`` uri for checkpoints; None leaves the whole checkpoint configuration out."""

    def tags(self) -> Mapping[str, str]:
        """Tags of the construct's; the spec's win over those of the same key."""

    def max_runtime_seconds(self) -> int | float | None:
        """The max runtime of a spec that has none."""

    def inter_container_encryption(self) -> bool | None:
        """Whether traffic between instances is encrypted, for a spec that does not say."""


class Unbound:
    """A binding that knows what the spec itself says; constructs derive theirs from it."""

    # ruff: noqa: ARG002 (what is asked about is part of the protocol, also where it does not matter)

    def image_uri(self, image: Image) -> str | None:
        """The uri of an image that is known by its uri."""
        return image.uri if isinstance(image, ImageUri) else None

    def source_uri(self, source: SourceFolder) -> str | None:
        """None: the folder is not uploaded."""
        return None

    def asset_uri(self, asset: LocalFile) -> str | None:
        """None: the file is not uploaded."""
        return None

    def region(self) -> str | None:
        """None: not known."""
        return None

    def training_job_name(self) -> str | None:
        """None: not known."""
        return None

    def role_arn(self) -> str | None:
        """None: not known."""
        return None

    def output_path(self, output: Output) -> str | None:
        """The place that the output names."""
        return output.location()

    def output_key_id(self, output: Output) -> str | None:
        """The key that the output names."""
        return None if output.encryption_key is None else key_id(output.encryption_key)

    def volume_key_id(self, spec: TrainingJobSpec) -> str | None:
        """The key that the spec names."""
        return None if spec.volume_encryption_key is None else key_id(spec.volume_encryption_key)

    def volume_size_gib(self, spec: TrainingJobSpec) -> int | None:
        """None: the construct's to choose."""
        return None

    def vpc_config(self) -> Mapping[str, object] | None:
        """None: not known."""
        return None

    def checkpoint_uri(self, checkpoint: Checkpoint) -> str | None:
        """The place that the checkpoint names."""
        return checkpoint.location()

    def tags(self) -> Mapping[str, str]:
        """No tags besides the spec's."""
        return {}

    def max_runtime_seconds(self) -> int | float | None:
        """None: AWS's own default."""
        return None

    def inter_container_encryption(self) -> bool | None:
        """None: AWS's own default."""
        return None


UNBOUND = Unbound()
"""The binding of a spec that no construct has taken yet."""
