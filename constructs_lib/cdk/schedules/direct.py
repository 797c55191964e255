"""Straight from EventBridge Scheduler to SageMaker: the call that a schedule makes by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_cdk import CfnElement, Stack, TagManager
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.cdk.binding import PlatformBinding
from constructs_lib.cdk.completion import Completion
from constructs_lib.cdk.given import take_given
from constructs_lib.cdk.job_arguments import check_hyperparameters
from constructs_lib.cdk.job_notes import note_default_runtime, note_name
from constructs_lib.cdk.job_role import JobRole, job_role
from constructs_lib.cdk.naming import owner_block
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.prefixes import note_prefixes
from constructs_lib.cdk.schedules.attributes import EXECUTION_ID, with_attributes_as, with_text
from constructs_lib.cdk.schedules.json_types import json_typed
from constructs_lib.cdk.schedules.names import direct_name
from constructs_lib.cdk.training_role import permissions_for, warn_of_unknown_parts
from constructs_lib.cdk.trust import trust_of
from constructs_lib.cdk.workflows.policies import job_names, machine_permissions
from constructs_lib.rules import Finding
from constructs_lib.runtime.content import PLACEHOLDER
from constructs_lib.spec import TrainingJobSpec, render_request


class DirectTraining:
    """The jobs that a schedule creates by itself.

    Args:
        scope: the schedule.
        spec: what to train.
        platform: where.
        role: the execution role that was given.
        tags: the jobs' tags.
        prefix: begins the jobs' names.
        fixed: the name that is kept instead.
        element: the schedule's resource, which may be made later.

    Attributes:
        request: the rendered request, without its name; attributes of EventBridge Scheduler's are in it.
        role: the execution role.
        rights: what has to be there before a job can use it.
        permissions: what it is allowed.
        starting: what EventBridge Scheduler has to be allowed.
        state_machine: None.
        noted: findings.
    """

    def __init__(
        self,
        scope: Construct,
        spec: TrainingJobSpec,
        platform: TrainingPlatform,
        role: iam.IRole | None,
        *,
        tags: TagManager,
        prefix: str,
        fixed: str | None,
        element: Callable[[], CfnElement],
    ) -> None:
        self.state_machine: None = None
        self._scope, self._prefix, self._fixed = scope, prefix, fixed
        # Below its owner's folder each invocation keeps the checkpoints of its own job.
        binding = PlatformBinding(scope, spec, platform, checkpoint_folder=owner_block(element))
        made = self._role(spec, platform, role, binding)
        self.role, self.rights, warnings = made
        binding.use_role(self.role.role_arn)
        self.request = self._rendered(spec, binding, tags)
        # An attribute's text is not known: in a policy it is any text.
        names = job_names(prefix=prefix) if fixed is None else job_names(with_attributes_as(fixed, "*"))
        known = with_attributes_as(self.request, "*")
        self.starting = machine_permissions(known, form="api-call", names=names)
        self.noted: list[Finding] = [
            *warnings,
            # With the run's id in it, it is another name each time.
            *note_name(None if fixed is None or EXECUTION_ID in fixed else fixed),
            *note_default_runtime(spec, Completion.start(), self.request),
        ]

    def _role(
        self,
        spec: TrainingJobSpec,
        platform: TrainingPlatform,
        given: iam.IRole | None,
        binding: PlatformBinding,
    ) -> JobRole:
        """Derive the permissions from the request, which is rendered without its role for that."""
        request: dict[str, Any] = render_request(spec, binding)
        check_hyperparameters(self._scope.node.path, request)
        warn_of_unknown_parts(spec, request, self._scope)
        names = f"{self._prefix}-*" if self._fixed is None else with_attributes_as(self._fixed, "*")
        known = with_attributes_as(request, "*")
        self.permissions: list[Permission] = permissions_for(spec, known, platform, names)
        made = job_role(self._scope, spec, given, self.permissions, trust_of(request))
        taken = take_given(self._scope, spec, platform, made.role, self.permissions)
        return made._replace(findings=[*made.findings, *note_prefixes(request), *taken])

    def _rendered(self, spec: TrainingJobSpec, binding: PlatformBinding, tags: TagManager) -> dict[str, Any]:
        request: dict[str, Any] = render_request(spec, binding)
        # The tag manager holds the spec's tags, those of the scopes around the schedule, and the library's.
        request.pop("TrainingJobName", None)
        request["Tags"] = tags.rendered_tags
        # No job resumes another's checkpoints: the id stands where a deploy-time job has its content.
        rendered: dict[str, Any] = with_text(request, PLACEHOLDER, EXECUTION_ID)
        return rendered

    def target(self, role: iam.IRole, queue: sqs.IQueue) -> scheduler.IScheduleTarget:
        """The call of CreateTrainingJob, made once: another attempt would be another job.

        Args:
            role: the role to make it under, which has its rights already.
            queue: where a call that failed is told of.
        """
        name = direct_name(self._prefix) if self._fixed is None else self._fixed
        payload = {"TrainingJobName": name, **json_typed(self.request)}
        return targets.Universal(
            service="sagemaker",
            action="createTrainingJob",
            # Not from_object, which quotes numbers that CloudFormation knows.
            input=scheduler.ScheduleTargetInput.from_text(Stack.of(self._scope).to_json_string(payload)),
            role=role,
            dead_letter_queue=queue,
            retry_attempts=0,
            # Without one CDK warns, and takes every job; this role takes none of it.
            policy_statements=[self.starting[0].to_statement()],
        )
