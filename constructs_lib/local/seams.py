"""Every symbol of moto that is replaced or relied upon, and the check that it is still there.

moto has no extension points for what is added here, so its functions are replaced. That is safe only for the
exact version they were read in: :func:`check` refuses any other, and refuses when a symbol is gone.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib import metadata
from typing import Any

from constructs_lib.errors import LocalError

__all__ = ["PINNED_MOTO", "SEAMS", "USED", "check", "get", "module", "original", "replace"]

PINNED_MOTO = "5.2.5"
_INSTALL = "pip install 'constructs-lib[local]'"
_CFN, _SM, _SFN = "moto.cloudformation", "moto.sagemaker", "moto.stepfunctions"
_ASL = f"{_SFN}.parser.asl"
_TASK = f"{_ASL}.component.state.exec.state_task"
_MAP = f"{_ASL}.component.state.exec.state_map"
_MAP_WORKER = (
    f"{_MAP}.iteration.itemprocessor.distributed_item_processor_worker:DistributedItemProcessorWorker"
)

# Replaced: "module:attribute.path".
SEAMS: tuple[str, ...] = (
    "moto.awslambda.models:LambdaFunction._invoke_lambda",
    "moto.awslambda.models:LambdaFunction.invoke",
    "moto.awslambda.models:LambdaFunction.update_from_cloudformation_json",
    "moto.events.models:EventsBackend.put_rule",
    "moto.events.models:Rule.send_to_targets",
    "moto.events.models:Rule.update_from_cloudformation_json",
    f"{_CFN}.models:get_stack_from_s3_url",
    f"{_CFN}.responses:get_stack_from_s3_url",
    f"{_CFN}.parsing:resource_class_from_type",
    f"{_CFN}.parsing:ResourceMap.__getitem__",
    f"{_CFN}.parsing:ResourceMap.__iter__",
    f"{_CFN}.parsing:ResourceMap.parse_ssm_parameter",
    f"{_CFN}.models:Stack.outputs",
    f"{_CFN}.models:CloudFormationBackend.create_stack",
    f"{_CFN}.models:CloudFormationBackend.update_stack",
    f"{_CFN}.models:CloudFormationBackend.delete_stack",
    f"{_CFN}.models:CloudFormationBackend.create_change_set",
    f"{_CFN}.models:CloudFormationBackend.execute_change_set",
    f"{_CFN}.responses:CloudFormationResponse.describe_change_set",
    f"{_CFN}.responses:CloudFormationResponse.execute_change_set",
    f"{_CFN}.responses:CloudFormationResponse.delete_change_set",
    f"{_SM}.responses:SageMakerResponse.create_training_job",
    f"{_SM}.responses:SageMakerResponse.describe_training_job",
    f"{_SM}.responses:SageMakerResponse.list_training_jobs",
    f"{_SM}.responses:SageMakerResponse.add_tags",
    f"{_SM}.responses:SageMakerResponse.list_tags",
    f"{_SM}.responses:SageMakerResponse.delete_tags",
    f"{_SFN}.models:stepfunctions_backends",
    f"{_SFN}.models:StateMachine.create_from_cloudformation_json",
    f"{_SFN}.models:StateMachine.update_from_cloudformation_json",
    f"{_SFN}.parser.models:StepFunctionsParserBackend._validate_definition",
    f"{_SFN}.parser.models:StepFunctionsParserBackend.start_execution",
    f"{_SFN}.parser.backend.execution:BaseExecutionWorkerCommunication.terminated",
    f"{_SFN}.parser.backend.execution:BaseExecutionWorkerCommunication._reflect_execution_status",
    f"{_SFN}.parser.backend.execution_worker:ExecutionWorker._get_evaluation_environment",
    f"{_SFN}.parser.backend.execution_worker:ExecutionWorker.stop",
    f"{_SFN}.models:StepFunctionBackend.delete_state_machine",
    f"{_SFN}.responses:StepFunctionResponse.describe_execution",
    f"{_SFN}.responses:StepFunctionResponse.stop_execution",
    f"{_ASL}.parse.asl_parser:AmazonStateLanguageParser.parse",
    f"{_ASL}.parse.preprocessor:Preprocessor._query_language_per_scope",
    f"{_ASL}.parse.preprocessor:Preprocessor.visitResult_writer_decl",
    f"{_ASL}.parse.preprocessor:Preprocessor.visitAssign_template_value_terminal_string_literal",
    f"{_ASL}.eval.environment:Environment.as_inner_frame_of",
    f"{_ASL}.eval.environment:Environment.set_error",
    f"{_ASL}.eval.event.event_manager:EventManager.add_event",
    f"{_ASL}.utils.json_path:parse",
    f"{_ASL}.component.common.string.string_expression:StringJSONata._eval_body",
    f"{_ASL}.component.common.string.string_expression:StringVariableSample._eval_body",
    f"{_ASL}.component.common.assign.assign_decl:AssignDecl._eval_body",
    f"{_ASL}.component.common.error_name.custom_error_name:CustomErrorName.__init__",
    f"{_ASL}.component.common.error_name.error_equals_decl:ErrorEqualsDecl._eval_body",
    f"{_ASL}.component.common.retry.retrier_decl:RetrierDecl._eval_body",
    f"{_ASL}.component.common.timeouts.heartbeat:HeartbeatSecondsJSONata._eval_seconds",
    f"{_ASL}.component.common.timeouts.heartbeat:HeartbeatSecondsPath._eval_seconds",
    f"{_ASL}.component.common.timeouts.timeout:TimeoutSecondsJSONata._eval_seconds",
    f"{_ASL}.component.common.timeouts.timeout:TimeoutSecondsPath._eval_seconds",
    f"{_ASL}.component.state.state:CommonStateField._eval_body",
    f"{_ASL}.component.state.state:CommonStateField._get_state_exited_event_details",
    f"{_ASL}.component.state.state:CommonStateField._set_next",
    f"{_ASL}.component.state.state:StateData",
    f"{_ASL}.component.state.choice.comparison.comparison:ConditionStringJSONata._eval_body",
    f"{_ASL}.component.state.wait.wait_function.seconds:SecondsJSONata._get_wait_seconds",
    f"{_ASL}.component.state.wait.wait_function.wait_function:WaitFunction._wait_interval",
    f"{_MAP}.iteration.distributed_iteration_component:DistributedIterationComponent._map_run",
    f"{_MAP_WORKER}._eval_job",
    f"{_MAP_WORKER}._eval_pool",
    f"{_MAP}.item_reader.eval.resource_eval_s3:ResourceEvalS3._handle_get_object",
    f"{_MAP}.result_writer.result_writer_decl:ResultWriter._eval_body",
    f"{_MAP}.result_writer.resource_eval.resource_eval_s3:ResourceEvalS3._handle_put_object",
    f"{_TASK}.state_task:StateTask._eval_state_credentials",
    f"{_TASK}.state_task_factory:state_task_service_for",
    f"{_TASK}.service.state_task_service_factory:state_task_service_for",
    f"{_TASK}.service.state_task_service_aws_sdk:_SERVICE_ERROR_NAMES",
    f"{_TASK}.service.state_task_service_aws_sdk:boto_client_for",
    f"{_TASK}.service.state_task_service_aws_sdk:StateTaskServiceAwsSdk._eval_service_task",
)

# Called or subclassed, not replaced.
USED: tuple[str, ...] = (
    "moto.awslambda.models:LambdaFunction._create_zipfile_from_plaintext_code",
    "moto.awslambda.models:LambdaFunction.save_logs",
    "moto.awslambda.utils:get_backend",
    "moto.core.config:default_user_config",
    "moto.core.exceptions:JsonRESTError",
    "moto.core.responses:ActionResult",
    "moto.core.responses:EmptyResult",
    "moto.events.models:events_backends",
    "moto.moto_server.werkzeug_app:DomainDispatcherApplication",
    "moto.moto_server.werkzeug_app:MotoRequestHandler",
    "moto.moto_server.werkzeug_app:create_backend_app",
    f"{_CFN}.parsing:clean_json",
    f"{_CFN}.parsing:parse_and_create_resource",
    f"{_CFN}.parsing:parse_and_update_resource",
    f"{_CFN}.parsing:ResourceMap._delete_resource",
    f"{_CFN}.models:Stack._create_output_map",
    f"{_CFN}.models:Event",
    f"{_CFN}.models:Stack",
    f"{_CFN}.models:cloudformation_backends",
    f"{_CFN}.utils:generate_stack_id",
    f"{_CFN}.exceptions:AlreadyExistsException",
    f"{_CFN}.exceptions:ValidationError",
    "moto.cloudtrail.responses:CloudTrailResponse",
    "moto.ec2.models:ec2_backends",
    "moto.iam.models:iam_backends",
    "moto.logs.models:logs_backends",
    "moto.s3.models:s3_backends",
    "moto.sns.models:sns_backends",
    "moto.sqs.models:sqs_backends",
    "moto.ssm.models:ssm_backends",
    "moto.sts.models:sts_backends",
    f"{_SM}.models:sagemaker_backends",
    f"{_SM}.responses:SageMakerResponse",
    f"{_SM}.models:FakeTrainingJob.arn_formatter",
    f"{_SFN}.parser.api:InvalidDefinition",
    f"{_SFN}.parser.models:stepfunctions_parser_backends",
    f"{_ASL}.component.common.error_name.custom_error_name:CustomErrorName",
    f"{_ASL}.component.common.retry.retrier_decl:MaxAttemptsOutcome",
    f"{_ASL}.component.common.retry.retrier_decl:RetrierOutcome",
    f"{_ASL}.jsonata.validations:FailureEventException",
    f"{_ASL}.parse.preprocessor:AssignTemplateValueTerminalLit",
    f"{_ASL}.parse.preprocessor:Resource",
    f"{_ASL}.parse.preprocessor:ResultWriter",
    f"{_ASL}.utils.json_path:extract_json",
    f"{_MAP}.iteration.job:JobPool",
    f"{_TASK}.service.state_task_service_batch:StateTaskServiceBatch",
)

_originals: dict[str, Any] = {}


def check() -> None:
    """Fails unless moto is the pinned version and every symbol exists.

    Raises:
        LocalError: moto is missing, of another version, or lacks a symbol.
    """
    version = _version("moto")
    if not version:
        raise LocalError(f"moto is not installed; run {_INSTALL}")
    if version != PINNED_MOTO:
        raise LocalError(f"moto {version} is installed, only {PINNED_MOTO} works; run {_INSTALL}")
    missing = [name for name in (*SEAMS, *USED) if not _exists(name)]
    if not _version("jsonata-python"):
        raise LocalError(f"jsonata-python is not installed; run {_INSTALL}")
    if missing:
        raise LocalError(f"moto {version} lacks {', '.join(missing)}; reinstall it: {_INSTALL}")


def replace(name: str, value: Any) -> Any:
    """Puts ``value`` in the place of a seam and returns what was there first.

    Raises:
        LocalError: the seam is not listed, so nothing checks that it exists.
    """
    if name not in SEAMS:
        raise LocalError(f"{name} is not a known seam of moto; add it to SEAMS")
    holder, attribute = _holder(name)
    _originals.setdefault(name, getattr(holder, attribute))
    setattr(holder, attribute, value)
    return _originals[name]


def get(name: str) -> Any:
    """A listed symbol as it is now; moto is reached through here only, so :func:`check` sees it all.

    Raises:
        LocalError: the symbol is not listed.
    """
    if name not in USED and name not in SEAMS:
        raise LocalError(f"{name} is not a known symbol of moto; add it to USED")
    holder, attribute = _holder(name)
    return getattr(holder, attribute)


def module(name: str) -> Any:
    """A whole module of moto, one that :data:`USED` names a symbol of."""
    return importlib.import_module(name)


def original(name: str) -> Callable[..., Any]:
    """What a seam was before it was replaced."""
    if name in _originals:
        return _originals[name]  # type: ignore[no-any-return]
    holder, attribute = _holder(name)
    return getattr(holder, attribute)  # type: ignore[no-any-return]


def _version(package: str) -> str:
    """The installed version of a package; empty when there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _holder(name: str) -> tuple[Any, str]:
    where, _, path = name.partition(":")
    holder: Any = importlib.import_module(where)
    *parents, attribute = path.split(".")
    for parent in parents:
        holder = getattr(holder, parent)
    return holder, attribute


def _exists(name: str) -> bool:
    try:
        holder, attribute = _holder(name)
    except (ImportError, AttributeError):
        return False
    return hasattr(holder, attribute)
