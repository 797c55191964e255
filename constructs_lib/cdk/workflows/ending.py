"""What becomes of the training jobs of workflows when their stack, or their execution, ends.

One custom resource a stack stands for the jobs that its state machines start, which bear its value as a tag.
State machines refer to it, so they are deleted before it; it is made after what the jobs need, and deleted
before that. Its deletion stops the jobs that run, and waits for their ends. So does an update that takes
their execution roles away, for the jobs under these.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast
from weakref import WeakKeyDictionary, ref

from aws_cdk import CfnResource, CustomResource, Duration, RemovalPolicy, Stack
from constructs import Construct, IDependable

from constructs_lib.cdk.acknowledged.machines import machine_policies
from constructs_lib.cdk.bucket_policies import LateOrder, job_buckets
from constructs_lib.cdk.completion import LONGEST_SERVICE_TIMEOUT
from constructs_lib.cdk.conditions import after
from constructs_lib.cdk.naming import owner_block
from constructs_lib.cdk.network import made_with, mounted
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.runtime import TrainingRuntime
from constructs_lib.cdk.runtime_policies import WORKFLOW_TAG
from constructs_lib.cdk.validation_plugin import plugin_of
from constructs_lib.cdk.whereabouts import stack_of
from constructs_lib.cdk.workflows.circles import without_circles
from constructs_lib.cdk.workflows.ended_executions import EndedExecutions
from constructs_lib.cdk.workflows.job_roles import JobRoles
from constructs_lib.cdk.workflows.stack_machines import JOBS_ID, StackMachines
from constructs_lib.cdk.workflows.watched_machines import EXECUTION_TAG
from constructs_lib.spec import TrainingJobSpec

__all__ = ["EXECUTION_TAG", "JOBS_ID", "RESOURCE_TYPE", "WORKFLOW_TAG", "WorkflowJobs"]

RESOURCE_TYPE = "Custom::SageMakerWorkflowJobs"


_known: WeakKeyDictionary[Stack, ref[WorkflowJobs]] = WeakKeyDictionary()


class WorkflowJobs(Construct):
    """The training jobs that one stack's state machines start.

    Args:
        scope: the stack.
        id: the construct's id.
        platform: lends its key to the stack's runtime, if that is not there yet.

    Attributes:
        owner: what the jobs' tag ``constructs-lib:workflow`` holds. It is what ``ref`` comes to, but orders
            nothing, and is another text in another stack.
        runtime: what stops the jobs.
    """

    def __init__(self, scope: Construct, id: str, *, platform: TrainingPlatform) -> None:
        super().__init__(scope, id)
        self.owner = owner_block(self._element)
        self.runtime = TrainingRuntime.of(self, platform)
        self.runtime.allow_workflows(self.owner)
        self._roles = JobRoles(self)
        self._resource = CustomResource(
            self,
            "Resource",
            service_token=self.runtime.service_token,
            resource_type=RESOURCE_TYPE,
            removal_policy=RemovalPolicy.DESTROY,
            properties={"Owner": self.owner, "Roles": self._roles.arns},
            service_timeout=Duration.seconds(LONGEST_SERVICE_TIMEOUT),
        )
        self._resource.node.add_dependency(self.runtime)
        self._ref: str = self._resource.ref
        # Its turn comes before that of the order, which asks what it finds in the stack.
        self._ended = EndedExecutions(self, self.runtime)
        self._order = LateOrder(self, self._resource, choose=self._ordered)
        if (plugin := plugin_of(self)) is not None:
            stack = stack_of(self)
            known = plugin.acknowledgements
            known.add_late(lambda: machine_policies(stack, known.states.get(stack, {})))
        self._networks: dict[int, TrainingPlatform] = {}
        self._awaits_interfaces = False

    @classmethod
    def of(cls, scope: Construct, platform: TrainingPlatform) -> WorkflowJobs:
        """Those of the scope's stack, made on first use."""
        stack = stack_of(scope)
        kept = _known.get(stack)
        found = stack.node.try_find_child(JOBS_ID) if kept is None or kept() is None else kept()
        jobs = found if isinstance(found, WorkflowJobs) else cls(stack, JOBS_ID, platform=platform)
        _known[stack] = ref(jobs)
        return jobs

    @property
    def ref(self) -> str:
        """The owner as the custom resource's Ref: whoever holds it is made after it, and deleted before."""
        return self._ref

    def needs(self, *dependables: IDependable) -> None:
        """Add what the jobs need while they run: it is made before this, and deleted after the jobs' end."""
        self._order.needs(dependables)

    def needs_policies(self, buckets: Iterable[object]) -> None:
        """Add the policies of buckets, whenever they are written; what is None or imported has none."""
        self._order.needs_policies(buckets)

    def keep_for(
        self,
        spec: TrainingJobSpec,
        platform: TrainingPlatform,
        rights: Iterable[IDependable],
        role_arn: object,
    ) -> None:
        """Make everything that a spec's jobs need before whatever starts them, and delete it after their end.

        Args:
            spec: what is trained.
            platform: where.
            rights: what the execution role needs; with the role, where the app makes it.
            role_arn: the request's execution role.
        """
        needed = [*rights]
        role = self._roles.add(needed, role_arn)
        self.needs(*needed, *([] if role is None else [role]), *platform.needed_by_jobs, *mounted(spec))
        self.needs_policies(job_buckets(spec, platform))
        if spec.vpc_config is None:
            self.are_in_network(platform)

    def are_in_network(self, platform: TrainingPlatform) -> None:
        """Say that jobs have network interfaces in the platform's network."""
        if id(platform) not in self._networks:
            self._networks[id(platform)] = platform
            if made_with(self, [platform.vpc, *platform.security_groups]):
                self.await_interfaces()

    def await_interfaces(self) -> None:
        """Let the deletion wait for the jobs' network interfaces, too: they would keep the network."""
        if self._awaits_interfaces:
            return
        self._awaits_interfaces = True
        self.runtime.allow_interfaces()
        self._element().add_property_override("AwaitInterfaces", True)

    def watch_executions(self) -> None:
        """Stop what an execution leaves running, in every machine whose jobs bear their execution's tag."""
        self._ended.watch()

    @property
    def watch(self) -> Construct | None:
        """What has the rules on executions that end, for who waits for them; None where no job is watched."""
        return self._ended.scope

    def _ordered(self, scope: Construct, needed: Iterable[IDependable]) -> list[IDependable]:
        """What can be made before the jobs' resource, and is there in any case."""
        kept = without_circles(scope, needed)
        conditional = StackMachines.of(stack_of(self)).has_conditions()
        return after(self._element(), kept) if conditional else kept

    def _element(self) -> CfnResource:
        return cast("CfnResource", self._resource.node.default_child)
