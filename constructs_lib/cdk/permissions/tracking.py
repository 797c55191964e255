"""MLflow and experiments: what code that logs needs.

SageMaker itself makes a job's own trial component without the role. Sources: the Service Authorization
Reference of SageMaker and of SageMaker with MLflow; sagemaker-python-sdk, experiments.
"""

from __future__ import annotations

from collections.abc import Iterator

from constructs_lib.cdk.arns import training_job_arn
from constructs_lib.cdk.permissions.permission import Permission, Request
from constructs_lib.cdk.pseudo_parameters import regional_arn
from constructs_lib.cdk.request_parts import part, text
from constructs_lib.spec.text import is_token

__all__ = ["tracking"]

# To log runs, parameters, metrics and models; neither to delete, nor to use the registry or the console.
_LOGGING = (
    "CreateExperiment",
    "CreateRun",
    "FinalizeLoggedModel",
    "GetExperiment",
    "GetExperimentByName",
    "GetLoggedModel",
    "GetRun",
    "ListArtifacts",
    "LogBatch",
    "LogInputs",
    "LogLoggedModelParams",
    "LogMetric",
    "LogModel",
    "LogOutputs",
    "LogParam",
    "SearchExperiments",
    "SearchRuns",
    "SetExperimentTag",
    "SetLoggedModelTags",
    "SetTag",
    "UpdateRun",
)
_APP, _SERVER = ":mlflow-app/", ":mlflow-tracking-server/"


def tracking(request: Request, job_names: str) -> Iterator[Permission]:
    """What ``MlflowConfig`` and ``ExperimentConfig`` need."""
    arn = text(part(request, "MlflowConfig").get("MlflowResourceArn"))
    if arn:
        yield from _mlflow("MlflowConfig.MlflowResourceArn", arn)
    # Without network the container gets no credentials, so its code can log nothing.
    if request.get("EnableNetworkIsolation") is not True:
        yield from _experiments(request, job_names)


def _mlflow(reason: str, arn: str) -> Iterator[Permission]:
    """To log into a tracking server, or an app; into either where the ARN is one token."""
    if _APP not in arn:
        actions = tuple(f"sagemaker-mlflow:{name}" for name in _LOGGING)
        yield Permission(f"{reason}: log", actions, (arn,))
        yield Permission(f"{reason}: find the server", ("sagemaker:DescribeMlflowTrackingServer",), (arn,))
    if _SERVER not in arn:
        actions = ("sagemaker:CallMlflowAppApi", "sagemaker:DescribeMlflowApp")
        yield Permission(f"{reason}: log", actions, (arn,))


def _experiments(request: Request, job_names: str) -> Iterator[Permission]:
    config = part(request, "ExperimentConfig")
    if not config:
        return
    reason = "ExperimentConfig"
    components, trials = _names(config, job_names)
    making = ("CreateTrialComponent", "DescribeTrialComponent", "UpdateTrialComponent")
    yield Permission(f"{reason}: log runs", tuple(f"sagemaker:{name}" for name in making), components)
    measured = (*components, training_job_arn(job_names))
    yield Permission(f"{reason}: log metrics", ("sagemaker:BatchPutMetrics",), measured)
    associating = ("sagemaker:AssociateTrialComponent",)
    yield Permission(f"{reason}: add runs to the trial", associating, (*components, *trials))
    look = f"{reason}: look for runs (Search has no resource to name)"
    yield Permission(look, ("sagemaker:Search",), ("*",))


def _names(config: Request, job_names: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The trial components and trials of the experiment, as SageMaker and its SDK name them."""
    experiment, trial = text(config.get("ExperimentName")), text(config.get("TrialName"))
    components, trials = [f"{job_names}-aws-training-job"], [trial] if trial else []
    if experiment:
        components.append(f"{experiment}-*")
        trials.append(f"Default-Run-Group-{experiment}")
    return _arns("experiment-trial-component", components), _arns("experiment-trial", trials)


def _arns(kind: str, names: list[str]) -> tuple[str, ...]:
    """In both cases: SageMaker writes these names in lower case into ARNs."""
    either = [form for name in names for form in (name, name if is_token(name) else name.lower())]
    return tuple(regional_arn("sagemaker", f"{kind}/{name}") for name in dict.fromkeys(either))
