"""`TrainingSchedule`: a training job that runs at set times."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, cast

import jsii
from aws_cdk import CfnResource, ITaggableV2, RemovalPolicy, TagManager, TagType
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.explained import explain_resource
from constructs_lib.cdk.explained_resources import QUEUE, explain_surroundings
from constructs_lib.cdk.job_arguments import (
    SPEC_TAG_PRIORITY,
    check_role,
    check_said_once,
    check_types,
    checked_path,
    fixed_name,
    tag_manager,
)
from constructs_lib.cdk.job_principal import JobPrincipal
from constructs_lib.cdk.job_properties import RESOURCE_TYPE
from constructs_lib.cdk.network import join_network
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.request_parts import part
from constructs_lib.cdk.schedules.arguments import check_direct, check_schedule
from constructs_lib.cdk.schedules.dead_letters import make_dead_letter_queue
from constructs_lib.cdk.schedules.direct import DirectTraining
from constructs_lib.cdk.schedules.direct_findings import DirectFacts, direct_findings
from constructs_lib.cdk.schedules.frequency import note_frequency
from constructs_lib.cdk.schedules.machine import MachineTraining
from constructs_lib.cdk.schedules.misplaced import misplaced_attributes
from constructs_lib.cdk.schedules.names import schedule_prefix
from constructs_lib.cdk.schedules.observed import ObservedSchedule
from constructs_lib.cdk.schedules.scheduled_task import ScheduledTask
from constructs_lib.cdk.schedules.scheduler_rights import SchedulerRole, delivery_permissions
from constructs_lib.cdk.schedules.settings import (
    check_queue,
    check_resources,
    check_texts,
    check_window,
    checked_times,
)
from constructs_lib.cdk.validation_plugin import ConstructsLibPlugin, report_on
from constructs_lib.cdk.whereabouts import remember
from constructs_lib.cdk.workflows.ending import WORKFLOW_TAG, WorkflowJobs
from constructs_lib.cdk.workflows.integration import Integration
from constructs_lib.rules import Finding
from constructs_lib.spec import QualityGate, TrainingJobSpec
from constructs_lib.spec.job_name import JobName
from constructs_lib.spec.retry_failures import RetryFailures

__all__ = ["TrainingSchedule"]


@jsii.implements(iam.IGrantable, ec2.IConnectable, ITaggableV2)
class TrainingSchedule(JobPrincipal, ObservedSchedule):
    """A training job that runs at set times.

    By default each run is an execution of a state machine with a `TrainingJobTask`, so that its names,
    retries and gates hold. The execution's input is ``{"scheduledTime": ..., "scheduleArn": ...}``, which the
    spec's expressions may use. With ``direct=True`` EventBridge Scheduler calls SageMaker by itself: it
    starts the job, and nobody waits for its end.

    Either way a run whose start failed is not started again: it may only be the answer that was lost, and
    then two trainings would run. It is in the dead-letter queue. A run that is delivered twice trains once,
    but with ``direct=True`` twice: two executions of one scheduled time share one job.

    Args:
        scope: the stack, or a construct in it.
        id: the construct's id.
        spec: what to train.
        schedule: when: ``cron``, ``rate`` or ``at``, with a time zone. A ``cron`` without ``minute`` runs in
            every minute of its hours.
        platform: network, key and bucket; the default platform of the outermost stack when left out.
        role: the execution role. Left out: the spec's, or a new one, allowed what the spec needs and nothing
            beside it. What is missing in one that is given is added to it; where it cannot be changed, a
            warning lists it.
        direct: True goes straight to SageMaker. Left out: False, through a state machine.
        job_name_prefix: begins the jobs' names: characters a-z, 0-9 and hyphens, up to 30, and up to 26 with
            ``direct=True``. Left out: made of the construct's id, and of its path where the id is longer.
        keep_name: True gives the job the spec's own ``training_job_name``, which can be used once: for a
            schedule that runs once, with a warning for another. Left out: False, and a spec with a name is
            refused.
        quality_gates: bounds on final metrics; a run whose job is outside them fails. Not with ``direct``.
        allow_stopped: whether a job that was stopped counts as done. Not with ``direct``. Left out: False.
        retry_failures: as for a `TrainingJobTask`. Not with ``direct``. Left out: no failed job is trained
            again.
        integration: as for a `TrainingJobTask`. Not with ``direct``.
        task_timeout: as for a `TrainingJobTask`. Not with ``direct``. Left out: the job's own limits.
        time_window: how much later than its time a run may start. Left out: at once.
        start: from when on, in UTC unless it has a zone. Left out: from now on.
        end: until when, in UTC unless it has a zone; after ``start``. Left out: for ever.
        enabled: False makes the schedule, but lets it rest. Left out: True.
        description: the schedule's description, up to 512 characters; left out: none.
        schedule_group: a group of schedules, which shares its metrics. Left out: one of its own.
        schedule_name: the schedule's name; left out: CloudFormation makes one.
        encryption_key: encrypts the schedule's payload and the dead-letter queue. Left out: the platform's.
            One that is imported must admit this account's IAM policies.
        dead_letter_queue: a standard queue (not FIFO) for runs that could not be started. Left out: an
            encrypted one of its own, which keeps them for 14 days.

    Attributes:
        schedule: the schedule.
        schedule_group: its group.
        scheduler_role: the role that EventBridge Scheduler uses.
        dead_letter_queue: the queue.
        role: the jobs' execution role.
        state_machine: what a run executes; None with ``direct=True``.

    Raises:
        SpecError: an argument of another type, or one that contradicts another; the message names it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        spec: TrainingJobSpec,
        schedule: scheduler.ScheduleExpression,
        platform: TrainingPlatform | None = None,
        role: iam.IRole | None = None,
        direct: bool = False,
        job_name_prefix: str | None = None,
        keep_name: bool = False,
        quality_gates: Sequence[QualityGate] = (),
        allow_stopped: bool = False,
        retry_failures: bool | RetryFailures = False,
        integration: Integration | None = None,
        task_timeout: sfn.Timeout | None = None,
        time_window: scheduler.TimeWindow | None = None,
        start: datetime.datetime | None = None,
        end: datetime.datetime | None = None,
        enabled: bool = True,
        description: str | None = None,
        schedule_group: scheduler.IScheduleGroup | None = None,
        schedule_name: str | None = None,
        encryption_key: kms.IKey | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        path = checked_path(scope, id)
        check_types(path, spec, platform=platform, keep_name=keep_name, allow_stopped=allow_stopped)
        check_schedule(path, schedule, direct=direct, enabled=enabled)
        check_window(path, time_window)
        check_texts(path, description=description, schedule_name=schedule_name)
        check_resources(
            path,
            schedule_group=schedule_group,
            encryption_key=encryption_key,
            dead_letter_queue=dead_letter_queue,
        )
        check_queue(path, dead_letter_queue)
        start, end = checked_times(path, start=start, end=end)
        check_role(path, role)
        check_said_once(path, spec, platform, role)
        judging = {
            "quality_gates": quality_gates,
            "allow_stopped": allow_stopped,
            "retry_failures": retry_failures,
            "task_timeout": task_timeout,
        }
        if direct:
            check_direct(path, waiting=judging, machine={"integration": integration})
        fixed = fixed_name(path, spec, job_name_prefix, keep_name=keep_name)
        prefix = schedule_prefix(job_name_prefix, id, path, direct=direct)
        super().__init__(scope, id)
        remember(self, scope, path)
        self._fixed, self._prefix = fixed, prefix
        self.spec = spec
        self.platform = platform or TrainingPlatform.of(self)
        self._connections = join_network(self, spec, self.platform, reports=direct)  # else its task does
        self._tag_manager = (
            tag_manager(spec, path) if direct else TagManager(TagType.KEY_VALUE, RESOURCE_TYPE)
        )
        key = encryption_key or self.platform.encryption_key
        self.schedule_group = schedule_group or scheduler.ScheduleGroup(
            self, "Group", removal_policy=RemovalPolicy.DESTROY
        )
        self.dead_letter_queue = dead_letter_queue or make_dead_letter_queue(self, "DeadLetters", key)
        explain_resource(self, QUEUE)
        if direct:
            started: DirectTraining | MachineTraining = self._start_directly(role)
        else:
            started = self._start_machine(role, time_window, {**judging, "integration": integration})
        self._frequency = note_frequency(schedule, fixed)
        self.scheduler_role = self._scheduler_role(started.starting, key)
        self.schedule = scheduler.Schedule(
            self,
            "Schedule",
            schedule=schedule,
            # It has its rights already; CDK would add others.
            target=started.target(self.scheduler_role.without_policy_updates(), self.dead_letter_queue),
            description=description,
            enabled=enabled,
            start=start,
            end=end,
            key=key,
            schedule_group=self.schedule_group,
            schedule_name=schedule_name,
            time_window=time_window,
        )
        # The reference to the role is none to its rights. Its trust names the group, so that is there too.
        self.schedule.node.add_dependency(self.scheduler_role)
        if (watch := WorkflowJobs.of(self, self.platform).watch) is not None:
            self.schedule.node.add_dependency(watch)
        self._report(started)

    def _start_directly(self, role: iam.IRole | None) -> DirectTraining:
        jobs = WorkflowJobs.of(self, self.platform)
        self._tag_manager.set_tag(WORKFLOW_TAG, jobs.ref, SPEC_TAG_PRIORITY + 1)
        made = DirectTraining(
            self,
            self.spec,
            self.platform,
            role,
            tags=self._tag_manager,
            prefix=self._prefix,
            fixed=self._fixed,
            element=self._element,
        )
        jobs.keep_for(self.spec, self.platform, made.rights, made.request.get("RoleArn"))
        explain_surroundings(self.platform, jobs.runtime)
        self.role, self._permissions, self.state_machine = made.role, made.permissions, None
        self._output = dict(part(made.request, "OutputDataConfig"))
        return made

    def _start_machine(
        self, role: iam.IRole | None, time_window: scheduler.TimeWindow | None, judging: Mapping[str, Any]
    ) -> MachineTraining:
        task = ScheduledTask(
            self,
            "Train",
            time_window=time_window,
            spec=self.spec,
            platform=self.platform,
            role=role,
            job_name=JobName.unique(self._prefix) if self._fixed is None else None,
            keep_name=self._fixed is not None,
            **judging,
        )
        made = MachineTraining(self, task, self.platform)
        self.role, self._permissions = task.role, task.explain_permissions()
        self.state_machine = made.state_machine
        self._output = dict(part(task.request, "OutputDataConfig"))
        return made

    def _scheduler_role(self, starting: list[Permission], key: kms.IKey) -> SchedulerRole:
        needed = [*starting, *delivery_permissions(self.schedule_group, key, self.dead_letter_queue)]
        return SchedulerRole(self, "SchedulerRole", group=self.schedule_group, permissions=needed)

    def _element(self) -> CfnResource:
        return cast("CfnResource", self.schedule.node.default_child)

    def _report(self, started: DirectTraining | MachineTraining) -> None:
        if isinstance(started, MachineTraining):  # the task reports on the rest of its request
            named = {"TrainingJobName": self._fixed, **started.request}
            misplaced = [*misplaced_attributes(named), *self._frequency]
            plugin = report_on(self, lambda: [*misplaced, *self._shared_prefix(plugin)])
            return
        algorithm = self.spec.algorithm
        facts = DirectFacts(
            resource=self._element(),
            request=started.request,
            tags=self.spec.tags,
            name=self._fixed,
            script=algorithm is not None and algorithm.source is not None,
            own_tag=WORKFLOW_TAG,
            noted=[*started.noted, *self._frequency],
        )
        plugin = report_on(self, lambda: [*direct_findings(facts), *self._shared_prefix(plugin)])

    def _shared_prefix(self, plugin: ConstructsLibPlugin | None) -> list[Finding]:
        return [] if plugin is None else self._prefix_findings(plugin.constructs)

    @property
    def cdk_tag_manager(self) -> TagManager:
        """With ``direct=True`` the jobs' tags: the spec's, and those of the scopes around the schedule."""
        return self._tag_manager
