"""Where a sweep's points are: in the definition, in a file, or in the execution's input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from constructs import RootConstruct

from constructs_lib import SpecError
from constructs_lib.cdk.sweeps.points import SweepPoints, read_sweep_points
from constructs_lib.spec.grid import Grid
from constructs_lib.spec.hyperparameters import Encoding

from .evaluate import evaluate


def read(points: object, *, distributed: bool = True, encoding: Encoding = "json") -> SweepPoints:
    return read_sweep_points(points, encoding, "Stack/Sweep", distributed=distributed)


def grid(number: int) -> Grid:
    return Grid(seed=range(number))


def test_known_points_have_their_number_and_their_texts() -> None:
    points = read(Grid(depth=[4, 6], booster=["gbtree"]))

    assert points.known == [
        {"index": 0, "hyperparameters": {"depth": "4", "booster": '"gbtree"'}},
        {"index": 1, "hyperparameters": {"depth": "6", "booster": '"gbtree"'}},
    ]
    assert points.texts == [{"depth": "4", "booster": '"gbtree"'}, {"depth": "6", "booster": '"gbtree"'}]
    assert points.source == ""


@pytest.mark.parametrize(
    ("points", "names"),
    [
        (Grid(depth=[4, 6], eta=[0.1]), ["depth", "eta"]),
        ([{"depth": 4, "eta": 0.1}, {"eta": 0.2, "depth": 4}], ["depth", "eta"]),
        ([{"depth": 4}, {"depth": 4, "eta": 0.1}], None),
        ([{}], []),
        ("{% $states.input.points %}", None),
    ],
)
def test_the_names_of_every_point_may_be_known(points: object, names: list[str] | None) -> None:
    assert read(points).names == names


@pytest.mark.parametrize(
    ("points", "large"),
    [
        (grid(50), False),
        (grid(51), True),
        (Grid(text=["x" * 9_900, "y" * 9_900]), False),
        (Grid(text=["x" * 10_000, "y" * 10_000]), True),
        ("{% $states.input.points %}", False),
    ],
)
def test_many_points_travel_as_a_file(points: object, large: bool) -> None:
    assert read(points).is_large is large


def test_the_file_is_an_asset_named_by_its_contents(app: cdk.App, stack: cdk.Stack) -> None:
    points = read(grid(10_000), encoding="plain")

    location = points.upload(stack)
    again = read(grid(10_000), encoding="plain").upload(cdk.Stack(app, "Other"))

    (file,) = Path(app.asset_outdir).glob("asset.*.json")
    assert json.loads(file.read_bytes()) == points.known
    assert location.key == again.key == f"{file.name.removeprefix('asset.').removesuffix('.json')}.json"
    assembly = app.synth()
    manifest = json.loads((Path(assembly.directory) / "Stack.assets.json").read_text())
    assert next(asset["source"] for asset in manifest["files"].values()) == {
        "path": file.name,
        "packaging": "file",
    }


def test_the_bytes_are_the_same_for_the_same_points() -> None:
    assert read(grid(3)).document() == (
        b'[{"index":0,"hyperparameters":{"seed":"0"}},{"index":1,"hyperparameters":{"seed":"1"}},'
        b'{"index":2,"hyperparameters":{"seed":"2"}}]'
    )
    assert (
        read([{"name": "größe"}]).document().decode()
        == '[{"index":0,"hyperparameters":{"name":"\\"gr\\\\u00f6\\\\u00dfe\\""}}]'
    )


def test_a_file_takes_no_token(stack: cdk.Stack) -> None:
    points = read([{"place": cdk.Aws.REGION, "seed": seed} for seed in range(51)])

    with pytest.raises(
        SpecError, match=r"^points\[0\].place: is a token, and so many points are put into a file"
    ):
        points.upload(stack)


def test_a_file_takes_no_dynamic_reference(stack: cdk.Stack) -> None:
    points = read([{"word": "{{resolve:ssm:/word}}", "seed": seed} for seed in range(51)])

    with pytest.raises(SpecError, match=r"^points\[0\].word: is a dynamic reference, and so many points are"):
        points.upload(stack)


def test_few_points_may_have_one() -> None:
    assert read([{"word": "{{resolve:ssm:/word}}"}], encoding="plain").texts == [
        {"word": "{{resolve:ssm:/word}}"}
    ]


@pytest.mark.parametrize("distributed", [False, True])
def test_a_point_may_not_replace_what_a_script_is_run_with(distributed: bool) -> None:
    points: list[Any] = [{"a": 1}, {"sagemaker_program": "other.py"}]

    def of(given: object) -> SweepPoints:
        reserved = ("sagemaker_program",)
        return read_sweep_points(given, "json", "Stack/Sweep", distributed=distributed, reserved=reserved)

    with pytest.raises(
        SpecError, match=r"^points\[1\]\['sagemaker_program'\]: is set for a script .*weep\]$"
    ):
        of(points)
    with pytest.raises(Exception, match=r"points\[1\]\.sagemaker_program says what a script is run with"):
        evaluate(of("$.points").source, input={"points": points})
    assert read(points).texts[1] == {"sagemaker_program": '"other.py"'}


@pytest.mark.parametrize(("distributed", "most"), [(False, 100), (True, 10_000)])
def test_points_of_the_input_may_be_as_many_as_known_ones(distributed: bool, most: int) -> None:
    source = read("$.points", distributed=distributed).source

    assert f"$count($points) > {most} ?" in source
    assert ("use distributed=True" in source) is not distributed


def test_a_file_needs_an_assembly() -> None:
    with pytest.raises(
        SpecError, match=r"^points: so many are put into a file, and there is no place for it"
    ):
        read(grid(51)).upload(cdk.Stack(RootConstruct(), "Alone"))


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([], r"^points: is empty, so there is nothing to train; .* \[Stack/Sweep\]$"),
        (
            [{"{% $x %}": 1}],
            r"^points\[0\]: has a hyperparameter whose name is a token .* \[Stack/Sweep\]$",
        ),
        ([{"a": 1}, {cdk.Aws.REGION: 1}], r"^points\[1\]: has a hyperparameter whose name is a token or"),
        ("eta", r"^points: must be a Grid, a list of maps, or .*, got 'eta'; .* \[Stack/Sweep\]$"),
        ([{"a": 1}, {"a": 1}], r"^points\[1\]: is the same as points\[0\]: .* \[Stack/Sweep\]$"),
        (grid(101), r"^points: has 101 points, and one execution runs up to 100; use distributed=True"),
        (
            Grid(a=["x" * 99_990, "y" * 99_990]),
            r"^points: has 20\d{4} bytes of points, and a state's output takes",
        ),
        ("$.points[*]", r"^points: must be a path such as \$.points, got .* \[Stack/Sweep\]$"),
        (
            cdk.Fn.get_azs(),
            r"^points: is a token of CloudFormation's, which no state machine can read; ",
        ),
        (cdk.Aws.REGION, r"^points: is a token of CloudFormation's, which no state machine can read; "),
        (sfn.JsonPath.array("$.a"), r"^points: must be a path such as \$.points, got \"States.Array"),
        (
            [{"a": "{% $states.input.a %}"}],
            r"^points\[0\]\['a'\]: is an expression, and a point is read before",
        ),
        (
            [{"a": sfn.JsonPath.string_at("$.a")}],
            r"^points\[0\]\['a'\]: is sfn.JsonPath, and a point is read before",
        ),
    ],
)
def test_misuse_is_said_in_words(points: object, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        read(points, distributed=False)


@pytest.mark.parametrize(
    "points",
    [
        "{% $states.input.points %}",
        "$.points",
        sfn.JsonPath.list_at("$.points"),
        sfn.JsonPath.string_at("$.points"),
        sfn.JsonPath.object_at("$.points"),
    ],
)
def test_points_of_the_input_are_read_at_run_time(points: Any) -> None:
    found = read(points, distributed=False)

    assert found.known is None
    assert found.texts == []
    assert evaluate(found.source, input={"points": [{"depth": 4, "booster": "gbtree"}]}) == [
        {"index": 0, "hyperparameters": {"depth": "4", "booster": '"gbtree"'}}
    ]
