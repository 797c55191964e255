"""The course of a creation, an update and a deletion, with their roll-backs."""

from __future__ import annotations

import logging
import threading
from typing import Any

from .apply import ApplyFailed, apply, wanted
from .course import current
from .failure import ResourceFailed, reason_of
from .ledger import Ledger, copied, ledger_of
from .outputs import with_stack_outputs
from .remove import clean_up, remove_all

__all__ = ["cancel", "create", "delete", "rolls_back", "run", "update"]

_log = logging.getLogger(__name__)


def run(step: Any, *arguments: Any) -> None:
    """Runs a step in the background, or here when a parent stack waits for it."""

    def guarded() -> None:
        try:
            step(*arguments)
        except Exception:  # noqa: BLE001 - a bug of the emulation: it must be seen, and the stack must not hang
            _log.exception("a deployment broke")
            arguments[1].status = f"{arguments[1].status.replace('_IN_PROGRESS', '')}_FAILED"

    if current():
        guarded()
    else:
        threading.Thread(target=guarded, daemon=True).start()


def create(backend: Any, stack: Any, body: Any, template: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Makes a stack, or removes what was made when something fails."""
    ledger = ledger_of(stack)
    with ledger.turn, ledger.course.begun():
        _create(backend, ledger, body, template, parameters)


def cancel(stack: Any) -> None:
    """Ends a creation under way at its next step; what it waits for is not waited for any longer."""
    ledger = ledger_of(stack)
    ledger.cancelled.set()
    ledger.course.give_up()


def _create(
    backend: Any, ledger: Ledger, body: Any, template: dict[str, Any], parameters: dict[str, Any]
) -> None:
    try:
        _bring(backend, ledger, body, template, parameters)
    except ApplyFailed as error:
        if ledger.cancelled.is_set():
            return
        ledger.status("ROLLBACK_IN_PROGRESS", f"{error}Rollback requested by user.")
        failed = remove_all(ledger, rollback=True)
        ledger.status("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE", _not_deleted(failed))
        return
    if not ledger.cancelled.is_set():
        ledger.status("CREATE_COMPLETE")


def update(backend: Any, stack: Any, body: Any, template: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Changes a stack, or changes it back when something fails."""
    ledger = ledger_of(stack)
    old = (stack.template, copied(stack.template_dict), dict(stack.parameters))
    with ledger.course.begun():
        if ledger.course.rolling_back:  # with the stack that this one is nested in
            _roll_back(backend, ledger, body, template, parameters)
            return
        try:
            _bring(backend, ledger, body, template, parameters)
        except ApplyFailed as error:
            ledger.status("UPDATE_ROLLBACK_IN_PROGRESS", str(error))
            ledger.course.rolling_back = True
            _roll_back(backend, ledger, *old)
            return
        ledger.status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        clean_up(ledger, wanted(ledger, template))
        ledger.status("UPDATE_COMPLETE")


def rolls_back() -> bool:
    """Whether this thread undoes an update, of this stack or of one around it."""
    course = current()
    return course is not None and course.rolling_back


def _bring(
    backend: Any, ledger: Ledger, body: Any, template: dict[str, Any], parameters: dict[str, Any]
) -> None:
    """Makes the stack what the template says, with other stacks' outputs as they are now."""
    stack = ledger.stack
    try:
        read = with_stack_outputs(template, stack.account_id, stack.region_name)
    except ResourceFailed as error:
        raise ApplyFailed(f"{error}. ") from error
    apply(ledger, read, parameters)
    _finish(backend, ledger, body, read, parameters)


def _roll_back(
    backend: Any, ledger: Ledger, body: Any, template: dict[str, Any], parameters: dict[str, Any]
) -> None:
    try:
        _bring(backend, ledger, body, template, parameters)
    except ApplyFailed as error:
        ledger.status("UPDATE_ROLLBACK_FAILED", str(error))
        return
    ledger.status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    clean_up(ledger, wanted(ledger, template), rollback=True)
    ledger.status("UPDATE_ROLLBACK_COMPLETE")


def delete(backend: Any, stack: Any) -> None:
    """Deletes a stack's resources; the stack stays visible by its id."""
    ledger = ledger_of(stack)
    with ledger.turn, ledger.course.begun():
        failed = remove_all(ledger)
    if failed:
        ledger.status("DELETE_FAILED", _not_deleted(failed))
        return
    for name in [n for n, e in backend.exports.items() if e.exporting_stack_id == stack.stack_id]:
        del backend.exports[name]
    backend.deleted_stacks[stack.stack_id] = stack
    backend.stacks.pop(stack.stack_id, None)
    ledger.status("DELETE_COMPLETE")


def _not_deleted(names: list[str]) -> str | None:
    return f"The following resource(s) failed to delete: [{', '.join(names)}]. " if names else None


def _finish(
    backend: Any, ledger: Ledger, body: Any, template: dict[str, Any], parameters: dict[str, Any]
) -> None:
    """Reads the outputs, which may fail like a resource, and makes the template the stack's own."""
    stack = ledger.stack
    stack.template, stack.template_dict, stack.parameters = body, template, parameters
    stack.description = template.get("Description")
    try:
        stack.output_map = stack._create_output_map()
        exports = {export.name: export for export in stack.exports}
        ledger.outputs = _outputs(stack)
    except Exception as error:
        raise ApplyFailed(f"Output evaluation failed: {reason_of(error)}. ") from error
    for name in [n for n, e in backend.exports.items() if e.exporting_stack_id == stack.stack_id]:
        del backend.exports[name]
    backend.exports.update(exports)


def _outputs(stack: Any) -> list[dict[str, Any]] | None:
    from .install import read_outputs

    return read_outputs(stack)
