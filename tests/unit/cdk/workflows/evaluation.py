"""What Step Functions makes of a state's JSON: JSONPath with intrinsic functions, and JSONata.

JSONPath here is what the library writes: plain paths into input, context object and variables, and the
intrinsic functions as the service's guide describes them, its limits included.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from jsonata.jsonata import Jsonata

LONGEST_HASHED = 10_000
MOST_CALLS = 10


class StateError(Exception):
    """The execution would fail here."""


class Execution:
    """What a state can see.

    Args:
        input: the state's input.
        context: the context object.
        variables: by name, without the dollar sign.
    """

    def __init__(self, input: Any = None, context: Any = None, variables: Any = None) -> None:
        self.input = input
        self.context = context or {}
        self.variables = variables or {}

    def parameters(self, value: Any) -> Any:
        """``Parameters`` of a JSONPath state, evaluated."""
        if isinstance(value, Mapping):
            return dict(self._member(key, item) for key, item in value.items())
        return [self.parameters(item) for item in value] if isinstance(value, list) else value

    def arguments(self, value: Any) -> Any:
        """``Arguments`` of a JSONata state, evaluated."""
        if isinstance(value, Mapping):
            return {key: self.arguments(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.arguments(item) for item in value]
        if isinstance(value, str) and value.startswith("{%") and value.endswith("%}"):
            return self.jsonata(value)
        return value

    def json_path(self, text: str) -> Any:
        """A path, or a call of an intrinsic function."""
        reader = _Reader(text, self)
        value = reader.expression()
        if reader.rest:
            raise StateError(f"unexpected {reader.rest!r}")
        if reader.calls > MOST_CALLS:
            raise StateError(f"{reader.calls} calls in one field")
        return value

    def jsonata(self, text: str) -> Any:
        """An expression with its signs."""
        expression = Jsonata(text[2:-2].strip())
        frame = expression.create_frame()
        # Through JSON, so that the expression's functions see what the service would give them.
        frame.bind("states", json.loads(json.dumps({"input": self.input, "context": self.context})))
        for name, value in self.variables.items():
            frame.bind(name, value)
        expression.register_lambda("hash", _hash)
        expression.register_lambda("uuid", lambda: str(uuid.uuid4()))
        value = expression.evaluate(None, frame)
        if value is None and expression.errors:
            raise StateError(expression.errors)
        return value

    def _member(self, key: str, item: Any) -> tuple[str, Any]:
        if key.endswith(".$"):
            return key[:-2], self.json_path(item)
        return key, self.parameters(item)


def _hash(text: str, algorithm: str) -> str:
    if not isinstance(text, str):
        raise StateError(f"a hash of {type(text)}")
    if len(text) > LONGEST_HASHED:
        raise StateError(f"a hash of {len(text)} characters")
    return hashlib.new(algorithm.replace("-", "").lower(), text.encode()).hexdigest()


_TOKEN = re.compile(
    r"\s*(?:(?P<name>States\.\w+)\(|(?P<path>\$\$?[\w.\[\]$]*)|'(?P<text>(?:\\.|[^'\\])*)'"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>true|false|null))",
    re.DOTALL,
)


class _Reader:
    def __init__(self, text: str, execution: Execution) -> None:
        self.rest = text
        self.calls = 0
        self._execution = execution

    def expression(self) -> Any:
        match = _TOKEN.match(self.rest)
        if match is None:
            raise StateError(f"no expression: {self.rest!r}")
        self.rest = self.rest[match.end() :]
        if match["name"]:
            self.calls += 1
            return _FUNCTIONS[match["name"]](*self._arguments())
        if match["path"]:
            return _at(match["path"], self._execution)
        if match["text"] is not None:
            return _Literal(match["text"])
        return json.loads(match["number"] or match["word"])

    def _arguments(self) -> list[Any]:
        found = []
        while not self._takes(")"):
            found.append(self.expression())
            self._takes(",")
        return found

    def _takes(self, sign: str) -> bool:
        rest = self.rest.lstrip()
        if rest.startswith(sign):
            self.rest = rest[1:]
        return rest.startswith(sign)


class _Literal(str):
    """Quoted text as it is written; its gaps are found before its escapes are undone."""

    @property
    def value(self) -> str:
        if re.search(r"(?<!\\)(?:\\\\)*[{}]", self):
            raise StateError(f"an unescaped brace: {self}")
        return _unescaped(self)


def _unescaped(text: str) -> str:
    if re.search(r"(?<!\\)(?:\\\\)*\\(?![\\'{}])[^\\]", text):
        raise StateError(f"an unknown escape: {text}")
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _at(path: str, execution: Execution) -> Any:
    if path.startswith("$$"):
        value, steps = execution.context, path[2:]
    elif re.match(r"\$\w", path):
        name = re.match(r"\$(\w+)", path)[1]  # type: ignore[index]
        value, steps = execution.variables[name], path[len(name) + 1 :]
    else:
        value, steps = execution.input, path[1:]
    for step in re.findall(r"\.(\w+)|\[(\d+)\]", steps):
        try:
            value = value[step[0]] if step[0] else value[int(step[1])]
        except (KeyError, IndexError, TypeError) as error:
            raise StateError(f"nothing at {path}") from error
    return value


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, _Literal) else value


def _format(template: Any, *values: Any) -> str:
    pieces = re.split(r"((?<!\\)(?:\\\\)*)\{\}", template) if isinstance(template, _Literal) else None
    if pieces is None:
        raise StateError("the library writes every template out")
    texts = [_shown(_plain(value)) for value in values]
    if len(pieces) // 2 != len(texts):
        raise StateError(f"{len(pieces) // 2} gaps for {len(texts)} values: {template}")
    made = ""
    for index, piece in enumerate(pieces):
        made += _unescaped(piece)
        made += texts[index // 2] if index % 2 else ""
    return made


def _shown(value: Any) -> str:
    if isinstance(value, (list, dict)):
        raise StateError("a list or a map has no form in a text")
    return value if isinstance(value, str) else json.dumps(value)


_FUNCTIONS: dict[str, Any] = {
    "States.Format": _format,
    "States.Hash": lambda text, algorithm: _hash(_plain(text), _plain(algorithm)),
    "States.JsonToString": lambda value: json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False),
    "States.StringToJson": lambda text: json.loads(_plain(text)),
    "States.Array": lambda *values: [_plain(value) for value in values],
    "States.UUID": lambda: str(uuid.uuid4()),
}
