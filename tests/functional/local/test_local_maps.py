"""Maps, inline and distributed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.functional.local.machines import OPTIMISED, Machines, inner, jsonata, training, unique

BUCKET = "test-maps"
EXCEEDED = "States.ExceedToleratedFailureThreshold"
CONTEXT = "$states.context"
POINT = {
    "Choice": {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.i in $states.input.bad %}", "Next": "Fail"}],
        "Default": "Pass",
    },
    "Fail": {"Type": "Fail", "Error": "Bad", "Cause": "is bad"},
    "Pass": {
        "Type": "Pass",
        "Output": {
            "i": "{% $states.input.i %}",
            "index": "{% $states.input.index %}",
            "id": f"{{% {CONTEXT}.Execution.Id %}}",
            "map": f"{{% $exists({CONTEXT}.Map) %}}",
        },
        "End": True,
    },
}


def _points(machines: Machines, count: int = 10) -> str:
    s3, key = machines.local.client("s3"), f"{unique()}.json"
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps([{"i": i} for i in range(count)]).encode())
    return key


def _distributed(**members: Any) -> dict[str, Any]:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Arguments": {"Bucket": BUCKET, "Key": "{% $states.input.key %}"},
    }
    selector = {
        "i": f"{{% {CONTEXT}.Map.Item.Value.i %}}",
        "index": f"{{% {CONTEXT}.Map.Item.Index %}}",
        "bad": "{% $states.input.bad %}",
    }
    state = {
        "Type": "Map",
        "ItemReader": reader,
        "ItemSelector": selector,
        "MaxConcurrency": 3,
        "Label": "Points",
        "ItemProcessor": inner(POINT, "DISTRIBUTED"),
        "End": True,
        **members,
    }
    return jsonata({"Map": state})


def test_an_inline_map(machines: Machines) -> None:
    each = {"Type": "Pass", "Output": f"{{% $states.input.v * $k + {CONTEXT}.Map.Item.Index %}}", "End": True}
    states: dict[str, dict[str, Any]] = {
        "Before": {"Type": "Pass", "Assign": {"k": 10}, "Next": "Map"},
        "Map": {
            "Type": "Map",
            "Items": "{% $states.input.list %}",
            "ItemSelector": {"v": f"{{% {CONTEXT}.Map.Item.Value %}}", "text": 'a "b"\\'},
            "MaxConcurrency": "{% 2 %}",
            "ItemProcessor": inner({"Each": each}),
            "Output": {"sums": "{% $states.result %}"},
            "End": True,
        },
    }
    assert machines.output(jsonata(states), {"list": [1, 2, 3]}) == {"sums": [10, 21, 32]}


def test_a_jsonpath_map_around_a_parallel(machines: Machines) -> None:
    parameters = {"i.$": "$$.Map.Item.Index", "v.$": "$.v", "r.$": "$$.State.RetryCount"}
    branch = inner({"Q": {"Type": "Pass", "Parameters": parameters, "End": True}})
    parallel = {"Type": "Parallel", "Branches": [branch], "OutputPath": "$[0]", "End": True}
    state = {
        "Type": "Map",
        "ItemsPath": "$.list",
        "ItemSelector": {"v.$": "$$.Map.Item.Value"},
        "ItemProcessor": inner({"P": parallel}),
        "End": True,
    }
    output = machines.output({"StartAt": "M", "States": {"M": state}}, {"list": [5, 6]})
    assert output == [{"i": 0, "v": 5, "r": 0}, {"i": 1, "v": 6, "r": 0}]


def test_a_map_in_a_map(machines: Machines) -> None:
    text = f"{{% $states.input.outer & $string({CONTEXT}.Map.Item.Index) %}}"
    within = {
        "Type": "Map",
        "Items": "{% [1, 2] %}",
        "ItemSelector": {"outer": "{% $states.input %}"},
        "ItemProcessor": inner({"Each": {"Type": "Pass", "Output": text, "End": True}}),
        "End": True,
    }
    state = {
        "Type": "Map",
        "Items": ["a", "b"],
        "ItemProcessor": inner({"Within": within}),
        "End": True,
    }
    assert machines.output(jsonata({"Map": state})) == [["a0", "a1"], ["b0", "b1"]]


def test_jobs_of_one_map_are_told_apart(machines: Machines) -> None:
    prefix = unique("sweep")
    task = {
        "Type": "Task",
        "Resource": f"{OPTIMISED}.sync",
        "Arguments": {
            **training(),
            "TrainingJobName": f"{{% '{prefix}-' & $string({CONTEXT}.Map.Item.Index) %}}",
        },
        "Output": "{% $states.result.TrainingJobName %}",
        "End": True,
    }
    state = {
        "Type": "Map",
        "Items": "{% [1..4] %}",
        "MaxConcurrency": 2,
        "ItemProcessor": inner({"T": task}),
        "End": True,
    }
    assert machines.output(jsonata({"Map": state})) == [f"{prefix}-{index}" for index in range(4)]


def test_one_item_fails_an_inline_map(machines: Machines) -> None:
    states = {
        "Choice": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input = 3 %}", "Next": "Fail"}],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 86400, "End": True},
        "Fail": {"Type": "Fail", "Error": "Three"},
    }
    state = {"Type": "Map", "Items": "{% [1..5] %}", "ItemProcessor": inner(states), "End": True}
    assert machines.error(jsonata({"Map": state}))[0] == "Three"


def test_children_of_a_distributed_map(machines: Machines) -> None:
    execution = machines.start(_distributed(), {"key": _points(machines), "bad": []})
    items = json.loads(machines.ended(execution)["output"])
    assert [(item["i"], item["index"], item["map"]) for item in items] == [(i, i, False) for i in range(10)]
    assert len({item["id"] for item in items}) == 10
    assert all(item["id"].startswith(f"{execution.rpartition(':')[0]}/Points:") for item in items)


@pytest.mark.parametrize(
    ("members", "good"),
    [
        ({}, False),
        ({"ToleratedFailurePercentage": 20}, True),
        ({"ToleratedFailurePercentage": 19}, False),
        ({"ToleratedFailurePercentage": "{% 100 %}"}, True),
        ({"ToleratedFailureCount": 2}, True),
        ({"ToleratedFailureCount": 1}, False),
        ({"ToleratedFailureCount": 5, "ToleratedFailurePercentage": 10}, False),
    ],
)
def test_tolerated_failures(machines: Machines, members: dict[str, Any], good: bool) -> None:
    given = {"key": _points(machines), "bad": [3, 4]}
    if good:
        kept = [item["i"] for item in machines.output(_distributed(**members), given) if item]
        assert kept == [0, 1, 2, 5, 6, 7, 8, 9]
    else:
        assert machines.error(_distributed(**members), given)[0] == EXCEEDED


def test_points_that_cannot_be_read(machines: Machines) -> None:
    _points(machines)
    error, cause = machines.error(_distributed(), {"key": "absent.json", "bad": []})
    assert error == "States.ItemReaderFailed"
    assert "NoSuchKey" in cause


def test_a_variable_does_not_reach_a_child(machines: Machines) -> None:
    states = {
        "Before": {"Type": "Pass", "Assign": {"k": 1}, "Next": "Map"},
        "Map": {
            "Type": "Map",
            "Items": "{% [1] %}",
            "ItemProcessor": inner({"P": {"Type": "Pass", "Output": "{% $k %}", "End": True}}, "DISTRIBUTED"),
            "End": True,
        },
    }
    assert machines.error(jsonata(states))[0] == EXCEEDED


def _written(machines: Machines, key: str) -> str:
    body = machines.local.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return str(body.decode())


def _write(machines: Machines, config: dict[str, str] | None) -> tuple[dict[str, Any], dict[str, Any]]:
    writer: dict[str, Any] = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Arguments": {"Bucket": BUCKET, "Prefix": "{% 'out/' & $states.input.key %}"},
    }
    writer |= {"WriterConfig": config} if config else {}
    definition = _distributed(ResultWriter=writer, ToleratedFailurePercentage=100)
    output = machines.output(definition, {"key": _points(machines), "bad": [3]})
    key = output["ResultWriterDetails"]["Key"]
    assert key.startswith("out/")
    assert key.endswith(f"/{output['MapRunArn'].rpartition(':')[2]}/manifest.json")
    manifest: dict[str, Any] = json.loads(_written(machines, key))
    return output, manifest


def test_results_are_written_to_s3(machines: Machines) -> None:
    output, manifest = _write(machines, None)
    assert manifest["DestinationBucket"] == output["ResultWriterDetails"]["Bucket"] == BUCKET
    assert manifest["MapRunArn"] == output["MapRunArn"]
    assert manifest["ResultFiles"]["PENDING"] == []
    (good,), (bad,) = manifest["ResultFiles"]["SUCCEEDED"], manifest["ResultFiles"]["FAILED"]
    assert good["Key"].endswith("/SUCCEEDED_0.json")
    text = _written(machines, good["Key"])
    assert good["Size"] == len(text)
    records = json.loads(text)
    assert [json.loads(record["Output"])["i"] for record in records] == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert {record["Status"] for record in records} == {"SUCCEEDED"}
    (failed,) = json.loads(_written(machines, bad["Key"]))
    assert (failed["Error"], failed["Cause"], json.loads(failed["Input"])["i"]) == ("Bad", "is bad", 3)


@pytest.mark.parametrize("kind", ["JSON", "JSONL"])
def test_results_can_be_written_short(machines: Machines, kind: str) -> None:
    _, manifest = _write(machines, {"OutputType": kind, "Transformation": "COMPACT"})
    key = manifest["ResultFiles"]["SUCCEEDED"][0]["Key"]
    text = _written(machines, key)
    items = json.loads(text) if kind == "JSON" else [json.loads(line) for line in text.splitlines()]
    assert key.endswith(f".{kind.lower()}")
    assert [item["i"] for item in items] == [0, 1, 2, 4, 5, 6, 7, 8, 9]


def test_a_jsonpath_writer(machines: Machines) -> None:
    state = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": BUCKET, "Key.$": "$.key"},
        },
        "ItemSelector": {"v.$": "$$.Map.Item.Value.i", "key.$": "$.key"},
        "ItemProcessor": inner({"P": {"Type": "Pass", "End": True}}, "DISTRIBUTED"),
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": BUCKET, "Prefix.$": "$.key"},
            "WriterConfig": {"OutputType": "JSON", "Transformation": "COMPACT"},
        },
        "ResultPath": "$.written",
        "End": True,
    }
    key = _points(machines, 3)
    output = machines.output({"StartAt": "M", "States": {"M": state}}, {"key": key})
    manifest = json.loads(_written(machines, output["written"]["ResultWriterDetails"]["Key"]))
    items = json.loads(_written(machines, manifest["ResultFiles"]["SUCCEEDED"][0]["Key"]))
    assert items == [{"v": index, "key": key} for index in range(3)]


def test_a_parallel_with_arguments_and_assign(machines: Machines) -> None:
    def branch(name: str, expression: str) -> dict[str, Any]:
        return inner({name: {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}})

    states = {
        "Both": {
            "Type": "Parallel",
            "Arguments": {"n": "{% $states.input.n + 1 %}"},
            "Branches": [branch("A", "$states.input.n"), branch("B", "$states.input.n * 2")],
            "Assign": {"sum": "{% $sum($states.result) %}"},
            "Output": "{% {'first': $states.result[0], 'was': $states.input.n} %}",
            "Next": "After",
        },
        "After": {"Type": "Succeed", "Output": "{% $merge([$states.input, {'sum': $sum}]) %}"},
    }
    assert machines.output(jsonata(states), {"n": 1}) == {"first": 2, "was": 1, "sum": 6}
