"""Debugger, profiler, TensorBoard and remote debugging.

Rules run as processing jobs under the same role, with logs and images of their own. The SageMaker Python SDK
reads what hook, profiler and TensorBoard leave below ``<S3OutputPath>/<job name>/``; where a rule writes
below its own S3OutputPath is not documented, so it may write anywhere there. Sources: developer guide,
debugger-docker-images-rules, train-remote-debugging; sagemaker-python-sdk, estimator.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from constructs_lib.cdk.permissions.every_job import logs
from constructs_lib.cdk.permissions.images import pull
from constructs_lib.cdk.permissions.permission import Permission, Request
from constructs_lib.cdk.permissions.places import write_below
from constructs_lib.cdk.request_parts import entries, may_be_on, part, place

__all__ = ["RULES", "debugging"]

RULES = ("DebugRuleConfigurations", "ProfilerRuleConfigurations")


def debugging(request: Request, job_names: str) -> Iterator[Permission]:
    """What hook, profiler, TensorBoard, rules and a shell in the container need."""
    yield from _output(request, "DebugHookConfig", job_names, purpose="write tensors")
    if part(request, "ProfilerConfig").get("DisableProfiler") is not True:
        yield from _output(request, "ProfilerConfig", job_names, purpose="write the profile")
    # Event files are written anew, which deletes the old ones.
    yield from _output(request, "TensorBoardOutputConfig", job_names, purpose="write events", delete=True)
    for member in RULES:
        yield from _rules(request, member)
    if may_be_on(part(request, "RemoteDebugConfig").get("EnableRemoteDebug")):
        channels = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
        reason = "RemoteDebugConfig.EnableRemoteDebug: open a session (SSM has no resource to name)"
        yield Permission(reason, tuple(f"ssmmessages:{name}" for name in channels), ("*",))


def _output(
    request: Request, member: str, job_names: str, *, purpose: str, delete: bool = False
) -> Iterator[Permission]:
    found = place(part(request, member).get("S3OutputPath"))
    if found is not None:
        reason = f"{member}.S3OutputPath"
        yield from write_below(reason, found, job_names, purpose=purpose, delete=delete)


def _rules(request: Request, member: str) -> Iterator[Permission]:
    rules = entries(request.get(member))
    if rules:
        yield from logs(f"{member}: logs of the rules' processing jobs", "ProcessingJobs")
    pulled: set[object] = set()
    for index, rule in enumerate(rules):
        image = rule.get("RuleEvaluatorImage")
        if isinstance(image, str) and image not in pulled:
            pulled.add(image)
            yield from pull(f"{member}[{index}].RuleEvaluatorImage", image)
        found = place(rule.get("S3OutputPath"))
        if found is not None:
            reason = f"{member}[{index}].S3OutputPath"
            yield from write_below(reason, found, None, purpose="write the rule's results")
