"""What is wrong with the flow of a definition: where it goes, what it names, what it knows where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from .machines import Json, states_of

ENDS = ("Succeed", "Fail")
LONGEST_NAME = 80
OF_JSONATA = {"Arguments", "Output", "Items", "Condition"}
OF_JSON_PATH = {
    *("InputPath", "OutputPath", "ResultPath", "ResultSelector", "Parameters", "ItemsPath", "Variable"),
    *("TimeoutSecondsPath", "HeartbeatSecondsPath"),
}
INSIDE = ("Branches", "ItemProcessor")


class Scope(NamedTuple):
    """States that lead to each other, and what is known of what is around them."""

    start: str
    states: dict[str, Json]
    language: str
    known: frozenset[str] = frozenset()  # variables that are set before
    taken: frozenset[str] = frozenset()  # variables of the scopes around


class Edge(NamedTuple):
    """A way from a state to another, and the variables that are set on it."""

    target: str
    assigned: frozenset[str]


def faults(definition: Json) -> list[str]:
    """Everything that is wrong with a state machine."""
    language = definition.get("QueryLanguage", "JSONPath")
    names = Counter(_names(definition))
    return [
        *(f"{name!r} is there {number} times" for name, number in names.items() if number > 1),
        *(f"{name!r} is too long" for name in names if len(name) > LONGEST_NAME),
        *_scope_faults(Scope(definition["StartAt"], definition["States"], language)),
    ]


def tasks(definition: Json) -> dict[str, Json]:
    return {name: state for name, state in states_of(definition).items() if state["Type"] == "Task"}


def language_of(state: Json, around: str) -> str:
    return str(state.get("QueryLanguage", around))


def _names(machine: Json) -> Iterator[str]:
    for name, state in machine["States"].items():
        yield name
        for inner in _inner(state):
            yield from _names(inner)


def _inner(state: Json) -> list[Json]:
    return [*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else ())]


def _scope_faults(scope: Scope) -> Iterator[str]:
    ways = {name: edges(state) for name, state in scope.states.items()}
    targets = {scope.start} | {edge.target for found in ways.values() for edge in found}
    yield from (f"{name!r} is not there" for name in sorted(targets - scope.states.keys()))
    if targets - scope.states.keys():
        return
    known = _known(scope, ways)
    yield from (f"{name!r} is never reached" for name in scope.states if name not in known)
    yield from (f"{name!r} never ends" for name in sorted(scope.states.keys() - _ending(scope, ways)))
    own = {name for state in scope.states.values() for part in _parts(state) for name in _assigned(part)}
    yield from (f"${name} is set around this scope, too" for name in sorted(own & scope.taken))
    for name, variables in known.items():
        state = scope.states[name]
        yield from _language_faults(name, state, scope.language)
        unknown = references(state, language_of(state, scope.language)) - variables
        yield from (f"{name!r} refers to ${missing}" for missing in sorted(unknown))
        for inner in _inner(state):
            distributed = inner.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
            seen, taken = (
                (frozenset[str](), frozenset[str]()) if distributed else (variables, scope.taken | own)
            )
            yield from _scope_faults(Scope(inner["StartAt"], inner["States"], scope.language, seen, taken))


def edges(state: Json) -> list[Edge]:
    """Where a state may lead."""
    assigned = _assigned(state)
    found = [Edge(state[member], assigned) for member in ("Next", "Default") if member in state]
    found += [Edge(rule["Next"], _assigned(rule)) for rule in state.get("Choices", ())]
    return found + [Edge(catcher["Next"], _assigned(catcher)) for catcher in state.get("Catch", ())]


def _parts(state: Json) -> list[Json]:
    return [state, *state.get("Choices", ()), *state.get("Catch", ())]


def _assigned(part: Json) -> frozenset[str]:
    return frozenset(name.removesuffix(".$") for name in part.get("Assign", {}))


def _known(scope: Scope, ways: dict[str, list[Edge]]) -> dict[str, frozenset[str]]:
    """The states that can be reached, and what is set on every way to each."""
    known, changed = {scope.start: scope.known}, [scope.start]
    while changed:
        name = changed.pop()
        for edge in ways[name]:
            arriving = known[name] | edge.assigned
            kept = known.get(edge.target, arriving) & arriving
            if kept != known.get(edge.target):
                known[edge.target] = kept
                changed.append(edge.target)
    return known


def _ending(scope: Scope, ways: dict[str, list[Edge]]) -> set[str]:
    """The states from which the scope can end."""
    found = {
        name for name, state in scope.states.items() if state["Type"] in ENDS or state.get("End") is True
    }
    while more := {name for name in ways if any(e.target in found for e in ways[name])} - found:
        found |= more
    return found


def _language_faults(name: str, state: Json, around: str) -> Iterator[str]:
    language = language_of(state, around)
    if around == "JSONata" and language != around:
        yield f"{name!r} is in JSONPath, in a machine of JSONata"
    foreign = OF_JSON_PATH if language == "JSONata" else OF_JSONATA
    yield from (f"{name!r} has {key}" for part in _parts(state) for key in sorted(foreign & part.keys()))
    for key, value in _leaves(state):
        if language != "JSONata" and isinstance(value, str) and value.startswith("{%"):
            yield f"{name!r} has JSONata at {key}"
        if language == "JSONata" and key.endswith(".$"):
            yield f"{name!r} has a path at {key}"


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its key, but for those of inner states."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in INSIDE:
                yield from _leaves(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, key)
    else:
        yield key, value


_LITERAL = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|/\((?:\\.|[^/\\])*/""", re.DOTALL)
_PARAMETERS = re.compile(r"function\(([^)]*)\)")
_BOUND = re.compile(r"\$(\w+)\s*:=")
_USED = re.compile(r"(?<![\w$])\$([A-Za-z_]\w*)(?!\w*\()")


def references(state: Json, language: str) -> set[str]:
    """The variables that a state reads."""
    if language == "JSONata":
        texts = [v for _, v in _leaves(state) if isinstance(v, str) and v.startswith("{%")]
        return {name for text in texts for name in _read(text)}
    texts = [v for key, v in _leaves(state) if isinstance(v, str) and (key.endswith((".$", "Path")))]
    return {name for text in texts for name in _USED.findall(_LITERAL.sub("", text))}


def _read(text: str) -> set[str]:
    plain = _LITERAL.sub("''", text)
    own = {*_BOUND.findall(plain), "states"}
    own |= {name for listed in _PARAMETERS.findall(plain) for name in re.findall(r"\$(\w+)", listed)}
    return set(_USED.findall(plain)) - own
