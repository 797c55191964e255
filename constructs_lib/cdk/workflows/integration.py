"""Which of Step Functions' two ways to create a training job a request may take.

The optimised integration (``sagemaker:createTrainingJob``) waits by itself, but takes only the members that
it knows, and refuses another with ``The field "X" is not supported by Step Functions`` when the state machine
is made or when the state runs. ``aws-sdk:sagemaker:createTrainingJob`` takes every member, and cannot wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from constructs_lib.errors import SpecError
from constructs_lib.rules.paths import render
from constructs_lib.rules.rule import Path
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.spec.checks import kind, shown

Integration: TypeAlias = Literal["optimized", "aws-sdk"]

# The one list: which members of each structure the optimised integration is known to take. AWS publishes none
# any more, so it is put together, and conservative:
# - the Step Functions developer guide, "Manage SageMaker with Step Functions", listed ten members from 2018
#   to 2023 (awsdocs/aws-step-functions-developer-guide, doc_source/connect-sagemaker.md);
# - EnableNetworkIsolation and Environment: rendered by aws-cdk-lib's SageMakerCreateTrainingJob;
# - EnableManagedSpotTraining: refused in 2020, taken by 2021 (aws/aws-step-functions-data-science-sdk-python
#   issue 42); CheckpointConfig: run by a user of the same project (issue 86);
# - DebugHookConfig, DebugRuleConfigurations, ExperimentConfig, EnableInterContainerTrafficEncryption:
#   rendered by that project's TrainingStep.
# Spot shows that the integration's model was renewed in 2021, so nested members are taken to be known when
# they are older than that year.
TAKEN: Mapping[str, frozenset[str]] = {
    shape: frozenset(names.split())
    for shape, names in {
        ROOT: "AlgorithmSpecification CheckpointConfig DebugHookConfig DebugRuleConfigurations"
        " EnableInterContainerTrafficEncryption EnableManagedSpotTraining EnableNetworkIsolation Environment"
        " ExperimentConfig HyperParameters InputDataConfig OutputDataConfig ResourceConfig RoleArn"
        " StoppingCondition Tags TrainingJobName VpcConfig",
        "AlgorithmSpecification": "AlgorithmName EnableSageMakerMetricsTimeSeries MetricDefinitions"
        " TrainingImage TrainingInputMode",
        "MetricDefinition": "Name Regex",
        "Channel": "ChannelName CompressionType ContentType DataSource InputMode RecordWrapperType"
        " ShuffleConfig",
        "DataSource": "FileSystemDataSource S3DataSource",
        "S3DataSource": "AttributeNames S3DataDistributionType S3DataType S3Uri",
        "FileSystemDataSource": "DirectoryPath FileSystemAccessMode FileSystemId FileSystemType",
        "ShuffleConfig": "Seed",
        "OutputDataConfig": "KmsKeyId S3OutputPath",
        "ResourceConfig": "InstanceCount InstanceType VolumeKmsKeyId VolumeSizeInGB",
        "StoppingCondition": "MaxRuntimeInSeconds MaxWaitTimeInSeconds",
        "VpcConfig": "SecurityGroupIds Subnets",
        "Tag": "Key Value",
        "CheckpointConfig": "LocalPath S3Uri",
        "DebugHookConfig": "CollectionConfigurations HookParameters LocalPath S3OutputPath",
        "CollectionConfiguration": "CollectionName CollectionParameters",
        "DebugRuleConfiguration": "InstanceType LocalPath RuleConfigurationName RuleEvaluatorImage"
        " RuleParameters S3OutputPath VolumeSizeInGB",
        "ExperimentConfig": "ExperimentName TrialComponentDisplayName TrialName",
    }.items()
}
# The others, by the structures above: of these it is not known. A member of neither list fails a test.
NOT_KNOWN: Mapping[str, frozenset[str]] = {
    shape: frozenset(names.split())
    for shape, names in {
        ROOT: "InfraCheckConfig MlflowConfig ModelPackageConfig ProfilerConfig ProfilerRuleConfigurations"
        " RemoteDebugConfig RetryStrategy ServerlessJobConfig SessionChainingConfig TensorBoardOutputConfig",
        "AlgorithmSpecification": "ContainerArguments ContainerEntrypoint TrainingImageConfig",
        "DataSource": "DatasetSource",
        "S3DataSource": "HubAccessConfig InstanceGroupNames ModelAccessConfig",
        "OutputDataConfig": "CompressionType",
        "ResourceConfig": "InstanceGroups InstancePlacementConfig InstancePreferences"
        " KeepAlivePeriodInSeconds SelectedInstanceCount SelectedInstanceType TrainingPlanArn",
        "StoppingCondition": "MaxPendingTimeInSeconds",
        "ExperimentConfig": "RunName",
    }.items()
}


def chosen(request: Mapping[str, Any], override: object, construct: str) -> Integration:
    """The integration for a request: the optimised one, unless a member is not known to be taken.

    Args:
        request: the rendered request; tokens and expressions may stand anywhere.
        override: what the user chose, which wins; None for what the members ask for.
        construct: the construct's path, for messages.

    Raises:
        SpecError: the override is neither of the two.
    """
    if override == "optimized":
        return "optimized"
    if override == "aws-sdk":
        return "aws-sdk"
    if override is not None:
        got = shown(override) if isinstance(override, str) else kind(override)
        problem = f"must be 'optimized' or 'aws-sdk', got {got}"
        raise SpecError(
            "integration", problem, "leave it out to have it chosen by field", construct=construct
        )
    return "aws-sdk" if unsupported(request) else "optimized"


def unsupported(request: Mapping[str, Any]) -> list[str]:
    """The members of a request that the optimised integration is not known to take, as AWS writes paths.

    A structure that is one token or one expression as a whole cannot be looked into: nothing of it is listed.

    Args:
        request: the rendered request, with AWS's own keys (not ``"Key.$"``); tokens and expressions may stand
            anywhere.
    """
    return [render(path) for path in _unsupported(request, ROOT, ())]


def _unsupported(value: object, shape: str, path: Path) -> Iterator[Path]:
    if shape in TAKEN and isinstance(value, Mapping):
        for name, item in value.items():
            if name in TAKEN[shape]:
                yield from _unsupported(item, SHAPES[shape]["members"][name], (*path, name))
            elif item is not None:  # None is left out when the template is written
                yield (*path, str(name))
    elif SHAPES[shape]["type"] == "list" and isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _unsupported(item, SHAPES[shape]["member"], (*path, index))
