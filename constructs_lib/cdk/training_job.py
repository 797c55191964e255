"""`TrainingJob`: a training job that is deployed."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, cast

import jsii
from aws_cdk import (
    CfnResource,
    CustomResource,
    Duration,
    ITaggableV2,
    RemovalPolicy,
    Stack,
    TagManager,
)
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from constructs_lib.cdk.binding import PlatformBinding
from constructs_lib.cdk.bucket_policies import job_buckets, wait_for_bucket_policies
from constructs_lib.cdk.capacity_fallback import checked_fallback, fallback_configs, fallback_permissions
from constructs_lib.cdk.completion import (
    LONGEST_SERVICE_TIMEOUT,
    Completion,
    JobTime,
    default_max_runtime,
    needed_seconds,
)
from constructs_lib.cdk.explained_resources import explain_surroundings
from constructs_lib.cdk.given import take_given
from constructs_lib.cdk.given.parts import bucket_key_arn
from constructs_lib.cdk.job_access import grant_results
from constructs_lib.cdk.job_arguments import (
    check_hyperparameters,
    check_role,
    check_said_once,
    check_types,
    fixed_name,
    tag_manager,
)
from constructs_lib.cdk.job_attributes import DeployedJob
from constructs_lib.cdk.job_findings import JobFacts, job_findings
from constructs_lib.cdk.job_notes import note_default_runtime, note_name, note_wait
from constructs_lib.cdk.job_principal import JobPrincipal
from constructs_lib.cdk.job_properties import (
    RESOURCE_TYPE,
    checked_gates,
    gate_properties,
    text_map,
)
from constructs_lib.cdk.job_role import job_role
from constructs_lib.cdk.lazy import late_list
from constructs_lib.cdk.naming import job_name_prefix, owner_block
from constructs_lib.cdk.network import join_network, made_with, mounted
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.prefixes import note_prefixes
from constructs_lib.cdk.request_parts import part, place, text
from constructs_lib.cdk.role_ready import wait_for_late_policies
from constructs_lib.cdk.runtime import TrainingRuntime
from constructs_lib.cdk.training_job_base import ImportedTrainingJob, ITrainingJob
from constructs_lib.cdk.training_role import permissions_for, warn_of_unknown_parts
from constructs_lib.cdk.trust import trust_of
from constructs_lib.cdk.undefined_metrics import undefined_metrics
from constructs_lib.cdk.validation_plugin import report_on
from constructs_lib.cdk.wait_condition import JobContent, WaitCondition
from constructs_lib.rules import Finding
from constructs_lib.spec import QualityGate, TrainingJobSpec, render_request
from constructs_lib.spec.instance_types import processor
from constructs_lib.spec.resources import instance_types

UNJUDGED = "the gate never passes, and the deployment fails after the training"


@jsii.implements(iam.IGrantable, ec2.IConnectable, ITaggableV2)
class TrainingJob(JobPrincipal, DeployedJob):
    """A training job that runs when its stack is deployed, and again when its content has changed.

    Its content is everything that can change the model, or where it lies: algorithm, hyperparameters,
    environment, channels, output path and compression, instance types and counts, a checkpoint location of
    the spec's own, and ``rerun_on``. Tags, role, network, keys, limits, spot, completion and gates are not.
    A deployment that changes nothing of the content trains nothing; one that goes back to an earlier content
    adopts that content's job.

    Args:
        scope: the stack, or a construct in it.
        id: the construct's id.
        spec: what to train.
        platform: network, key and bucket; the default platform of the outermost stack when left out.
        role: the execution role. Left out: the spec's, or a new one, allowed what the spec needs and nothing
            beside it. What is missing in one that is given is added to it; where it cannot be changed, a
            warning lists it.
        job_name_prefix: begins the job's name: 1 to 32 characters a-z, 0-9 and hyphens. Left out: made of the
            construct's id. Changing it retrains nothing.
        completion: when the deployment counts the job as done; `Completion.wait()` when left out.
        quality_gates: bounds on final metrics; a job outside them fails the deployment, which rolls back.
        rerun_on: the user's own triggers, text by name: a changed one trains again. Left out: none.
        allow_stopped: whether a job that was stopped, by hand or at its max runtime, counts as done. False
            when left out.
        keep_name: True gives the job the spec's own ``training_job_name``, which can be used once: another
            content needs another name. Left out: False, and a spec with a name is refused.
        capacity_fallback: the instance types on which the job is tried next, in this order, when there is
            no capacity for the spec's own; each attempt is a job of its own. Every type is checked at
            synthesis, volume settings follow from it, and all attempts have to fit the wait. Not with
            ``Completion.start()`` or ``keep_name``. Left out: none, and the deployment fails.
        delete_record: True also deletes the job's record when the job leaves the stack, after its warm pool
            is given up; results in S3 stay. Left out: False, and the record stays.

    The role, network and output that the spec has itself are used; a ``role``, or a platform with a network,
    beside them is refused. What is wrong with the request, or with how it is run, is reported at synthesis.

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
        job_name_prefix: str | None = None,
        completion: Completion | None = None,
        quality_gates: Sequence[QualityGate] = (),
        rerun_on: Mapping[str, Any] | None = None,
        allow_stopped: bool = False,
        keep_name: bool = False,
        capacity_fallback: Sequence[str] = (),
        delete_record: bool = False,
    ) -> None:
        super().__init__(scope, id)
        flags = {"allow_stopped": allow_stopped, "keep_name": keep_name, "delete_record": delete_record}
        check_types(self.node.path, spec, platform=platform, completion=completion, **flags)
        check_role(self.node.path, role)
        check_said_once(self.node.path, spec, platform, role)
        self._completion = completion or Completion.wait()
        self._gates = gates = checked_gates(spec, quality_gates, self._completion, self.node.path)
        self._fallback = checked_fallback(
            spec, capacity_fallback, self._completion, self.node.path, keep_name=keep_name
        )
        self.spec = spec
        self.platform = platform or TrainingPlatform.of(self)
        self._connections = join_network(self, spec, self.platform)
        self._fixed = fixed_name(self.node.path, spec, job_name_prefix, keep_name=keep_name)
        self._name_start = self._named(job_name_prefix, id)
        self._asked = list(dict.fromkeys(gate.metric for gate in gates))
        self._tag_manager = tag_manager(spec, self.node.path)
        self._noted: list[Finding] = []
        self._judged = {f"quality_gates[{index}].metric": gate.metric for index, gate in enumerate(gates)}
        self._triggers = text_map("rerun_on", rerun_on, self.node.path)
        binding = self._binding()
        self._configs = fallback_configs(spec, self._fallback, binding, Stack.of(self), self.node.path)
        self._make_role(role, binding)
        self._request = self._rendered(binding)
        awaits_interfaces = self._awaits_interfaces()
        self._runtime = self._allowed_runtime(awaits_interfaces=awaits_interfaces)
        judgement = {
            "QualityGates": gate_properties(gates) or None,
            "AllowStopped": True if allow_stopped else None,
            "FinalMetrics": late_list(self._asked),
        }
        further = {
            "RerunOn": self._triggers or None,
            "CapacityFallback": self._configs or None,
            "DeleteRecord": True if delete_record else None,
            "AwaitInterfaces": True if awaits_interfaces else None,
        }
        self._content = self._known_content()
        self._make_resources(judgement, further)
        self._order()
        self._report(rerun_on or {})

    @classmethod
    def from_training_job_name(cls, scope: Construct, id: str, training_job_name: str) -> ITrainingJob:
        """A job that something else started, in this account and region.

        Args:
            scope: the stack, or a construct in it.
            id: the construct's id.
            training_job_name: the job's whole name.
        """
        return ImportedTrainingJob(scope, id, training_job_name)

    def _named(self, prefix: str | None, id: str) -> str:
        prefix = job_name_prefix(prefix, id, self.node.path)
        self._owner = owner_block(self._job_element)
        self._prefix = prefix
        return f"{prefix}-{self._owner}-" if self._fixed is None else self._fixed

    def _binding(self) -> PlatformBinding:
        return PlatformBinding(
            self,
            self.spec,
            self.platform,
            checkpoint_folder=self._owner,
            max_runtime_seconds=self._default_max_runtime(),
        )

    def _default_max_runtime(self) -> int | None:
        serverless = (
            self.spec.serverless_job_config is not None or "ServerlessJobConfig" in self.spec.overrides
        )
        return None if serverless else default_max_runtime(self._completion, self.spec.spot, self._attempts)

    @property
    def _may_pend(self) -> bool:
        """Whether a max pending time is known to have an effect, as it has with accelerators only."""
        types = (*instance_types(self.spec), *self._fallback)
        return any(processor(name) not in ("cpu", None) for name in types)

    @property
    def _attempts(self) -> int:
        return 1 + len(self._fallback)

    def _make_role(self, given: iam.IRole | None, binding: PlatformBinding) -> None:
        """Derive the permissions from the request, which is rendered without its role for that."""
        request = render_request(self.spec, binding)
        check_hyperparameters(self.node.path, request)
        warn_of_unknown_parts(self.spec, request, self)
        names = f"{self._name_start}*" if self._fixed is None else self._fixed
        self._permissions = permissions_for(self.spec, request, self.platform, names)
        self._permissions += fallback_permissions(self._permissions, self._configs)
        made = job_role(self, self.spec, given, self._permissions, trust_of(request))
        self.role = made.role
        self._rights: list[IDependable] = made.rights
        self._noted += [*made.findings, *note_prefixes(request)]
        self._noted += take_given(self, self.spec, self.platform, self.role, self._permissions)
        binding.use_role(self.role.role_arn)

    def _rendered(self, binding: PlatformBinding) -> dict[str, Any]:
        request: dict[str, Any] = render_request(self.spec, binding)
        # The tag manager holds the spec's tags and those of the scopes around the job.
        request.pop("TrainingJobName", None)
        return {**request, "Tags": self._tag_manager.rendered_tags}

    def _awaits_interfaces(self) -> bool:
        """Whether a network interface that lingers would keep the job's own stack from being deleted."""
        if self.spec.vpc_config is not None or "VpcConfig" not in self._request:
            return False
        return made_with(self, [self.platform.vpc, *self.platform.security_groups])

    def _allowed_runtime(self, *, awaits_interfaces: bool) -> TrainingRuntime:
        runtime = TrainingRuntime.of(self, self.platform)
        explain_surroundings(self.platform, runtime)
        runtime.allow_role(self.role, self._waiting)
        attempts = [part(self._request, "ResourceConfig"), *self._configs]
        runtime.allow_plans(attempts, self._waiting, restarts=bool(self._fallback))
        output = place(part(self._request, "OutputDataConfig").get("S3OutputPath"))
        runtime.allow_output(output, self._waiting)
        if self._fixed is not None:
            runtime.allow_name(self._fixed, self._waiting)
        if self._fallback:
            runtime.allow_restarts(self.role, self._waiting)
        if awaits_interfaces:
            runtime.allow_interfaces()
        return runtime

    def _waiting(self) -> Construct:
        """What waits for the job's rights: its own resource, once it is made."""
        return self._resource

    def _make_resources(self, judgement: Mapping[str, object], further: Mapping[str, object]) -> None:
        """The job's resource, which answers for its end too; with a wait condition, the result does."""
        completion = self._completion_properties()
        if self._completion.mode != "wait_condition":
            self._resource = self._answering = self._make_resource({**completion}, {**further, **judgement})
            return
        seconds = int(str(completion["TimeoutSeconds"]))
        digest = functools.partial(self._content.digest, timeout=seconds)
        waiting = WaitCondition(self, self._job_element, digest)
        kept = {**further, "AllowStopped": judgement["AllowStopped"]}
        self._resource = self._make_resource({**completion, "Handle": waiting.handle}, kept)
        path = part(self._request, "OutputDataConfig").get("S3OutputPath")
        told = {"OutputPath": path, **judgement}
        self._answering = waiting.result(self._job_element(), seconds, self._runtime.service_token, told)

    def _known_content(self) -> JobContent:
        def resources() -> list[CfnResource]:
            made = (self._resource, self._answering)
            return [cast("CfnResource", one.node.default_child) for one in dict.fromkeys(made)]

        jobs = self._runtime.contents
        jobs.append(JobContent(resources, self._request, self._triggers, self._fixed, jobs))
        return jobs[-1]

    def _job_element(self) -> CfnResource:
        return cast("CfnResource", self._resource.node.default_child)

    def _make_resource(
        self, completion: Mapping[str, object], further: Mapping[str, object]
    ) -> CustomResource:
        return CustomResource(
            self,
            "Resource",
            service_token=self._runtime.service_token,
            resource_type=RESOURCE_TYPE,
            removal_policy=RemovalPolicy.DESTROY,
            properties={
                "JobName": self._name_properties(),
                "Completion": completion,
                **{name: value for name, value in further.items() if value is not None},
                "Request": self._request,
            },
            service_timeout=Duration.seconds(LONGEST_SERVICE_TIMEOUT),
        )

    def _name_properties(self) -> dict[str, str]:
        names = {"Prefix": self._prefix, "Owner": self._owner}
        return names if self._fixed is None else {**names, "Fixed": self._fixed}

    def _completion_properties(self) -> dict[str, object]:
        if not self._completion.waits:
            return {"Mode": "start"}
        limits = part(self._request, "StoppingCondition")
        without = () if self._may_pend else ("MaxPendingTimeInSeconds",)
        stopping = {name: limit for name, limit in limits.items() if name not in without}
        time = JobTime.of(stopping)
        # A max runtime that was left out has taken the whole wait, and leaves none for capacity.
        if time is not None and stopping.get("MaxRuntimeInSeconds") == self._default_max_runtime():
            time = time.training
        needed = needed_seconds(self._completion, time, self._attempts)
        self._noted += note_wait(self._completion, stopping, self._attempts)
        mode, longest = self._completion.mode, self._completion.longest_seconds
        return {"Mode": mode, "TimeoutSeconds": min(needed, longest)}

    def _report(self, rerun_on: Mapping[str, object]) -> None:
        self._noted += note_name(self._fixed)
        self._noted += note_default_runtime(self.spec, self._completion, self._request)
        facts = JobFacts(
            resource=self._job_element(),
            answering=cast("CfnResource", self._answering.node.default_child),
            waits=self._completion.waits,
            fallback=self._fallback,
            request={**self._request, "Tags": self.spec.tags},
            beside=self._beside(rerun_on),
            name=self._fixed,
            script=self.spec.algorithm is not None and self.spec.algorithm.source is not None,
            noted=[*self._noted, *undefined_metrics(self.spec, self._request, self._judged, UNJUDGED)],
        )
        report_on(self, lambda: job_findings(facts))

    def _beside(self, rerun_on: Mapping[str, object]) -> dict[str, object]:
        """The arguments beside the spec that a deployment writes into its template."""
        judged = [
            {"metric": gate.metric, "at_least": gate.at_least, "at_most": gate.at_most}
            for gate in self._gates
        ]
        return {"rerun_on": rerun_on, "capacity_fallback": self._fallback, "quality_gates": judged}

    def _order(self) -> None:
        """Make everything the job needs before it, and delete it after: references alone do not.

        A job that only references its role, subnets and bucket would train before their policies, routes and
        endpoints are there, and lose its rights before its Delete.
        """
        needed = [*self.platform.needed_by_jobs, *mounted(self.spec)]
        self._resource.node.add_dependency(*self._rights, *needed, self._runtime)
        wait_for_late_policies(self.role, self._resource)
        wait_for_bucket_policies(self, self._resource, job_buckets(self.spec, self.platform))

    @property
    def runtime(self) -> TrainingRuntime:
        """What runs the stack's jobs at deploy time: its metrics, and alarms to switch on."""
        return self._runtime

    @property
    def _results_key(self) -> str | None:
        """The KMS key that encrypts the results, as an ARN, an id or an alias; None where none is known."""
        key = text(part(self._request, "OutputDataConfig").get("KmsKeyId"))
        own = self.spec.output
        bucket = self.platform.bucket if own is None or own.bucket is None else own.bucket
        return key or (None if own is not None and own.s3_uri is not None else bucket_key_arn(bucket))

    @property
    def cdk_tag_manager(self) -> TagManager:
        """The job's tags: those of the spec, and those that ``Tags.of`` gives to scopes around it."""
        return self._tag_manager

    def grant_read_artifacts(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let someone read the job's results, and decrypt them."""
        return grant_results(self._request["OutputDataConfig"], self.training_job_name, grantee)

    def _name_pattern(self) -> object:
        # Not the attribute: a rule that waited for the job would be made after the job's events.
        return {"prefix": self._name_start} if self._fixed is None else self._fixed
