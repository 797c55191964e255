"""A state that knows itself what CDK would have to be asked for: each question is a call into jsii."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.whereabouts import path_of
from constructs_lib.cdk.workflows.argument_languages import check_catch
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.errors import SpecError

__all__ = ["NotedState"]


class NotedState(sfn.TaskStateBase):
    """A task that notes whether it is given handlers or a prefix, by its user or by a construct of CDK's."""

    _plain_name: str
    _own_language: sfn.QueryLanguage | None
    _is_handled = False
    _is_prefixed = False
    _unsaid = False
    _caught: tuple[Mapping[str, object], ...] = ()

    def add_retry(
        self,
        *,
        backoff_rate: float | None = None,
        errors: Sequence[str] | None = None,
        interval: Duration | None = None,
        jitter_strategy: sfn.JitterType | None = None,
        max_attempts: float | None = None,
        max_delay: Duration | None = None,
    ) -> sfn.TaskStateBase:
        """Try the state again after an error: see CDK's own ``add_retry``."""
        self._is_handled = True
        return super().add_retry(
            backoff_rate=backoff_rate,
            errors=errors,
            interval=interval,
            jitter_strategy=jitter_strategy,
            max_attempts=max_attempts,
            max_delay=max_delay,
        )

    def add_catch(
        self,
        handler: sfn.IChainable,
        *,
        assign: Mapping[str, Any] | None = None,
        errors: Sequence[str] | None = None,
        outputs: Any = None,
        result_path: str | None = None,
    ) -> sfn.TaskStateBase:
        """Go on with another state after an error: see CDK's own ``add_catch``.

        Raises:
            SpecError: an argument of the other query language than the task's.
        """
        self._is_handled = True
        told = {"assign": assign, "outputs": outputs, "result_path": result_path}
        if self._own_language is not None:
            check_catch(told, Language.of(self._own_language), path_of(self))
        self._caught = (*self._caught, told)
        return super().add_catch(
            handler, assign=assign, errors=errors, outputs=outputs, result_path=result_path
        )

    def add_prefix(self, x: str) -> None:
        """Put a text before the state's name: see CDK's own ``add_prefix``."""
        self._is_prefixed = True
        super().add_prefix(x)

    @property
    def _name(self) -> str:
        """The state's name in the definition, with the prefixes of the fragments around it."""
        return self.state_id if self._is_prefixed else self._plain_name

    def _handlers(self, machine: sfn.QueryLanguage | None) -> Mapping[str, Any]:
        """The retriers and catchers that the state was given, in a machine of this language.

        Raises:
            SpecError: a catcher in another language than the task has there.
        """
        # Where nobody says a language it is missing, or is JSONPath: the findings know the whole machine.
        self._unsaid = self._own_language is None and machine is None
        if not self._unsaid:
            self._check_catches(Language.of(self._own_language, machine))
        return self._render_retry_catch(machine) if self._is_handled else {}

    def _check_catches(self, language: Language) -> None:
        for told in self._caught:
            check_catch(told, language, path_of(self))

    @property
    def misfit_catch(self) -> SpecError | None:
        """What is wrong with a catcher where neither the task nor its state machine has said a language."""
        try:
            if self._unsaid:
                self._check_catches(Language.JSONPATH)
        except SpecError as error:
            return error
        return None
