"""The faults that the deploy-time path survives: each has a test, and ``pytest -m fault`` runs them all."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[2]
FAULTS = {
    1: "the same Create delivered three times",
    2: "crash after CreateTrainingJob, before anything is recorded",
    3: "crash before the waiter starts",
    4: "CloudFormation retries a failed Create (same RequestId, new ResponseURL)",
    5: "the job name exists and belongs to another stack",
    6: "Delete with a physical id that is not ours (Create never answered)",
    7: "Delete arrives before its Create",
    8: "Create redelivered six hours late",
    9: "a sibling resource fails while we wait",
    10: "Delete after a failed Create",
    11: "failed Update, then rollback",
    12: "rollback, and the old job's record was deleted",
    13: "Update that changes nothing",
    14: "Delete of a replaced resource",
    15: "event written by an older version of the library",
    16: "CloudFormation turns every boolean and number into a string",
    17: "malformed event or RequestType",
    18: "Lambda about to time out",
    19: "out of memory or init error",
    20: "the poll crashes on its last attempt",
    21: "response PUT gets 503",
    22: "response PUT gets 403 (URL expired)",
    23: "response PUT hangs",
    24: "answer over 4,096 bytes of UTF-8",
    25: "an attribute is not known",
    26: '"Could not assume role" right after role creation',
    27: "the five other propagation messages of status.md",
    28: "trust policy permanently wrong",
    29: "PassRole AccessDenied",
    30: "throttling on create or describe",
    31: "ResourceLimitExceeded",
    32: "CapacityError in FailureReason",
    33: "spot Interrupted, then Restarting",
    34: "MaxWaitTimeExceeded",
    35: "MaxRuntimeExceeded / Stopped",
    36: "a person stops the job in the console",
    37: "'Deleting' or an unknown status",
    38: "still pending at the deadline",
    39: 'Describe says "Requested resource not found" as a ValidationException',
    40: "stop races completion",
    41: "already Stopping at Delete",
    42: "stuck in Stopping",
    43: "StopTrainingJob AccessDenied",
    44: "DeleteTrainingJob (asked for by 'delete_record') while a warm pool is Available",
    45: "ENIs of the job linger",
    46: "gate metric missing, NaN, Inf or duplicated",
    47: "gate metric appears late",
    48: "1,024-character FailureReason with a secret and Unicode in it",
    49: "signal before the WaitCondition exists",
    50: "duplicate, late, out-of-order EventBridge events",
    51: "no event ever",
    52: "signal during rollback gets 403/404",
    53: "property hash changed but synth hash did not (token)",
    54: "expired handle URL",
    55: "ServiceTimeout over 3600",
    56: "WaitCondition timeout over 43200",
    57: "name over 63 characters or illegal",
    58: "over 100 hyperparameters, value over 2,500, environment over 512",
    59: "secret-like hyperparameter",
    60: "a waiter started by the previous version is still running when the code is redeployed",
}


def row_of(node: ast.AST) -> int | None:
    """The number in ``pytest.mark.fault(number)``."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "pytest.mark.fault":
        return None
    [number] = node.args
    assert isinstance(number, ast.Constant), f"not a plain number: {ast.unparse(node)}"
    assert isinstance(number.value, int)
    return number.value


def marked(path: Path) -> list[tuple[int, str]]:
    """(row, test) of a file: from decorators, and from the parameters in them."""
    text = path.read_text()
    if "mark.fault" not in text:
        return []
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    decorated = [
        (function.name, decorator) for function in functions for decorator in function.decorator_list
    ]
    found = [(row_of(node), name) for name, decorator in decorated for node in ast.walk(decorator)]
    return [(row, name) for row, name in found if row is not None]


@cache
def rows_tested() -> dict[int, list[str]]:
    """The tests of each row, as ``file::test``."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for row, name in marked(path):
            test = f"{path.relative_to(TESTS)}::{name}"
            if test not in found[row]:
                found[row].append(test)
    return found


def table() -> str:
    """The rows, and what tests each of them."""
    found = rows_tested()
    rows = [
        f"{row:>2} {fault}\n" + "".join(f"     {test}\n" for test in found[row])
        for row, fault in FAULTS.items()
    ]
    return "".join(rows)


def test_every_fault_has_a_test(record_property: Callable[[str, object], None]) -> None:
    found = rows_tested()
    print(table())
    record_property("faults", len(found))

    assert [*FAULTS] == [*range(1, 61)]
    assert [f"{row} {fault}" for row, fault in FAULTS.items() if not found.get(row)] == []


def test_no_test_is_for_a_fault_that_is_not_in_the_list() -> None:
    assert sorted(rows_tested().keys() - FAULTS.keys()) == []


def test_what_is_marked_is_a_test() -> None:
    names = [test.partition("::")[2] for tests in rows_tested().values() for test in tests]
    assert [name for name in names if not name.startswith("test_")] == []


def test_a_marker_in_a_parameter_counts(tmp_path: Path) -> None:
    source = """
@pytest.mark.fault(3)
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.fault(4)), 2])
def test_something(x):
    pytest.mark.fault(5)
"""
    path = tmp_path / "test_sample.py"
    path.write_text(source)

    assert marked(path) == [(3, "test_something"), (4, "test_something")]
