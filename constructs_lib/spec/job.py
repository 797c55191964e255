"""`TrainingJobSpec`: the value that says what a training job is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from constructs_lib.errors import SpecError
from constructs_lib.spec.algorithm import Algorithm
from constructs_lib.spec.binding import UNBOUND
from constructs_lib.spec.channels import Channel
from constructs_lib.spec.checks import check_items, check_mapping, kind
from constructs_lib.spec.durations import DurationLike
from constructs_lib.spec.frozen import EMPTY, set_field
from constructs_lib.spec.instance_groups import InstanceGroup
from constructs_lib.spec.job_checks import check_needed, check_spec, is_whole
from constructs_lib.spec.locations import KeyLike
from constructs_lib.spec.metrics import MetricDefinition
from constructs_lib.spec.output import Output
from constructs_lib.spec.render import render_request
from constructs_lib.spec.spot import Checkpoint, SpotTraining
from constructs_lib.spec.text import Unknown, UnknownList, UnknownNumber, is_unknown

if TYPE_CHECKING:
    from constructs_lib.rules import Finding
    from constructs_lib.spec import shapes

__all__ = ["TrainingJobSpec", "read_spec"]

_NO_TEXT: Mapping[str, str] = cast("Mapping[str, str]", EMPTY)


@dataclass(frozen=True, kw_only=True)
class TrainingJobSpec:
    """What a training job is; how it is run is said by the construct that takes the spec.

    A spec is a value: it cannot be changed, what is passed in is copied, and specs of equal contents are
    equal. Any text, number or flag, any whole list and any whole map may be a CDK token or, in tasks and
    sweeps, a state-machine expression. Durations are an `aws_cdk.Duration` or a `datetime.timedelta` of whole
    seconds, and are kept as a timedelta. What AWS would refuse is found by `validate`, and at synthesis.

    Args:
        algorithm: what runs: see `Algorithm`. Needed, except for a serverless job.
        channels: input data, each with a name of its own; left out: none.
        hyperparameters: text, numbers, bools, lists and maps by name; turned into text in the way that the
            algorithm's image expects. Left out: none but those that a script image needs.
        environment: text by name, for the container; left out: none.
        instance_type: such as ``ml.m5.xlarge``. Needed, unless there are groups or preferences, or the job is
            serverless.
        instance_count: how many instances, 1 or more; left out: 1 of ``instance_type``.
        volume_size_gib: the size of the training volume in GiB, 1 or more; left out: a construct asks for 30,
            and for none where every type keeps data on disks of its own.
        instance_groups: the groups of a cluster of several types, up to 5; excludes ``instance_type`` and
            ``instance_count``. Left out: all instances are alike.
        instance_preferences: types in the order in which their capacity is tried, up to 5, each a
            `shapes.InstancePreference`; excludes ``instance_type`` and ``instance_groups``. Left out: none.
        placement: a `shapes.InstancePlacementConfig`: how instances are spread over UltraServers; left out:
            AWS's own way.
        keep_alive: how long the instances are kept warm for the next job after this one, up to 6 hours; left
            out: not at all.
        training_plan_arn: the training plan whose reserved capacity is used; left out: none.
        volume_encryption_key: an `aws_cdk.aws_kms.IKey`, or the ARN or id of a key, for the training volume;
            left out: the construct's.
        output: where the model goes; left out: the construct's place.
        max_runtime: when the job is stopped, up to 28 days. Left out: the construct's, or AWS's default of a
            day.
        max_pending: how long the job may wait for capacity, 30 minutes to 28 days; left out: without limit.
        spot: train on spot capacity; left out: on demand.
        checkpoint: where checkpoints are kept; left out: nowhere.
        metrics: what is read from the log; left out: nothing.
        network_isolation: True: the container has no network at all; left out: AWS's False.
        inter_container_encryption: encrypt the traffic between instances; left out: the construct's, or AWS's
            False.
        retry_attempts: how often a job is started again after an internal error of SageMaker's, 1 to 30; left
            out: never.
        tags: text by key, for the job; left out: the construct's only.
        debug_hook_config: a `shapes.DebugHookConfig`: which tensors Debugger saves; left out: none.
        debug_rule_configurations: `shapes.DebugRuleConfiguration` objects, up to 20; left out: none.
        profiler_config: a `shapes.ProfilerConfig`: what the system profiler records; left out: AWS's default.
        profiler_rule_configurations: `shapes.ProfilerRuleConfiguration` objects, up to 20; left out: none.
        tensor_board_output_config: a `shapes.TensorBoardOutputConfig`: where TensorBoard files are copied;
            left out: nowhere.
        experiment_config: a `shapes.ExperimentConfig`: the experiment that the job belongs to; left out:
            none.
        remote_debug: True: the running container can be entered through SSM; left out: AWS's False.
        infra_check: True: GPUs are tested before the training starts; left out: AWS's False.
        session_tag_chaining: True: the job's session tags are passed on to sessions that it starts; left out:
            AWS's False.
        serverless_job_config: a `shapes.ServerlessJobConfig`: customise or evaluate a model without instances
            of one's own; left out: the job has instances.
        mlflow_config: a `shapes.MlflowConfig`: the MLflow server that the job reports to; left out: none.
        model_package_config: a `shapes.ModelPackageConfig`: the group that a serverless job registers its
            model in; left out: none.
        training_job_name: a name of its own, 1 to 63 characters, which AWS takes once; left out: the
            construct's.
        role_arn: the execution role; left out: the construct's.
        vpc_config: a `shapes.VpcConfig`: subnets and security groups; left out: the construct's.
        overrides: raw request members in AWS form, for what no field can say; merged map by map. Left out:
            none.

    Raises:
        SpecError: a value of another type, out of range, or contradicting another; the message names it.
    """

    algorithm: Algorithm | None = None
    channels: Sequence[Channel] = ()
    # A spec's text stands in logs and in reports of failed tests, where these may be secret.
    hyperparameters: Mapping[str, object] = field(default=EMPTY, repr=False)
    environment: Mapping[str, str] = field(default=_NO_TEXT, repr=False)
    instance_type: str | None = None
    instance_count: int | float | str | None = None
    volume_size_gib: int | float | str | None = None
    instance_groups: Sequence[InstanceGroup] = ()
    instance_preferences: Sequence[shapes.InstancePreference] = ()
    placement: shapes.InstancePlacementConfig | None = None
    keep_alive: DurationLike | None = None
    training_plan_arn: str | None = None
    volume_encryption_key: KeyLike | None = None
    output: Output | None = None
    max_runtime: DurationLike | None = None
    max_pending: DurationLike | None = None
    spot: SpotTraining | None = None
    checkpoint: Checkpoint | None = None
    metrics: Sequence[MetricDefinition] = ()
    network_isolation: bool | None = None
    inter_container_encryption: bool | None = None
    retry_attempts: int | float | str | None = None
    tags: Mapping[str, str] = _NO_TEXT
    debug_hook_config: shapes.DebugHookConfig | None = None
    debug_rule_configurations: Sequence[shapes.DebugRuleConfiguration] = ()
    profiler_config: shapes.ProfilerConfig | None = None
    profiler_rule_configurations: Sequence[shapes.ProfilerRuleConfiguration] = ()
    tensor_board_output_config: shapes.TensorBoardOutputConfig | None = None
    experiment_config: shapes.ExperimentConfig | None = None
    remote_debug: bool | None = None
    infra_check: bool | None = None
    session_tag_chaining: bool | None = None
    serverless_job_config: shapes.ServerlessJobConfig | None = None
    mlflow_config: shapes.MlflowConfig | None = None
    model_package_config: shapes.ModelPackageConfig | None = None
    training_job_name: str | None = None
    role_arn: str | None = None
    vpc_config: shapes.VpcConfig | None = None
    overrides: Mapping[str, object] = field(default=EMPTY, repr=False)

    if TYPE_CHECKING:
        # The fields, and what may stand for each: a field is read as what it is for.
        def __init__(
            self,
            *,
            algorithm: Algorithm | None = ...,
            channels: Sequence[Channel] | UnknownList = ...,
            hyperparameters: Mapping[str, object] | Unknown = ...,
            environment: Mapping[str, Unknown] | Unknown = ...,
            instance_type: str | None = ...,
            instance_count: int | UnknownNumber | None = ...,
            volume_size_gib: int | UnknownNumber | None = ...,
            instance_groups: Sequence[InstanceGroup] | UnknownList = ...,
            instance_preferences: Sequence[shapes.InstancePreference] | UnknownList = ...,
            placement: shapes.InstancePlacementConfig | Unknown | None = ...,
            keep_alive: DurationLike | None = ...,
            training_plan_arn: str | None = ...,
            volume_encryption_key: KeyLike | None = ...,
            output: Output | None = ...,
            max_runtime: DurationLike | None = ...,
            max_pending: DurationLike | None = ...,
            spot: SpotTraining | None = ...,
            checkpoint: Checkpoint | None = ...,
            metrics: Sequence[MetricDefinition] | UnknownList = ...,
            network_isolation: bool | Unknown | None = ...,
            inter_container_encryption: bool | Unknown | None = ...,
            retry_attempts: int | UnknownNumber | None = ...,
            tags: Mapping[str, Unknown] | Unknown = ...,
            debug_hook_config: shapes.DebugHookConfig | Unknown | None = ...,
            debug_rule_configurations: Sequence[shapes.DebugRuleConfiguration] | UnknownList = ...,
            profiler_config: shapes.ProfilerConfig | Unknown | None = ...,
            profiler_rule_configurations: Sequence[shapes.ProfilerRuleConfiguration] | UnknownList = ...,
            tensor_board_output_config: shapes.TensorBoardOutputConfig | Unknown | None = ...,
            experiment_config: shapes.ExperimentConfig | Unknown | None = ...,
            remote_debug: bool | Unknown | None = ...,
            infra_check: bool | Unknown | None = ...,
            session_tag_chaining: bool | Unknown | None = ...,
            serverless_job_config: shapes.ServerlessJobConfig | Unknown | None = ...,
            mlflow_config: shapes.MlflowConfig | Unknown | None = ...,
            model_package_config: shapes.ModelPackageConfig | Unknown | None = ...,
            training_job_name: str | None = ...,
            role_arn: str | None = ...,
            vpc_config: shapes.VpcConfig | Unknown | None = ...,
            overrides: Mapping[str, object] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        check_spec(self)
        check_needed(self)

    @classmethod
    def from_request(cls, request: Mapping[str, object]) -> TrainingJobSpec:
        """The spec that a CreateTrainingJob request says; `to_request` gives the request back.

        Args:
            request: as boto3 takes it. What a field can say is in that field, so that it can be replaced;
                the rest is in ``overrides``. A request that breaks AWS's rules can be read: see `validate`.

        Raises:
            SpecError: not a map with text as keys, a member that CreateTrainingJob does not have, or a value
                of another Python type than the member's.
        """
        from constructs_lib.spec.request_reader import read_request

        return read_request(request)

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> TrainingJobSpec:
        """A new job like an existing one.

        Args:
            description: the answer of DescribeTrainingJob, or an event about a job. Its name, status, times
                and results are dropped, and so is what the service has added to the request. Checkpoints get
                a place of their own: in the old one the new job would go on from the old one's state.

        Raises:
            SpecError: as `from_request`; members that CreateTrainingJob does not have are dropped.
        """
        from constructs_lib.spec.description import request_of

        spec = cls.from_request(request_of(description))
        if spec.checkpoint is None:
            return spec
        return spec.replace(checkpoint=Checkpoint(local_path=spec.checkpoint.local_path))

    def to_request(self) -> dict[str, object]:
        """The CreateTrainingJob request, in AWS form, as far as the spec says it.

        Returns:
            A new dict. What a construct fills is left out: name, role, network, volume size, keys and places
            that the spec does not name, the uris of images, folders and files that are found or uploaded at
            deploy time.

        Raises:
            SpecError: a framework image cannot be chosen for the spec's instance type.
        """
        return render_request(self, UNBOUND)

    def validate(self, region: str | None = None) -> list[Finding]:
        """Find every mistake in the request that can be known without asking AWS.

        Args:
            region: where the job would run, such as ``eu-west-1``; left out: what depends on it is not
                checked.

        Returns:
            All findings, in the order of the request; nothing is said of what a construct fills.

        Raises:
            SpecError: a framework image cannot be chosen for the spec's instance type.
        """
        from constructs_lib.spec.validation import findings_of  # imports every rule

        return findings_of(self, region)

    def replace(self, **fields: object) -> TrainingJobSpec:
        """A copy with these fields set to other values.

        Args:
            **fields: any field of the class; the others are kept.

        Raises:
            SpecError: as the class, and for a name that is no field.
        """
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        for name in fields:
            if name not in values:
                problem = f"is no field of TrainingJobSpec, which has {', '.join(values)}"
                raise SpecError(name, problem, "use one of these")
        typed = self.instance_type is not None
        if typed and fields.get("instance_type", "") is None and self.instance_count == 1:
            values["instance_count"] = None  # it was the type's default
        return read_spec({**values, **fields}, whole=is_whole(self))

    def with_channel(self, *channels: Channel) -> TrainingJobSpec:
        """A copy with these channels: in the place of those of the same name, or else at the end."""
        added = check_items("channels", channels, Channel)
        merged = {channel.name: channel for channel in (*self._known("channels"), *added)}
        return self.replace(channels=tuple(merged.values()))

    def with_metric(self, *metrics: MetricDefinition) -> TrainingJobSpec:
        """A copy with these metrics: in the place of those of the same name, or else at the end."""
        added = check_items("metrics", metrics, MetricDefinition)
        merged = {metric.name: metric for metric in (*self._known("metrics"), *added)}
        return self.replace(metrics=tuple(merged.values()))

    def with_hyperparameters(self, values: Mapping[str, object]) -> TrainingJobSpec:
        """A copy with these hyperparameters added; those of the same name are replaced."""
        added = check_mapping("hyperparameters", values)
        return self.replace(hyperparameters={**self._known("hyperparameters"), **added})

    def with_environment(self, values: Mapping[str, Unknown]) -> TrainingJobSpec:
        """A copy with these environment variables added; those of the same name are replaced."""
        added = check_mapping("environment", values)
        return self.replace(environment={**self._known("environment"), **added})

    def with_tag(self, key: str, value: Unknown) -> TrainingJobSpec:
        """A copy with this tag added; one of the same key is replaced."""
        if not isinstance(key, str):
            raise SpecError("tags", f"keys must be str, got {kind(key)}", "write every key as text")
        return self.replace(tags={**self._known("tags"), key: value})

    def _known(self, field: str) -> Any:
        value = getattr(self, field)
        if is_unknown(value):
            raise SpecError(field, "is a token, to which nothing can be added", "use replace")
        return value


def read_spec(fields: Mapping[str, object], *, whole: bool) -> TrainingJobSpec:
    """A spec of these fields; the others have their defaults.

    Args:
        fields: by name.
        whole: whether algorithm and machines are needed; a request can be read that lacks them.

    Raises:
        SpecError: as the class.
    """
    spec = object.__new__(TrainingJobSpec)
    for name, value in fields.items():
        set_field(spec, name, value)
    check_spec(spec)
    if whole:
        check_needed(spec)
    return spec
