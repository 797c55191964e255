"""`TrainingJobSpec`: the value that says what a training job is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from constructs_lib.errors import SpecError
from constructs_lib.spec.algorithm import SCRIPT_HYPERPARAMETERS, Algorithm
from constructs_lib.spec.binding import UNBOUND
from constructs_lib.spec.channels import Channel
from constructs_lib.spec.checks import check_flag, check_items, check_mapping, check_text, check_whole, kind
from constructs_lib.spec.durations import DurationLike, normalize
from constructs_lib.spec.frozen import EMPTY, freeze, set_field
from constructs_lib.spec.hyperparameters import encode
from constructs_lib.spec.locations import KeyLike, check_key
from constructs_lib.spec.metrics import MetricDefinition
from constructs_lib.spec.output import Output
from constructs_lib.spec.render import render_request
from constructs_lib.spec.spot import Checkpoint, SpotTraining
from constructs_lib.spec.text import is_resolvable, is_unknown

__all__ = ["TrainingJobSpec"]

_NO_TEXT: Mapping[str, str] = cast("Mapping[str, str]", EMPTY)


@dataclass(frozen=True, kw_only=True)
class TrainingJobSpec:
    """What a training job is; how it is run is said by the construct that takes the spec.

    A spec is a value: it cannot be changed, what is passed in is copied, and specs of equal contents are
    equal. Any text, number or flag may be a CDK token.

    Args:
        algorithm: what runs: see `Algorithm`. Needed, unless overrides name ``AlgorithmSpecification`` or
            ``ServerlessJobConfig``.
        channels: input data, each with a name of its own; left out: none.
        hyperparameters: text, numbers, bools, lists and maps by name; turned into text in the way that the
            algorithm's image expects. Left out: none but those that a script image needs.
        environment: text by name, for the container; left out: none.
        instance_type: such as ``ml.m5.xlarge``. Needed, unless overrides name ``ResourceConfig`` or
            ``ServerlessJobConfig``.
        instance_count: how many instances, 1 or more; left out: 1.
        volume_size_gib: the size of the training volume in GiB, 1 or more; left out: 30, and none for types
            that keep data on disks of their own.
        volume_encryption_key: an `aws_cdk.aws_kms.IKey`, or the ARN or id of a key, for that volume; left
            out: the construct's.
        output: where the model goes; left out: the construct's place.
        max_runtime: when the job is stopped, as `aws_cdk.Duration` or `datetime.timedelta` of whole seconds;
            kept as a timedelta. Left out: the construct's, or AWS's default of a day.
        spot: train on spot capacity; left out: on demand.
        checkpoint: where checkpoints are kept; left out: nowhere.
        metrics: what is read from the log; left out: nothing.
        network_isolation: True: the container has no network at all; left out: AWS's False.
        inter_container_encryption: encrypt the traffic between instances; left out: the construct's, or AWS's
            False.
        tags: text by key, for the job; left out: the construct's only.
        overrides: raw request members in AWS form, for what has no field here; merged map by map. Left out:
            none.

    Raises:
        SpecError: a value of another type, out of range, or contradicting another; the message names it.
    """

    algorithm: Algorithm | None = None
    channels: Sequence[Channel] = ()
    hyperparameters: Mapping[str, object] = EMPTY
    environment: Mapping[str, str] = _NO_TEXT
    instance_type: str | None = None
    instance_count: int | float | str = 1
    volume_size_gib: int | float | str | None = None
    volume_encryption_key: KeyLike | None = None
    output: Output | None = None
    max_runtime: DurationLike | None = None
    spot: SpotTraining | None = None
    checkpoint: Checkpoint | None = None
    metrics: Sequence[MetricDefinition] = ()
    network_isolation: bool | None = None
    inter_container_encryption: bool | None = None
    tags: Mapping[str, str] = _NO_TEXT
    overrides: Mapping[str, object] = EMPTY

    def __post_init__(self) -> None:
        self._check_kinds()
        set_field(self, "channels", check_items("channels", self.channels, Channel))
        set_field(self, "metrics", check_items("metrics", self.metrics, MetricDefinition))
        set_field(self, "max_runtime", normalize("max_runtime", self.max_runtime))
        for name in ("hyperparameters", "environment", "tags", "overrides"):
            set_field(self, name, freeze(check_mapping(name, getattr(self, name))))
        _check_texts("environment", self.environment)
        _check_texts("tags", self.tags)
        check_whole("volume_size_gib", self.volume_size_gib, minimum=1)
        check_key("volume_encryption_key", self.volume_encryption_key)
        check_flag("network_isolation", self.network_isolation)
        check_flag("inter_container_encryption", self.inter_container_encryption)
        self._check_needed()
        self._check_channel_names()
        self._check_hyperparameters()
        self._check_spot()

    def _check_kinds(self) -> None:
        kinds: dict[str, type] = {
            "algorithm": Algorithm,
            "output": Output,
            "spot": SpotTraining,
            "checkpoint": Checkpoint,
        }
        for name, expected in kinds.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, expected):
                problem = f"must be of type {expected.__name__}, got {kind(value)}"
                raise SpecError(name, problem, f"make it with {expected.__name__}")

    def _check_needed(self) -> None:
        if self.algorithm is None and not self._overrides("AlgorithmSpecification", "ServerlessJobConfig"):
            raise SpecError(
                "algorithm", "is needed", "make it with a method of Algorithm, such as from_script"
            )
        check_text("instance_type", self.instance_type)
        if self.instance_count is None:
            raise SpecError("instance_count", "must be an int, got NoneType", "leave it out for 1")
        check_whole("instance_count", self.instance_count, minimum=1)
        if self.instance_type is None and not self._overrides("ResourceConfig", "ServerlessJobConfig"):
            raise SpecError("instance_type", "is needed", "name one, such as ml.m5.xlarge")

    def _overrides(self, *members: str) -> bool:
        return any(member in self.overrides for member in members)

    def _check_channel_names(self) -> None:
        names = [channel.name for channel in self.channels]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise SpecError(
                    f"channels[{index}]", f"another channel is named {name!r}", "give each its own name"
                )

    def _check_hyperparameters(self) -> None:
        encoding = "plain" if self.algorithm is None else self.algorithm.hyperparameter_encoding
        encode(self.hyperparameters, encoding)  # raises for what cannot be written as text
        if self.algorithm is None or self.algorithm.source is None:
            return
        for name in SCRIPT_HYPERPARAMETERS:
            if name in self.hyperparameters:
                fix = "leave it out; the entry point and log_level are arguments of Algorithm.from_script"
                raise SpecError(f"hyperparameters[{name!r}]", "is set for a script by the library", fix)

    def _check_spot(self) -> None:
        if self.spot is None or self.spot.max_wait is not None or self.max_runtime is None:
            return
        if not hasattr(self.max_runtime, "total_seconds"):  # a Duration of a token: it cannot be doubled
            problem = "cannot be derived, because max_runtime is a token"
            raise SpecError("spot.max_wait", problem, "give SpotTraining a max_wait")

    def replace(self, **fields: object) -> TrainingJobSpec:
        """A copy with these fields set to other values.

        Args:
            **fields: any field of the class; the others are kept.

        Raises:
            SpecError: as the class, and for a name that is no field.
        """
        known = [field.name for field in dataclasses.fields(self)]
        for name in fields:
            if name not in known:
                problem = f"is no field of TrainingJobSpec, which has {', '.join(known)}"
                raise SpecError(name, problem, "use one of these")
        return dataclasses.replace(self, **cast("dict[str, Any]", fields))

    def with_channel(self, *channels: Channel) -> TrainingJobSpec:
        """A copy with these channels: in the place of those of the same name, or else at the end."""
        added = check_items("channels", channels, Channel)
        merged = {channel.name: channel for channel in (*self.channels, *added)}
        return self.replace(channels=tuple(merged.values()))

    def with_metric(self, *metrics: MetricDefinition) -> TrainingJobSpec:
        """A copy with these metrics: in the place of those of the same name, or else at the end."""
        added = check_items("metrics", metrics, MetricDefinition)
        merged = {metric.name: metric for metric in (*self.metrics, *added)}
        return self.replace(metrics=tuple(merged.values()))

    def with_hyperparameters(self, values: Mapping[str, object]) -> TrainingJobSpec:
        """A copy with these hyperparameters added; those of the same name are replaced."""
        return self.replace(
            hyperparameters={**self.hyperparameters, **check_mapping("hyperparameters", values)}
        )

    def with_environment(self, values: Mapping[str, str]) -> TrainingJobSpec:
        """A copy with these environment variables added; those of the same name are replaced."""
        return self.replace(environment={**self.environment, **check_mapping("environment", values)})

    def with_tag(self, key: str, value: str) -> TrainingJobSpec:
        """A copy with this tag added; one of the same key is replaced."""
        return self.replace(tags={**self.tags, **check_mapping("tags", {key: value})})

    def to_request(self) -> dict[str, object]:
        """The CreateTrainingJob request, in AWS form, as far as the spec says it.

        Returns:
            A new dict. What a construct fills is left out: name, role, network, keys and places that the spec
            does not name, the uris of images, folders and files that are found or uploaded at deploy time.

        Raises:
            SpecError: an override collides with a member that is rendered from a field.
        """
        return render_request(self, UNBOUND)


def _check_texts(path: str, values: Mapping[str, object]) -> None:
    """Refuse values that are no text, without showing them: some are secret."""
    for key, value in values.items():
        if not isinstance(value, str) and not is_resolvable(value) and not is_unknown(value):
            raise SpecError(
                f"{path}[{key!r}]", f"must be a str, got {kind(value)}", "write the value as text"
            )
