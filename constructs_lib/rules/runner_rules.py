"""The words of the rules about a runner: what is wrong with how a request is run, not with what it says.

They have no check here: what they look at is known to the constructs alone.
"""

from __future__ import annotations

from constructs_lib.rules.given_rules import GIVEN_RULES
from constructs_lib.rules.network_rules import NETWORK_RULES
from constructs_lib.rules.rule import RuleInfo

__all__ = ["RUNNER_RULES", "RUNNER_RULES_BY_ID"]

_GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide"
_SCHEDULER_GUIDE = "https://docs.aws.amazon.com/scheduler/latest/UserGuide"

RUNNER_RULES = (
    RuleInfo(
        id="expression-in-deploy-job",
        severity="error",
        fields=("any member",),
        violated_when="a state machine's expression (sfn.JsonPath, '{% %}') is in a job of a deployment",
        message=(
            "is a state machine's expression, got {got}: CloudFormation evaluates none, "
            "and would pass it on as it is written"
        ),
        fix="give the value itself, or run the spec inside a state machine",
        source=f"{_GUIDE}/intrinsic-function-reference.html",
    ),
    RuleInfo(
        id="request-too-large",
        severity="error",
        fields=("",),
        violated_when="the custom resource's properties have more than 100,000 bytes",
        message=(
            "the custom resource's properties have {got} bytes, allowed are {allowed}: an update's event "
            "holds the old ones and the new ones, and Lambda takes 256 KB"
        ),
        fix="put long values into S3 and pass their address, or make the largest member, {largest}, smaller",
        source="https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    ),
    RuleInfo(
        id="retain-on-job",
        severity="error",
        fields=("",),
        violated_when="a job's resource is retained when it is deleted or replaced",
        message=(
            "{attribute} is {got}, allowed is Delete: the Delete that stops the job would never arrive, "
            "and it would run on"
        ),
        fix=(
            "leave the job's removal policy alone, its record and results stay in any case; RemovalPolicies "
            "takes exclude_resource_types=['Custom::SageMakerTrainingJob']"
        ),
        source=f"{_GUIDE}/aws-attribute-deletionpolicy.html",
    ),
    RuleInfo(
        id="wait-too-short",
        severity="error",
        fields=("StoppingCondition.MaxRuntimeInSeconds", "StoppingCondition.MaxWaitTimeInSeconds"),
        violated_when="the job may train longer than its deployment can wait for it",
        message="the job may take {got}, and {allowed}: it would then be stopped, and the deployment fail",
        fix="use {alternative}; or shorten {limits}",
        source=f"{_GUIDE}/aws-resource-cloudformation-customresource.html",
    ),
    RuleInfo(
        id="wait-may-be-too-short",
        severity="warning",
        fields=("StoppingCondition.MaxRuntimeInSeconds", "StoppingCondition.MaxWaitTimeInSeconds"),
        violated_when="the job may take longer than the completion's timeout, or, with its max pending time, "
        "than its deployment can wait for it",
        message="the job may take {got}, and {allowed}: it would then be stopped, and the deployment fail",
        fix="use {alternative}; or give a shorter {limits}; acknowledge it where the stop is meant",
        source=f"{_GUIDE}/aws-resource-cloudformation-customresource.html",
    ),
    RuleInfo(
        id="answer-too-large",
        severity="error",
        fields=("",),
        violated_when="an ended job's attributes may have more bytes than CloudFormation takes of an answer",
        message=(
            "the answer to CloudFormation may have {got} bytes with {asked} final metrics, allowed are "
            "{allowed}: {most} of these metrics fit"
        ),
        fix=(
            "ask for fewer metrics (final_metric, quality_gates), or shorten their names or the output's "
            "prefix; the job's record holds all metrics"
        ),
        source=f"{_GUIDE}/crpg-ref-responses.html",
    ),
    RuleInfo(
        id="max-runtime-defaulted",
        severity="warning",
        fields=("StoppingCondition.MaxRuntimeInSeconds",),
        violated_when="the spec has no max runtime",
        message="the spec has no max runtime, so the job gets {got}",
        fix="set the spec's max_runtime",
        source="CreateTrainingJob: StoppingCondition",
    ),
    RuleInfo(
        id="second-default-platform",
        severity="warning",
        fields=("",),
        violated_when="two stacks of one environment have a default platform each",
        message=(
            "is the default platform number {got} of its environment, the first is {first}: each has a VPC, "
            "a key and a bucket of its own, and an account's default quota is 5 VPCs a region"
        ),
        fix="make one TrainingPlatform in a stack of its own, and pass it to the jobs as platform=",
        source="https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
    ),
    RuleInfo(
        id="no-route-to-s3",
        severity="error",
        fields=("VpcConfig.Subnets",),
        violated_when="subnets of a VPC that the app makes have neither an S3 endpoint nor a route out of it",
        message=(
            "no way to S3 from {got}: the VPC has no interface endpoint for S3, and their route tables have "
            "neither a gateway endpoint for S3 nor a route out, so a job gets no data and keeps no model"
        ),
        fix=(
            "add vpc.add_gateway_endpoint('S3', service=ec2.GatewayVpcEndpointAwsService.S3), which costs "
            "nothing; acknowledge it where something outside of the app makes the way"
        ),
        source="https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html",
    ),
    RuleInfo(
        id="no-route-for-requirements",
        severity="warning",
        fields=("HyperParameters.sagemaker_submit_directory", "InputDataConfig[].DataSource", "MlflowConfig"),
        violated_when="a script's requirements.txt, a hub's data or an MLflow server needs a way out of the "
        "network that a job has, or out of its isolation, and there is none",
        message="{what} needs a way out, and there is none: {where}",
        fix="{remedy}; or {way}",
        source="https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html",
    ),
    RuleInfo(
        id="file-system-by-id",
        severity="warning",
        fields=("InputDataConfig[].DataSource.FileSystemDataSource.FileSystemId",),
        violated_when="a channel's file system is known by its id alone, so its security group is not opened",
        message=(
            "{label} is known by its id alone: the jobs' security groups are opened towards it, as far as "
            "the VPC's addresses are known, and nothing is known of its own"
        ),
        fix=(
            "give the construct, for an existing one {imported}; or see that its security group admits the "
            "jobs' on {ports}{back}, and acknowledge"
        ),
        source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-access-training-data.html",
    ),
    RuleInfo(
        id="role-cannot-be-extended",
        severity="warning",
        fields=("RoleArn",),
        violated_when="the role that was given cannot be changed by the app, so nothing could be added to it",
        message="the role cannot be extended, so it must allow by itself: {got}",
        fix="see that it allows this, then acknowledge; or leave role out for one that is made for the job",
        source="https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
    ),
    RuleInfo(
        id="jobs-without-owner",
        severity="warning",
        fields=("Tags",),
        violated_when="a task's tags are one expression or token, to which the library cannot add its own",
        message=(
            "the tags are known to the execution only, so the library's cannot be added: a job that runs "
            "when its stack is deleted, or its execution ends, is not stopped"
        ),
        fix="give the spec's tags as a map, whose values may be expressions",
        source="CreateTrainingJob: Tags",
    ),
    RuleInfo(
        id="execution-not-watched",
        severity="warning",
        fields=("",),
        violated_when="a task is in no state machine of its own stack",
        message=(
            "the task is used by a state machine of another stack, whose executions are not watched from "
            "here: when one ends early, a job that the state machine itself looks at runs on"
        ),
        fix="make the task in the stack of its state machine",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html",
    ),
    RuleInfo(
        id="express-state-machine",
        severity="error",
        fields=("",),
        violated_when="a task is in a state machine, or a distributed map, of type EXPRESS",
        message=(
            "the state machine, or the distributed map around the task, is of type EXPRESS: its executions "
            "last 5 minutes at most, wait for no job and tell nobody of their end"
        ),
        fix="use type STANDARD",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html",
    ),
    RuleInfo(
        id="query-language-missing",
        severity="error",
        fields=("",),
        violated_when="a task inside a Map or Parallel of a JSONata machine does not say its language",
        message=(
            "the state machine is in JSONata, and a task inside a Map or Parallel of it is rendered in "
            "JSONPath when it does not say its own language: AWS refuses the definition"
        ),
        fix="give the task query_language=sfn.QueryLanguage.JSONATA",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html",
    ),
    RuleInfo(
        id="catch-language",
        severity="error",
        fields=("",),
        violated_when="a task's add_catch has arguments of JSONata, and neither the task nor its state "
        "machine is in JSONata",
        message="add_catch: {problem}",
        fix="{remedy}; or give the task query_language=sfn.QueryLanguage.JSONATA",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html",
    ),
    RuleInfo(
        id="output-language-missing",
        severity="error",
        fields=("",),
        violated_when="a task in a JSONata machine tells of its job in JSONPath, as it says no language",
        message=(
            "{got} was asked for before the task was in its state machine, and told in JSONPath; the state "
            "machine is in JSONata, where that is plain text"
        ),
        fix="give the task query_language=sfn.QueryLanguage.JSONATA",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html",
    ),
    RuleInfo(
        id="metric-without-definition",
        severity="error",
        fields=("AlgorithmSpecification.MetricDefinitions", "AlgorithmSpecification.TrainingImage"),
        violated_when="a quality gate, or a sweep's objective, asks for a metric of a job that defines none, "
        "and the image is none of AWS's own algorithms",
        message=(
            "asks for metric {metric}, and the job has no MetricDefinitions: only AWS's own algorithms "
            "report metrics without them, and {got} is none of these, so {effect}"
        ),
        fix="add MetricDefinition({metric}, regex) to the spec's metrics",
        source="https://docs.aws.amazon.com/sagemaker/latest/dg/define-train-metrics.html",
    ),
    RuleInfo(
        id="expression-as-text",
        severity="warning",
        fields=("any member",),
        violated_when="a text of a task or a direct schedule looks like a state machine's expression, such "
        "as '$.a' or 'x-{% $a %}', and is none",
        message="is plain text that looks like an expression, got {got}: nobody evaluates it",
        fix="{remedy}; acknowledge it where the text itself is meant",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html",
    ),
    RuleInfo(
        id="state-name-taken",
        severity="error",
        fields=("",),
        violated_when="a state has the name of one of a task's inner states, in the same state machine",
        message="another state is called {got}, as one of the task's own states: AWS takes a name once",
        fix="rename that state, or give the task another state_name",
        source="https://states-language.net/spec.html",
    ),
    RuleInfo(
        id="state-name-too-long",
        severity="error",
        fields=("",),
        violated_when="a task's state name has more than 80 characters with the prefixes of its fragments",
        message="the state's name has {got} characters with its prefixes, allowed are {allowed}",
        fix="give a shorter state_name, or the fragment a shorter prefix",
        source="https://states-language.net/spec.html",
    ),
    RuleInfo(
        id="sweep-limit-without-effect",
        severity="warning",
        fields=("",),
        violated_when="a sweep's max_concurrency or tolerated_failures is more than can ever count",
        message="{argument} is {got}, and {why}",
        fix="{remedy}",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html",
    ),
    RuleInfo(
        id="sweep-looks-far-apart",
        severity="warning",
        fields=("",),
        violated_when="the looks at a job of a sweep in one execution are more than 10 minutes apart",
        message=(
            "the state machine looks at each job every {got} seconds, as all points share the history of one "
            "execution: a job that has ended is noticed that late, and the next one starts then"
        ),
        fix="use distributed=True, or give a shorter max_runtime",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html",
    ),
    RuleInfo(
        id="schedule-every-minute",
        severity="warning",
        fields=("schedule",),
        violated_when="a schedule's cron or rate expression is one for every minute",
        message="got {got}, which starts a training in every minute of its hours",
        fix="say the minute too, as in ScheduleExpression.cron(minute='0', hour='2'), or a longer rate",
        source=f"{_SCHEDULER_GUIDE}/schedule-types.html",
    ),
    RuleInfo(
        id="schedule-expression",
        severity="error",
        fields=("schedule",),
        violated_when="a schedule's expression is no cron, rate or at expression of EventBridge Scheduler's",
        message="got {got}: {problem}",
        fix="use ScheduleExpression.cron, .rate or .at, which write it",
        source=f"{_SCHEDULER_GUIDE}/schedule-types.html",
    ),
    RuleInfo(
        id="scheduler-attribute-in-execution",
        severity="error",
        fields=("any member",),
        violated_when="EventBridge Scheduler's attribute is in the job of a schedule's state machine",
        message=(
            "has an attribute such as <aws.scheduler.scheduled-time>, which EventBridge Scheduler replaces "
            "in its own payload only: the job would get it as it is written"
        ),
        fix=(
            "use the execution's input, sfn.JsonPath.string_at('$.scheduledTime') or '$.scheduleArn', or "
            "direct=True"
        ),
        source=f"{_SCHEDULER_GUIDE}/managing-schedule-context-attributes.html",
    ),
    RuleInfo(
        id="fixed-name-recurs",
        severity="warning",
        fields=("TrainingJobName",),
        violated_when="a schedule that runs more than once keeps one name for its jobs",
        message=(
            "every run of {when} would have the fixed name {got}: a name can be used once in an account and "
            "region, so from the second run on each one fails"
        ),
        fix="leave keep_name and training_job_name out, or use ScheduleExpression.at",
        source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html",
    ),
    RuleInfo(
        id="job-name-prefix-shared",
        severity="warning",
        fields=("TrainingJobName",),
        violated_when="a schedule's rules, grants or count of failures are for another schedule's jobs too",
        message=(
            "its rules, grants and count of failures are for all jobs whose names begin with {got}, and so "
            "do those of {others}"
        ),
        fix="give one of them another job_name_prefix",
        source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html",
    ),
    RuleInfo(
        id="training-job-name-unique",
        severity="warning",
        fields=("TrainingJobName",),
        violated_when="a job has a fixed name, which another deployment or a changed content would reuse",
        message=(
            "got the fixed name {got}: a name can be used once in an account and region, so a second "
            "deployment or execution, or one with another content, is refused"
        ),
        fix="leave the name out (training_job_name of a spec, job_name of a task): a prefix makes new ones",
        source="https://github.com/aws/amazon-sagemaker-examples/issues/3108",
    ),
    RuleInfo(
        id="prefix-also-matches",
        severity="warning",
        fields=("InputDataConfig[].DataSource.S3DataSource.S3Uri",),
        violated_when="a channel's prefix ends with neither a slash nor an object's extension",
        message=(
            "got a prefix that ends with {got}, without a slash: SageMaker reads every key that begins so, "
            "those of a sibling such as {got}2/ too, and the role may read them"
        ),
        fix="end the prefix with a slash, if a folder is meant; acknowledge it where siblings are meant too",
        source="CreateTrainingJob: S3DataSource, S3DataType",
    ),
    *GIVEN_RULES,
    *NETWORK_RULES,
)
"""The rules about a runner, in the order of the contract."""

RUNNER_RULES_BY_ID = {rule.id: rule for rule in RUNNER_RULES}
