"""Variables: what Assign sets is seen from the next state on, not by the state's own Output."""

from __future__ import annotations

from typing import Any

from constructs_lib.local import seams

__all__ = ["install"]

_ASL = "moto.stepfunctions.parser.asl"
_ASSIGN = f"{_ASL}.component.common.assign.assign_decl:AssignDecl._eval_body"
_EXITED = f"{_ASL}.component.state.state:CommonStateField._get_state_exited_event_details"


def install() -> None:
    """Sets the variables when the state is left."""
    seams.replace(_ASSIGN, _assign)
    seams.replace(_EXITED, _exited)


def _assign(self: Any, env: Any) -> None:
    values: dict[str, Any] = {}
    for binding in self.declaration_bindings:
        binding.eval(env=env)
        values.update(env.stack.pop())
    env.assigned = values


def _exited(self: Any, env: Any) -> Any:
    for name, value in env.__dict__.pop("assigned", {}).items():
        env.variable_store.set(variable_identifier=name, variable_value=value)
    return seams.original(_EXITED)(self, env)
