"""What a function sees while stacks change and jobs run: the calls of a deploy-time runtime."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from tests.functional.local.local_helpers import Stacks, custom, function, source_archive, until
from tests.functional.local.test_local_nested import nested
from tests.functional.local.test_local_training import ended, request

SEES = """
import json, os, time, urllib.request
import botocore.session
def put(url, body, **headers):
    data = json.dumps(body).encode()
    urllib.request.urlopen(urllib.request.Request(url, data=data, method="PUT", headers=headers), timeout=10)
def handler(event, context):
    p, kind, stack = event["ResourceProperties"], event["RequestType"], event["StackId"]
    client = botocore.session.get_session().create_client("cloudformation")
    status = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    url = f"{os.environ['AWS_ENDPOINT_URL']}/test-records/{p['Log']}/{time.time_ns()}"
    put(url, [kind, status], **{"Content-Type": "application/json"})
    bad = kind in p.get("Fail", "")
    physical = p.get("Id", "made")
    put(event["ResponseURL"], {"Status": "FAILED" if bad else "SUCCESS", "PhysicalResourceId": physical})
"""
CALL = """
import botocore.session
def handler(event, context):
    client = botocore.session.get_session().create_client(event["service"])
    answer = getattr(client, event["operation"])(**event["request"])
    return json_of({k: v for k, v in answer.items() if k != "ResponseMetadata"})
def json_of(value):
    import json
    return json.loads(json.dumps(value, default=str))
"""
SCRIPT = "print('epoch=1 auc=0.5')\nprint('last words')\nraise SystemExit({code})\n"


def seen(stacks: Stacks, log: str) -> list[list[str]]:
    found: list[Any] = stacks.requests(log)
    return found


def body(**resources: Any) -> dict[str, Any]:
    return {"Resources": {"Handler": function(SEES), **resources}}


@pytest.fixture(scope="module")
def caller(local_aws: LocalAws) -> str:
    stacks = Stacks(local_aws)
    stacks.create("caller", {"Resources": {"F": function(CALL, FunctionName="caller")}})
    return "caller"


def call(local: LocalAws, function_name: str, service: str, operation: str, **parameters: Any) -> Any:
    event = json.dumps({"service": service, "operation": operation, "request": parameters}).encode()
    answer = local.client("lambda").invoke(FunctionName=function_name, Payload=event)
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    return payload


def test_a_handler_sees_its_stacks_status(stacks: Stacks) -> None:
    stacks.create("su1", body(Thing=custom("su1", Id="one")))
    stacks.update("su1", body(Thing=custom("su1", Id="two")))
    stacks.update("su1", body(Thing=custom("su1", Id="three", Fail="Update")))
    stacks.delete("su1")
    assert seen(stacks, "su1") == [
        ["Create", "CREATE_IN_PROGRESS"],
        ["Update", "UPDATE_IN_PROGRESS"],
        ["Delete", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"],
        ["Update", "UPDATE_IN_PROGRESS"],
        ["Update", "UPDATE_ROLLBACK_IN_PROGRESS"],
        ["Delete", "DELETE_IN_PROGRESS"],
    ]
    gone = stacks.describe("su1")
    assert gone["StackStatus"] == "DELETE_COMPLETE"  # by its id, a deleted stack is still there


def test_a_roll_back_of_a_creation_is_seen_before_its_first_delete(stacks: Stacks) -> None:
    bad = custom("su2", {"DependsOn": "Thing"}, Fail="Create")
    assert stacks.create("su2", body(Thing=custom("su2"), Bad=bad)) == "ROLLBACK_COMPLETE"
    assert (
        seen(stacks, "su2")
        == [["Create", "CREATE_IN_PROGRESS"]] * 2 + [["Delete", "ROLLBACK_IN_PROGRESS"]] * 2
    )


def test_a_nested_stack_rolls_back_with_its_parent(stacks: Stacks) -> None:
    inner = nested(stacks, "su/inner", body(Thing=custom("su3", Value="one")))
    stacks.create("su3", body(Inner=inner, After=custom("su3-after", {"DependsOn": "Inner"})))
    changed = nested(stacks, "su/inner2", body(Thing=custom("su3", Value="two")))
    bad = custom("su3-after", {"DependsOn": "Inner"}, Fail="Update")
    assert stacks.update("su3", body(Inner=changed, After=bad)) == "UPDATE_ROLLBACK_COMPLETE"
    assert seen(stacks, "su3") == [
        ["Create", "CREATE_IN_PROGRESS"],
        ["Update", "UPDATE_IN_PROGRESS"],
        ["Update", "UPDATE_ROLLBACK_IN_PROGRESS"],
    ]


def test_what_a_nested_stack_waits_for_is_cancelled_with_its_parent(stacks: Stacks) -> None:
    inner_body = {"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    properties = {"Handle": {"Ref": "Handle"}, "Timeout": "3000"}
    wait = {"Type": "AWS::CloudFormation::WaitCondition", "Properties": properties}
    inner = nested(stacks, "su/wait", {"Resources": {**inner_body["Resources"], "Wait": wait}})
    whole = body(Inner=inner, Bad=custom("su4", Fail="Create"))
    assert stacks.create("su4", whole) == "ROLLBACK_COMPLETE"
    assert ("Inner", "DELETE_COMPLETE", "") in stacks.events("su4")


def test_a_function_finds_the_artifact_of_a_job(local_aws: LocalAws, caller: str) -> None:
    local_aws.client("s3").create_bucket(Bucket="su-models")
    local_aws.client("sagemaker").create_training_job(
        **request("su-model", OutputDataConfig={"S3OutputPath": "s3://su-models/out"})
    )
    uri = ended(local_aws, "su-model")["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == "s3://su-models/out/su-model/output/model.tar.gz"
    found = call(
        local_aws,
        caller,
        "s3",
        "list_objects_v2",
        Bucket="su-models",
        Prefix="out/su-model/output/model.tar.gz",
        MaxKeys=1,
    )
    assert [item["Key"] for item in found["Contents"]] == ["out/su-model/output/model.tar.gz"]
    other = call(local_aws, caller, "s3", "list_objects_v2", Bucket="su-models", Prefix="out/gone", MaxKeys=1)
    assert other.get("Contents", []) == []


def test_a_function_reads_the_last_lines_of_a_jobs_log(local_aws: LocalAws, caller: str) -> None:
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket="su-scripts")
    s3.put_object(
        Bucket="su-scripts", Key="source.tar.gz", Body=source_archive({"t.py": SCRIPT.format(code=3)})
    )
    parameters = {
        "sagemaker_program": '"t.py"',
        "sagemaker_submit_directory": '"s3://su-scripts/source.tar.gz"',
    }
    local_aws.client("sagemaker").create_training_job(**request("su-log", HyperParameters=parameters))
    assert ended(local_aws, "su-log")["TrainingJobStatus"] == "Failed"
    group = "/aws/sagemaker/TrainingJobs"
    streams = call(
        local_aws,
        caller,
        "logs",
        "describe_log_streams",
        logGroupName=group,
        logStreamNamePrefix="su-log/",
        limit=5,
    )["logStreams"]
    assert len(streams) == 1
    name = streams[0]["logStreamName"]
    assert name.startswith("su-log/algo-1-")
    assert name.rpartition("-")[2].isdigit()
    events = call(
        local_aws,
        caller,
        "logs",
        "get_log_events",
        logGroupName=group,
        logStreamName=name,
        limit=2,
        startFromHead=False,
    )["events"]
    assert [event["message"] for event in events] == ["epoch=1 auc=0.5", "last words"]


def test_a_function_looks_for_network_interfaces(local_aws: LocalAws, caller: str) -> None:
    ec2 = local_aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="jobs", Description="d", VpcId=vpc)["GroupId"]
    filters = [{"Name": "group-id", "Values": [group]}, {"Name": "subnet-id", "Values": [subnet]}]

    def found() -> int:
        answer = call(local_aws, caller, "ec2", "describe_network_interfaces", Filters=filters)
        return len(answer["NetworkInterfaces"])

    assert found() == 0
    made = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]
    assert found() == 1
    ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])
    assert found() == 0


def test_a_function_gives_up_a_warm_pool_and_deletes_the_record(local_aws: LocalAws, caller: str) -> None:
    pool = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    sagemaker = local_aws.client("sagemaker")
    sagemaker.create_training_job(
        **request("su-warm", ResourceConfig={**pool, "KeepAlivePeriodInSeconds": 600})
    )
    assert ended(local_aws, "su-warm")["WarmPoolStatus"]["Status"] == "Available"
    with pytest.raises(ClientError, match="ResourceInUse"):
        sagemaker.delete_training_job(TrainingJobName="su-warm")

    keep_alive = {"KeepAlivePeriodInSeconds": 0}
    call(
        local_aws,
        caller,
        "sagemaker",
        "update_training_job",
        TrainingJobName="su-warm",
        ResourceConfig=keep_alive,
    )
    described = sagemaker.describe_training_job(TrainingJobName="su-warm")
    assert described["WarmPoolStatus"]["Status"] == "Terminated"
    call(local_aws, caller, "sagemaker", "delete_training_job", TrainingJobName="su-warm")

    def gone() -> bool:
        try:
            status = sagemaker.describe_training_job(TrainingJobName="su-warm")["TrainingJobStatus"]
        except ClientError as error:
            return "Requested resource not found" in str(error)
        assert status == "Deleting"
        return False

    until(gone)


def test_no_capacity_then_some(local_aws: LocalAws) -> None:
    local_aws.fail_next_job("CapacityError: no ml.m5.large")
    sagemaker = local_aws.client("sagemaker")
    for name in ("su-full", "su-free"):
        sagemaker.create_training_job(**request(name))
    full, free = ended(local_aws, "su-full"), ended(local_aws, "su-free")
    assert (full["TrainingJobStatus"], full["FailureReason"]) == ("Failed", "CapacityError: no ml.m5.large")
    assert (free["TrainingJobStatus"], "FailureReason" in free) == ("Completed", False)


def test_a_failure_and_a_hold_are_taken_in_the_order_they_were_asked(local_aws: LocalAws) -> None:
    local_aws.hold_next_job()
    local_aws.fail_next_job("CapacityError: later")
    sagemaker = local_aws.client("sagemaker")
    for name in ("su-held", "su-then"):
        sagemaker.create_training_job(**request(name))
    assert ended(local_aws, "su-then")["FailureReason"] == "CapacityError: later"
    assert sagemaker.describe_training_job(TrainingJobName="su-held")["TrainingJobStatus"] == "InProgress"
    sagemaker.stop_training_job(TrainingJobName="su-held")
    assert ended(local_aws, "su-held")["TrainingJobStatus"] == "Stopped"
