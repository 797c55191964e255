"""What the runtime's code calls of AWS, read from its source: a new call is seen without anybody telling."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

RUNTIME = Path(__file__).resolve().parents[4] / "constructs_lib" / "runtime"
# The attributes and variables that hold a client, and the prefix of IAM for its service.
CLIENTS = {
    "_cloudformation": "cloudformation",
    "_ec2": "ec2",
    "_kms": "kms",
    "_logs": "logs",
    "_s3": "s3",
    "_sagemaker": "sagemaker",
    "_stepfunctions": "states",
    "s3": "s3",
}
PREFIXES = {"stepfunctions": "states"}
# Where the action has another name than the operation.
ACTIONS = {"s3:ListObjectsV2": "s3:ListBucket"}


def trees() -> Iterator[tuple[str, ast.AST]]:
    """Each module of the runtime."""
    for file in sorted(RUNTIME.rglob("*.py")):
        yield file.stem, ast.parse(file.read_text())


def actions() -> dict[str, set[str]]:
    """The actions that the code calls, with the modules that do so."""
    found: dict[str, set[str]] = {}
    for module, tree in trees():
        for action in _actions(tree):
            found.setdefault(ACTIONS.get(action, action), set()).add(module)
    return found


def services() -> set[str]:
    """The prefixes of the services that the code makes clients for."""
    found = set()
    for _, tree in trees():
        for call in _calls(tree):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in ("later", "create_client") and call.args and isinstance(call.args[0], ast.Constant):
                found.add(str(call.args[0].value))
    return {PREFIXES.get(name, name) for name in found}


def _actions(tree: ast.AST) -> Iterator[str]:
    for call in _calls(tree):
        if not isinstance(call.func, ast.Attribute):
            continue
        holder = call.func.value
        name = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
        if name not in CLIENTS:
            continue
        operation = call.func.attr
        if operation == "get_paginator":
            assert isinstance(call.args[0], ast.Constant)
            operation = str(call.args[0].value)
        yield f"{CLIENTS[name]}:{''.join(word.capitalize() for word in operation.split('_'))}"


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node
