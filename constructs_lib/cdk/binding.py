"""What a construct adds to a spec: role, network, keys, places, image addresses and uploads."""

from __future__ import annotations

from collections.abc import Mapping

from constructs import Construct

from constructs_lib.cdk.assets import file_uri, image_asset_uri, source_uri
from constructs_lib.cdk.images import image_uri
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.whereabouts import stack_of
from constructs_lib.errors import SpecError
from constructs_lib.runtime.content import PLACEHOLDER
from constructs_lib.spec import (
    Checkpoint,
    Image,
    LocalFile,
    Output,
    SourceFolder,
    TrainingJobSpec,
    Unbound,
)
from constructs_lib.spec.image_refs import ImageFolder
from constructs_lib.spec.instance_types import has_local_nvme
from constructs_lib.spec.resources import default_volume, instance_types, may_use_several_instances


class PlatformBinding(Unbound):
    """Binds a spec to a platform, in a scope that its uploads belong to.

    Uploads are made once however often the spec is rendered.
    """

    def __init__(
        self,
        scope: Construct,
        spec: TrainingJobSpec,
        platform: TrainingPlatform,
        *,
        checkpoint_folder: str = "shared",
        max_runtime_seconds: int | None = None,
    ) -> None:
        self._scope = scope
        self._spec = spec
        self._platform = platform
        self._role_arn: str | None = None
        self._checkpoint_folder = checkpoint_folder
        self._max_runtime_seconds = max_runtime_seconds
        self._uploads: dict[str, str] = {}

    def use_role(self, role_arn: str) -> None:
        """Put a role into the request; its policy is derived from the request without it."""
        self._role_arn = role_arn

    def image_uri(self, image: Image) -> str:
        """The image's address in the stack's region; a folder is built and uploaded."""
        if isinstance(image, ImageFolder):
            return self._image_asset_uri(image)
        try:
            return image_uri(stack_of(self._scope), image)
        except SpecError as error:
            raise SpecError(error.path, error.problem, error.fix, construct=self._scope.node.path) from None

    def _image_asset_uri(self, image: ImageFolder) -> str:
        key = f"image {image.directory}"  # a spec has one image; its folder may hold a channel's file too
        if key not in self._uploads:
            self._uploads[key] = image_asset_uri(self._scope, image)
        return self._uploads[key]

    def source_uri(self, source: SourceFolder) -> str:
        """The packed folder's address."""
        if source.path not in self._uploads:
            self._uploads[source.path] = source_uri(self._scope, source)
        return self._uploads[source.path]

    def asset_uri(self, asset: LocalFile) -> str:
        """The uploaded file's address."""
        if asset.path not in self._uploads:
            number = sum(1 for _ in self._scope.node.children)
            self._uploads[asset.path] = file_uri(self._scope, asset, f"Channel{number}")
        return self._uploads[asset.path]

    def region(self) -> str:
        """The stack's region."""
        return stack_of(self._scope).region

    def role_arn(self) -> str | None:
        """The execution role."""
        return self._role_arn

    def output_path(self, output: Output) -> str | None:
        """The output's own place, or the platform's; a prefix alone lies in the platform's bucket."""
        own = output.location()
        if own is None and output.prefix is None and self._overridden("OutputDataConfig", "S3OutputPath"):
            return None
        if own is None and output.prefix is not None:
            return f"s3://{self._platform.bucket_name}/{output.prefix}"
        return own or self._platform.output_path

    def output_key_id(self, output: Output) -> str | None:
        """The output's own key, or the platform's."""
        own = super().output_key_id(output)
        if own is not None or self._overridden("OutputDataConfig", "KmsKeyId"):
            return own
        return self._platform.key_arn

    def volume_key_id(self, spec: TrainingJobSpec) -> str | None:
        """The spec's own key, or the platform's; none for types that keep data on disks of their own."""
        own = super().volume_key_id(spec)
        if own is not None or self._overridden("ResourceConfig", "VolumeKmsKeyId"):
            return own
        if all(has_local_nvme(name) for name in instance_types(spec)):
            return None
        return self._platform.key_arn

    def volume_size_gib(self, spec: TrainingJobSpec) -> int | None:
        """What AWS's own SDK asks for, where a type needs a volume."""
        return None if self._overridden("ResourceConfig", "VolumeSizeInGB") else default_volume(spec)

    def vpc_config(self) -> Mapping[str, object] | None:
        """The platform's network."""
        if self._platform.vpc is None:
            return None
        groups, subnets = self._platform.security_group_ids, self._platform.subnet_ids
        return {"SecurityGroupIds": groups, "Subnets": subnets}

    def checkpoint_uri(self, checkpoint: Checkpoint) -> str:
        """The checkpoint's own place, or a folder of this owner's that is named by the job's content."""
        own = checkpoint.location()
        return own or f"{self._platform.checkpoint_path}/{self._checkpoint_folder}/{PLACEHOLDER}"

    def max_runtime_seconds(self) -> int | None:
        """The runner's default."""
        given = self._overridden("StoppingCondition", "MaxRuntimeInSeconds")
        return None if given else self._max_runtime_seconds

    def inter_container_encryption(self) -> bool | None:
        """On, where there is more than one instance that could be listened to."""
        if self._overridden("EnableInterContainerTrafficEncryption"):
            return None
        return True if may_use_several_instances(self._spec) else None

    def _overridden(self, *path: str) -> bool:
        """Whether the spec's overrides say a member: defaults give way to them, as to the spec's fields."""
        value: object = self._spec.overrides
        for name in path:
            if not isinstance(value, Mapping):
                return True
            if name not in value:
                return False
            value = value[name]
        return True
