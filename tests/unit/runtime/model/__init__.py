"""The deploy-time path's surroundings as models that remember, over a clock that jumps.

Every call of the runtime to the outside goes over one ``Tape``, under its operation's name (``Answer`` and
``Signal`` for the ways back to CloudFormation), so that a test can let any of them fail or kill the process.

**One resource**: ``cfn = CloudFormation()`` (the fixture ``cfn``)
    deployments  create(asked) update(asked, clean_up=) roll_back() undo(before) delete() -> Response
    events       event(kind, asked, old, physical_id=, status=): sets ``cfn.status``, the stack's, before
        it is sent
    delivery     deliver(event, times=, after=) settle(event) finish(event) give_up(event)
        destination(event, record)
    looking on   physical_id deployed failed cleaned_up asked creations job running() in_time(response)
    another one  beside(stack_id=, logical_id=, resource_type=)
    outside      account (FakeAccount: start() describe() world()), tape clock sagemaker kms recorder waits s3
                 job_logs ec2 account.stacks executions world lambdas
    Response     ok reason physical_id data body url at http_status

**A deployment with a wait condition**: ``Deployment()`` (the fixture ``deployment``)
    create(template()) update(template(key="k2", ...)) delete() -> the stack's status; both take
    sibling_fails_after=; start, result (CloudFormation), handle, condition, condition_delay, waited, reason

**Mishaps**: Tape.fail(operation, error, after=, times=), Tape.faults = [Fault(Died(), at=, after=)],
    Tape.meanwhile[operation] = function, count(operation), calls; Died, MISHAPS, client_error, throttled,
        denied;
    refused(code, call) is the text of a refusal

**SageMaker**: FakeSageMaker.scripts (COMPLETES, RUNS_FOR_EVER, FINDS_NO_CAPACITY, fails(), ends(),
        completes_after(),
    with_metrics(), with_late_metrics()), no_capacity = {type}, stop_seconds, delete_seconds, list_seconds,
    person_stops(name), person_deletes(name), status(name), live(), running(), created, every, jobs,
        sent(operation)

**Neighbours**: FakeStacks.statuses; FakeS3.lose(job), lose_bucket(name); FakeLogs.lines[job];
        FakeEc2.linger_seconds

**State machine**: FakeExecutions.step() run() run_until(moment) next_due() running() all abort(name)
    end(name, status) ended(name, status): EventBridge's event, to be delivered in any order

**Clock**: FakeClock.now() sleep(s) reach(moment) limit invocation(s) kills; Context(clock, s) is Lambda's

**Ways back**: Recorder.effective(url) given(url) responses refused; Waits.handle() condition() signal() sent;
    WaitHandle.deleted signals; WaitCondition.status(now) data reason

**HTTP**: ``with Responder(503, HANG, 200) as service``: service.url bodies paths headers

**Properties**: properties(mode=, timeout=, Environment=, CapacityFallback=[resources(type)], ...), request(),
    resources(type), stringified(value)

**Invariants**: check(cfn, ..., logs=); invariants.all_answered(cfn)
"""

from __future__ import annotations

from .account import (
    ACCOUNT,
    LOGICAL_ID,
    OWNER,
    REGION,
    RESULT_ID,
    SECRET_HANDLE,
    SECRET_URL,
    SECRET_VALUE,
    SECRETS,
    STACK_ID,
    Raw,
    show_no_secret,
)
from .addresses import answer_url, expires, handle_url
from .clock import FakeClock
from .cloudformation import INVENTED_ID, LIMIT_SECONDS, Asked, CloudFormation
from .deployment import Deployment, Template, template
from .executions import Execution, FakeExecutions
from .invariants import check
from .job import Job
from .kms import FakeKms
from .lambdas import Context, Lambdas
from .neighbours import FakeEc2, FakeLogs, FakeS3, FakeStacks
from .recorder import Recorder, Response
from .requests import BASE_REQUEST, RESULT_TYPE, START_TYPE, properties, request, resources, stringified
from .responder import HANG, Responder
from .sagemaker import FakeSageMaker
from .scripts import (
    COMPLETES,
    FINDS_NO_CAPACITY,
    NO_CAPACITY,
    RUNS_FOR_EVER,
    Step,
    completes_after,
    ends,
    fails,
    with_late_metrics,
    with_metrics,
)
from .shapes import service_model
from .tape import MISHAPS, Died, Fault, Tape, client_error, denied, refused, throttled
from .waits import WaitCondition, WaitHandle, Waits
from .world import FakeAccount

__all__ = [
    "ACCOUNT",
    "BASE_REQUEST",
    "COMPLETES",
    "FINDS_NO_CAPACITY",
    "HANG",
    "INVENTED_ID",
    "LIMIT_SECONDS",
    "LOGICAL_ID",
    "MISHAPS",
    "NO_CAPACITY",
    "OWNER",
    "REGION",
    "RESULT_ID",
    "RESULT_TYPE",
    "RUNS_FOR_EVER",
    "SECRETS",
    "SECRET_HANDLE",
    "SECRET_URL",
    "SECRET_VALUE",
    "STACK_ID",
    "START_TYPE",
    "Asked",
    "CloudFormation",
    "Context",
    "Deployment",
    "Died",
    "Execution",
    "FakeAccount",
    "FakeClock",
    "FakeEc2",
    "FakeExecutions",
    "FakeKms",
    "FakeLogs",
    "FakeS3",
    "FakeSageMaker",
    "FakeStacks",
    "Fault",
    "Job",
    "Lambdas",
    "Raw",
    "Recorder",
    "Responder",
    "Response",
    "Step",
    "Tape",
    "Template",
    "WaitCondition",
    "WaitHandle",
    "Waits",
    "answer_url",
    "check",
    "client_error",
    "completes_after",
    "denied",
    "ends",
    "expires",
    "fails",
    "handle_url",
    "properties",
    "refused",
    "request",
    "resources",
    "service_model",
    "show_no_secret",
    "stringified",
    "template",
    "throttled",
    "with_late_metrics",
    "with_metrics",
]
