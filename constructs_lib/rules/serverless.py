"""Rules about serverless model customization jobs."""

from __future__ import annotations

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_SECTION = "ServerlessJobConfig"
_JOB_TYPE = f"{_SECTION}.JobType"
_CLASSIC = (
    "AlgorithmSpecification",
    "Environment",
    "RetryStrategy",
    "CheckpointConfig",
    "DebugHookConfig",
    "ExperimentConfig",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
    "TensorBoardOutputConfig",
)
_SPOT = "EnableManagedSpotTraining"
_INSTANCE_CHOICES = (
    "InstanceType",
    "InstanceCount",
    "InstanceGroups",
    "InstancePreferences",
    "VolumeSizeInGB",
)


@rule(
    "serverless-excludes-classic-fields",
    "error",
    fields=(_SECTION, _SPOT, *_CLASSIC),
    when=(_SECTION,),
    violated_when=(
        f"ServerlessJobConfig is there together with one of {', '.join(_CLASSIC)}, or {_SPOT} is true"
    ),
    message=(
        "must not be set together with ServerlessJobConfig: a serverless job runs no container of one's own"
    ),
    fix="leave it out, or ServerlessJobConfig",
    source="hashicorp/terraform-provider-aws, training_job.go, serverlessJobConfigBlock (ConflictsWith)",
)
def _serverless_excludes_classic_fields(job: Job) -> Hits:
    for name in _CLASSIC:
        if name in job.request:
            yield (name,), {}
    if job.request.get(_SPOT):
        yield (_SPOT,), {}


@rule(
    "serverless-no-instance-choice",
    "error",
    fields=(_SECTION, *(f"ResourceConfig.{name}" for name in _INSTANCE_CHOICES)),
    when=(_SECTION,),
    violated_when="ServerlessJobConfig is there together with instances or a volume size in ResourceConfig",
    message=(
        "must not be set together with ServerlessJobConfig: the service chooses instances and volumes itself"
    ),
    fix="leave it out, or ServerlessJobConfig",
    source=(
        'ResourceConfig$VolumeSizeInGB ("automatically selects the volume size for serverless '
        "training jobs. You "
        'cannot customize"); of the others it is inferred'
    ),
    verified=False,
)
def _serverless_no_instance_choice(job: Job) -> Hits:
    for name in _INSTANCE_CHOICES:
        if name in job.resources:
            yield ("ResourceConfig", name), {}


@rule(
    "serverless-evaluation-type-required",
    "error",
    fields=(_JOB_TYPE, f"{_SECTION}.EvaluationType"),
    when_missing=("ServerlessJobConfig.EvaluationType",),
    violated_when="JobType is Evaluation and EvaluationType is left out",
    message="is required when JobType is Evaluation",
    fix="set EvaluationType to LLMAJEvaluation, CustomScorerEvaluation or BenchmarkEvaluation",
    source='ServerlessJobConfig$EvaluationType ("Required when serverless job type is Evaluation")',
)
def _serverless_evaluation_type_required(job: Job) -> Hits:
    section = job.section(_SECTION)
    if "EvaluationType" not in section and section["JobType"] == "Evaluation":
        yield (_SECTION, "EvaluationType"), {}


@rule(
    "serverless-evaluation-type-only-evaluation",
    "warning",
    fields=(_JOB_TYPE, f"{_SECTION}.EvaluationType"),
    when=(f"{_SECTION}.EvaluationType",),
    violated_when="EvaluationType is set while JobType is FineTuning",
    message="has no effect while JobType is FineTuning",
    fix="leave EvaluationType out, or set JobType to Evaluation",
    source="ServerlessJobConfig$EvaluationType",
)
def _serverless_evaluation_type_only_evaluation(job: Job) -> Hits:
    if job.section(_SECTION)["JobType"] == "FineTuning":
        yield (_SECTION, "EvaluationType"), {}


@rule(
    "serverless-technique-only-fine-tuning",
    "warning",
    fields=(_JOB_TYPE, f"{_SECTION}.CustomizationTechnique", f"{_SECTION}.Peft"),
    when=(_JOB_TYPE,),
    violated_when="JobType is FineTuning without CustomizationTechnique, or Evaluation with it or with Peft",
    message=(
        "{got} while JobType is {job_type}: a technique belongs to fine-tuning, and fine-tuning to a "
        "technique"
    ),
    fix="set CustomizationTechnique for FineTuning (SFT, DPO, RLVR or RLAIF), leave both out for Evaluation",
    source=(
        "aws/sagemaker-python-sdk, sft_trainer.py; hashicorp/terraform-provider-aws, acceptance tests "
        "(inferred)"
    ),
    verified=False,
)
def _serverless_technique_only_fine_tuning(job: Job) -> Hits:
    section = job.section(_SECTION)
    job_type = section["JobType"]
    if job_type == "FineTuning" and "CustomizationTechnique" not in section:
        yield (_SECTION, "CustomizationTechnique"), {"got": "is left out", "job_type": job_type}
    if job_type == "Evaluation":
        for name in ("CustomizationTechnique", "Peft"):
            if name in section:
                yield (_SECTION, name), {"got": "is set", "job_type": job_type}


_JUDGED = ("RLVR", "RLAIF")


@rule(
    "serverless-evaluator-required",
    "warning",
    fields=tuple(
        f"{_SECTION}.{name}" for name in ("EvaluatorArn", "CustomizationTechnique", "EvaluationType")
    ),
    when=tuple(f"{_SECTION}.{name}" for name in ("CustomizationTechnique", "EvaluationType")),
    when_missing=("ServerlessJobConfig.EvaluatorArn",),
    violated_when=(
        "the technique is RLVR or RLAIF, or EvaluationType is CustomScorerEvaluation, without EvaluatorArn"
    ),
    message="is left out, and {member} is {value}, which needs a reward function or a scorer",
    fix="set EvaluatorArn to the reward function, reward prompt or scorer",
    source="ServerlessJobConfig$EvaluatorArn (reward function or reward prompt)",
)
def _serverless_evaluator_required(job: Job) -> Hits:
    section = job.section(_SECTION)
    if "EvaluatorArn" in section:
        return
    for member, judged in (
        ("CustomizationTechnique", _JUDGED),
        ("EvaluationType", ("CustomScorerEvaluation",)),
    ):
        value = section.get(member)
        if value is not UNKNOWN and value in judged:
            yield (_SECTION, "EvaluatorArn"), {"member": member, "value": value}
            return


@rule(
    "serverless-eula-accepted",
    "warning",
    fields=(f"{_SECTION}.AcceptEula",),
    when=(_SECTION,),
    violated_when="AcceptEula is not true",
    message="should be true, got {got}: the service refuses models with a licence that is not accepted",
    fix="read the model's licence, and set AcceptEula to true",
    source=(
        'ServerlessJobConfig$AcceptEula ("must be explicitly defined as True in order to accept the EULA")'
    ),
)
def _serverless_eula_accepted(job: Job) -> Hits:
    accepted = job.section(_SECTION).get("AcceptEula")
    if not accepted:
        yield (_SECTION, "AcceptEula"), {"got": "nothing" if accepted is None else "false"}


_LONGEST_SEQUENCE = 1024


@rule(
    "serverless-sequence-length-range",
    "error",
    fields=(f"{_SECTION}.SequenceLength",),
    violated_when="SequenceLength is not from 1K to 1024K",
    message="must be from 1K to 1024K, got {got}",
    fix="use a length in that range, such as 32K, or leave it out",
    source='ServerlessJobConfig$SequenceLength ("must be an integer value from 1K to 1024K")',
)
def _serverless_sequence_length_range(job: Job) -> Hits:
    length = job.section(_SECTION)["SequenceLength"]
    if not 1 <= int(length.removesuffix("K")) <= _LONGEST_SEQUENCE:
        yield (_SECTION, "SequenceLength"), {"got": shown(length)}


RULES = (
    _serverless_excludes_classic_fields,
    _serverless_no_instance_choice,
    _serverless_evaluation_type_required,
    _serverless_evaluation_type_only_evaluation,
    _serverless_technique_only_fine_tuning,
    _serverless_evaluator_required,
    _serverless_eula_accepted,
    _serverless_sequence_length_range,
)
