"""`TrainingJobTask`: a training job as a state of a state machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.binding import PlatformBinding
from constructs_lib.cdk.explained import explain_machine, explain_role
from constructs_lib.cdk.explained_resources import explain_surroundings
from constructs_lib.cdk.given import take_given
from constructs_lib.cdk.job_arguments import check_role, check_said_once, check_types, checked_path
from constructs_lib.cdk.job_principal import JobPrincipal
from constructs_lib.cdk.job_role import PURPOSE
from constructs_lib.cdk.network import join_network
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.prefixes import note_prefixes
from constructs_lib.cdk.request_parts import part
from constructs_lib.cdk.training_role import permissions_for, warn_of_unknown_parts
from constructs_lib.cdk.trust import trust_of
from constructs_lib.cdk.validation_plugin import acknowledge_in_machine, report_on
from constructs_lib.cdk.whereabouts import path_of, remember
from constructs_lib.cdk.workflows import gates, names, policies
from constructs_lib.cdk.workflows.argument_languages import own_language, spec_language
from constructs_lib.cdk.workflows.branch import ATTEMPT_TAG
from constructs_lib.cdk.workflows.ending import EXECUTION_TAG, WORKFLOW_TAG, WorkflowJobs
from constructs_lib.cdk.workflows.failures import wrapped
from constructs_lib.cdk.workflows.integration import Integration, chosen
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.cdk.workflows.machine_rights import MachineRights
from constructs_lib.cdk.workflows.observed_task import ObservedTask
from constructs_lib.cdk.workflows.plan import MOST_LOOKS, Plan, longest_seconds
from constructs_lib.cdk.workflows.retries import (
    creation_retriers,
    given_retriers,
)
from constructs_lib.cdk.workflows.state_request import as_state, with_tags
from constructs_lib.cdk.workflows.task_arguments import (
    check_plan,
    check_shapes,
    checked_name,
    credential_members,
    failure_members,
    path_member,
    pattern_waits,
    timeout_members,
    timeout_seconds,
)
from constructs_lib.cdk.workflows.task_findings import TaskFacts, task_findings
from constructs_lib.cdk.workflows.task_rights import task_role, with_role
from constructs_lib.cdk.workflows.task_state import TaskState
from constructs_lib.runtime.content import PLACEHOLDER
from constructs_lib.spec import QualityGate, TrainingJobSpec, render_request
from constructs_lib.spec.job_name import JobName
from constructs_lib.spec.retry_failures import RetryFailures
from constructs_lib.spec.text import is_unknown

__all__ = ["TrainingJobTask"]

# Of the construct's address, a hash of its path: enough to keep the checkpoints of a bucket's tasks apart.
ADDRESS_DIGITS = 12


@jsii.implements(iam.IGrantable, ec2.IConnectable)
class TrainingJobTask(JobPrincipal, ObservedTask):
    """Runs a training job in a state machine, and waits for its end.

    It is one Task state where that says everything; otherwise one Parallel state with one branch, which
    behaves alike: the same result, ``next``, ``add_retry`` and ``add_catch``. Any text, number, list or map
    of the spec may come from the execution: `sfn.JsonPath` in JSONPath, ``"{% ... %}"`` in JSONata.

    A job that fails, is stopped or breaks a gate fails the task. What fails before a job is there
    (throttling, a quota, a role that is not known everywhere yet) is tried again by default; a job that has
    failed is never trained again unless ``retry_failures`` asks for it. The task's result is the job's
    description (DescribeTrainingJob).

    Args:
        scope: the stack, or a construct in it.
        id: the construct's id, and the state's name.
        spec: what to train.
        platform: network, key and bucket; the default platform of the outermost stack when left out.
        role: the execution role; made, or extended, as by `TrainingJob`.
        job_name: how the jobs are named: `JobName.unique`, or a whole name as text, a token or an expression,
            which SageMaker takes once. Left out: `JobName.unique` of the construct's id.
        keep_name: True runs the job under the spec's own ``training_job_name``. Left out: False, and a spec
            with a name is refused.
        quality_gates: bounds on final metrics; a job outside them fails with ``TrainingJob.GateFailed``.
        allow_stopped: whether a job that was stopped, by somebody or at its max runtime or max wait, counts
            as done. Left out: False, and it fails with ``TrainingJob.Stopped``.
        integration: ``"optimized"`` (Step Functions waits for the end by itself) or ``"aws-sdk"`` (the state
            machine asks until the job has ended; an execution that ends before stops its job). Left out: the
            first, unless the request has a member that it is not known to take.
        integration_pattern: ``RUN_JOB`` waits for the job's end; ``REQUEST_RESPONSE`` goes on as soon as the
            job is created. ``RUN_JOB`` when left out.
        retries: `sfn.RetryProps` for what fails before a job is there, instead of the default ones; an empty
            list for none.
        retry_failures: True, or a `RetryFailures`: trains again, under a new name, after a failure that may
            pass (no capacity, an internal error). Left out: no failed job is trained again.
        query_language: of this state. Left out: JSONata where the spec or ``outputs`` is written in it, else
            the state machine's.
        comment: a note in the definition; left out: none.
        state_name: the state's name; the construct's id when left out.
        input_path: what of the input the task sees; all of it when left out.
        output_path: what of the output goes on; all of it when left out.
        result_path: where in the input the result goes; the result replaces the input when left out.
        result_selector: what of the result is kept; all of it when left out.
        outputs: what goes on, in JSONata; the result when left out.
        assign: variables of the state machine, set from the result; left out: none.
        task_timeout: the longest that the job may take; then it is stopped and the task fails, with
            ``States.Timeout`` or, where the state machine asks itself, ``TrainingJob.Timeout``, counted from
            the job's creation. Left out: the job's own limits.
        heartbeat_timeout: the longest between two heartbeats, where Step Functions itself waits.
        credentials: a role to make the calls with, of another account perhaps; left out: the state machine's.

    Raises:
        SpecError: an argument of another type, or one that contradicts another; the message names it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        spec: TrainingJobSpec,
        platform: TrainingPlatform | None = None,
        role: iam.IRole | None = None,
        job_name: JobName | str | None = None,
        keep_name: bool = False,
        quality_gates: Sequence[QualityGate] = (),
        allow_stopped: bool = False,
        integration: Integration | None = None,
        integration_pattern: sfn.IntegrationPattern | None = None,
        retries: Sequence[sfn.RetryProps] | None = None,
        retry_failures: bool | RetryFailures = False,
        query_language: sfn.QueryLanguage | None = None,
        comment: str | None = None,
        state_name: str | None = None,
        input_path: str | None = None,
        output_path: str | None = None,
        result_path: str | None = None,
        result_selector: Mapping[str, Any] | None = None,
        outputs: Any = None,
        assign: Mapping[str, Any] | None = None,
        task_timeout: sfn.Timeout | None = None,
        heartbeat_timeout: sfn.Timeout | None = None,
        credentials: sfn.Credentials | None = None,
    ) -> None:
        path = checked_path(scope, id)
        check_types(path, spec, platform=platform, allow_stopped=allow_stopped, keep_name=keep_name)
        check_role(path, role)
        check_said_once(path, spec, platform, role)
        shaping = {
            "input_path": input_path,
            "output_path": output_path,
            "result_path": result_path,
            "result_selector": result_selector,
            "outputs": outputs,
        }
        check_shapes(path, assign, credentials, integration_pattern, comment=comment, state_name=state_name)
        spoken = spec_language(spec, job_name, assign, path)
        own = own_language(query_language, shaping, credentials, spoken, path)
        super().__init__(
            scope,
            id,
            comment=comment,
            state_name=state_name,
            query_language=own,
            assign=assign,
            credentials=credentials,
            **shaping,
        )
        remember(self, scope, path)
        self._plain_name = state_name or id.replace("/", "--")
        self.spec, self._own_language, self._shaping = spec, own, shaping
        self._note, self._assigned = comment, assign
        self._times = {
            "task_timeout": ("TimeoutSeconds", task_timeout),
            "heartbeat_timeout": ("HeartbeatSeconds", heartbeat_timeout),
        }
        self.platform = platform or TrainingPlatform.of(self)
        self._connections = join_network(self, spec, self.platform)
        self._job_name = checked_name(spec, job_name, names.task_prefix(id), path, keep_name=keep_name)
        gates_asked = gates.checked(spec, quality_gates, path)
        self._make_request(role)
        self._plan = Plan(
            integration=chosen(self.request, integration, path),
            waits=pattern_waits(integration_pattern, path),
            job_name=self._job_name,
            allow_stopped=allow_stopped,
            gates=gates_asked,
            retry_failures=failure_members(retry_failures, path),
            creation_retries=(),
            timeout_seconds=timeout_seconds(task_timeout, "task_timeout", path),
            own_checkpoints=self._keeps_checkpoints_apart(),
            further=credential_members(credentials),
            awaited=self._awaited_metrics(),
            most_looks=self._most_looks(),
            seed=self._seed(),
            execution=self._execution(),
            longest_seconds=longest_seconds(self.request),
        )
        given = None if retries is None else given_retriers(retries, path)
        default = creation_retriers(self._plan.integration)
        self._plan = replace(self._plan, creation_retries=default if given is None else given)
        check_plan(self._plan, self._times, credentials, path)
        self._order()
        self._rendered: dict[Language, dict[str, Any]] = {}
        self._machine_rights: MachineRights | None = None
        # What has no form in the language is an error at the user's line.
        self._request_in(Language.of(own))
        self._time_members(Language.of(own))
        self._report()

    def to_state_json(self, top_level_query_language: sfn.QueryLanguage | None = None) -> Mapping[str, Any]:
        """The state, as the states language has it; called by CDK."""
        if self._machine_rights is not None:
            self._machine_rights.write()
        language = self._language_in(top_level_query_language)
        errors = self._handlers(top_level_query_language)
        state = TaskState(
            name=self._name,
            plan=self._plan,
            language=language,
            machine=Language.of(top_level_query_language),
            prefix=self._prefix,
            request=self._request_in(language),
            outer={
                **self._render_next_end(),
                **(self._render_query_language(top_level_query_language) if self._own_language else {}),
                **({"Comment": self._note} if self._note else {}),
            },
            retry=list(errors.get("Retry", [])),
            catch=list(errors.get("Catch", [])),
            input_path=path_member("InputPath", self._shaping["input_path"]),
            result=self._result(),
            assign=self._assigned and self._render_assign(top_level_query_language).get("Assign"),
            times=self._time_members(language),
        )
        return state.render()

    def _keeps_checkpoints_apart(self) -> bool:
        """Whether the request has the variable that keeps the checkpoints of jobs apart."""
        return self._chooses_checkpoints

    @property
    def _chooses_checkpoints(self) -> bool:
        """Whether the place of the checkpoints is the task's to choose."""
        return self.spec.checkpoint is not None and self.spec.checkpoint.location() is None

    def _awaited_metrics(self) -> tuple[str, ...]:
        """Metrics that the result should have, without being judged: none."""
        return ()

    def _most_looks(self) -> int:
        """How often the state machine may look at the job, where it asks itself."""
        return MOST_LOOKS

    def _seed(self) -> str | None:
        """JSONata of what names a try, where two executions may share one; None for a random one."""
        return None

    def _execution(self) -> str | None:
        """JSONata of the ARN of the execution whose end stops the job; None for the one that it is in."""
        return None

    def _make_request(self, given: iam.IRole | None) -> None:
        """Derive the permissions from the request, which is rendered without its role for that."""
        folder = "" if self.spec.checkpoint is None else self.node.addr[-ADDRESS_DIGITS:]
        binding = PlatformBinding(self, self.spec, self.platform, checkpoint_folder=folder)
        request = render_request(self.spec, binding)
        warn_of_unknown_parts(self.spec, request, self)
        self._prefix = str(self._job_name.prefix) if isinstance(self._job_name, JobName) else ""
        self._names = policies.job_names(self._job_name, prefix=self._prefix or None)
        pattern = self._names[0] if len(self._names) == 1 else str(self._job_name)
        self._permissions = permissions_for(self.spec, request, self.platform, pattern)
        made = task_role(self, self.spec, given, self._permissions, self.platform, trust_of(request))
        self.role, self._rights, warnings = made
        self._noted = [*warnings, *note_prefixes(request)]
        self._noted += take_given(self, self.spec, self.platform, self.role, self._permissions)
        explain_role(self, self.role, self._permissions, PURPOSE)
        self.request: dict[str, Any] = with_role(request, self.spec, self.role, is_new=given is None)
        self.request.pop("TrainingJobName", None)

    def _request_in(self, language: Language) -> dict[str, Any]:
        """The request as the creating state has it."""
        if language not in self._rendered:
            named = {} if isinstance(self._job_name, JobName) else {"TrainingJobName": self._job_name}
            request = {**named, **self.request}
            state = as_state(request, self.spec, language, self, members=self._members(language))
            tagged = (
                state if is_unknown(self.spec.tags) else with_tags(state, self._tags(language), path_of(self))
            )
            self._rendered[language] = tagged
        return self._rendered[language]

    def _members(self, language: Language) -> dict[str, object]:
        """What the task itself says of the request: the name, and where its checkpoints are."""
        members: dict[str, object] = dict(self._name_member(language))
        if self._chooses_checkpoints:
            folder = part(self.request, "CheckpointConfig")["S3Uri"].removesuffix(f"/{PLACEHOLDER}")
            members["CheckpointConfig"] = language.member("S3Uri", names.checkpoint_uri(folder, language))
        return members

    def _name_member(self, language: Language) -> Mapping[str, str]:
        if not isinstance(self._job_name, JobName):
            return {}
        return language.member("TrainingJobName", names.branch_name(self._prefix, language))

    def _tags(self, language: Language) -> list[dict[str, str]]:
        tags = [{"Key": WORKFLOW_TAG, "Value": self._jobs.ref}]
        for key, variable in self._marks.items():
            value = f"${variable}" if language is Language.JSONPATH else wrapped(f"${variable}")
            tags.append({"Key": key, **language.member("Value", value)})
        return tags

    @property
    def _marks(self) -> dict[str, str]:
        """The tags whose values are variables of the branch."""
        execution = {EXECUTION_TAG: names.EXECUTION} if self._plan.waits else {}
        return {**execution, **({ATTEMPT_TAG: names.SEED} if self._plan.tells_whose else {})}

    def _result(self) -> dict[str, Any]:
        """The members that shape the result."""
        outputs = self._shaping["outputs"]
        return {
            **(self._render_result_selector() if self._shaping["result_selector"] else {}),
            **path_member("ResultPath", self._shaping["result_path"]),
            **path_member("OutputPath", self._shaping["output_path"]),
            **({} if outputs is None else {"Output": outputs}),
        }

    def _time_members(self, language: Language) -> dict[str, Any]:
        members: dict[str, Any] = {}
        if self._plan.loops:
            return members
        for argument, (member, given) in self._times.items():
            members |= timeout_members(given, member, argument, language, path_of(self))
        return members

    def _order(self) -> None:
        """Make everything the job needs before the state machine, and delete it after the job's end."""
        self._jobs = WorkflowJobs.of(self, self.platform)
        self._jobs.keep_for(self.spec, self.platform, self._rights, self.request.get("RoleArn"))
        if self._plan.waits:
            self._jobs.watch_executions()
        explain_surroundings(self.platform, self._jobs.runtime, self._jobs.watch)

    def _report(self) -> None:
        name = None if isinstance(self._job_name, JobName) else self._job_name
        facts = TaskFacts(
            self,
            self.spec,
            self.request,
            name,
            lambda: self._machine_rights is not None,
            (WORKFLOW_TAG, *self._marks),
            self._plan.waits,
            [*self._noted],
        )
        report_on(self, lambda: task_findings(facts))

    # Plain values, as CDK would call back for each property. Step Functions counts no metrics for one state;
    # the statements are the graph's to keep.
    _task_metrics: Any = None
    _task_policies: Any = None

    def _when_bound_to_graph(self, graph: sfn.StateGraph) -> None:
        super()._when_bound_to_graph(graph)
        self._machine_rights = MachineRights.of(graph)
        needed = self.machine_permissions()
        # Another role makes the calls; by the rule Step Functions itself learns of the job's end.
        granted = policies.of_events(needed) if self._plan.further else needed
        self._machine_rights.add(granted)
        calling = [policies.TAKE_ROLE] if self._plan.further else []
        explain_machine(self, [*granted, *calling], self._plain_name)
        acknowledge_in_machine(self, self._plain_name, granted)

    def machine_permissions(self) -> list[Permission]:
        """What the state machine's role is allowed, and because of which field of the request.

        With ``credentials`` it is what their role needs, which is not changed.
        """
        tagged = {**self.request, "Tags": self.request.get("Tags") or [WORKFLOW_TAG]}
        return policies.task_permissions(tagged, self._plan, self._names)
