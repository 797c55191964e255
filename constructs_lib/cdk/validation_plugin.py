"""The plugin that puts this library's findings into CDK's validation report, one for each app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
    Validations,
)
from constructs import Construct, IConstruct

from constructs_lib import __version__
from constructs_lib.cdk.acknowledged.record import Acknowledgements, Granted, Rights
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.user_line import user_frames
from constructs_lib.cdk.whereabouts import path_of, root_of, stage_path_of
from constructs_lib.cdk.written import in_words
from constructs_lib.errors import ConstructsLibError
from constructs_lib.rules import Finding
from constructs_lib.rules.catalogue import RULES
from constructs_lib.rules.model_rules import MODEL_RULES
from constructs_lib.rules.runner_rules import RUNNER_RULES

PLUGIN_NAME = "ConstructsLib"
Producer = Callable[[], Iterable[Finding]]


class _Subject(NamedTuple):
    """A construct that findings are about, where its user made it, and what finds them."""

    construct: Construct
    frames: list[str]
    produce: Producer


@jsii.implements(IPolicyValidationPlugin)
class ConstructsLibPlugin:
    """Reports what is wrong with the runners of one app, after its templates are written.

    Errors fail the synthesis, warnings are printed and do not; either can be acknowledged, as
    ``ConstructsLib::<rule>``, on the construct or on any scope around it.

    Attributes:
        acknowledgements: what cdk-nag finds in the app of this library's, and the reasons.
    """

    def __init__(self) -> None:
        self.acknowledgements = Acknowledgements()
        self._subjects: list[_Subject] = []
        self._shown: set[int] = set()

    @property
    def name(self) -> str:
        """The name that acknowledgements begin with."""
        return PLUGIN_NAME

    @property
    def version(self) -> str:
        """The library's version."""
        return __version__

    @property
    def rule_ids(self) -> list[str]:
        """Every id that a finding may have."""
        return [rule.id for rule in (*MODEL_RULES, *RULES, *RUNNER_RULES)]

    @property
    def constructs(self) -> list[Construct]:
        """What is reported on, in the order in which it was made."""
        return list(dict.fromkeys(subject.construct for subject in self._subjects))

    def add(self, construct: Construct, produce: Producer) -> None:
        """Report on a construct that is being made."""
        self._subjects.append(_Subject(construct, user_frames(), produce))

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:  # noqa: ARG002
        """The findings of every subject; called once a synthesis, when all templates are written."""
        self.acknowledgements.write()
        violations = []
        for subject in self._subjects:
            findings = _findings(subject)
            if findings:
                self._show_line(subject)
            violations += [_violation(subject.construct, finding) for finding in findings]
        # Not "no violations": a report that is no success fails the synthesis, also with warnings alone.
        success = all(violation.severity == "warning" for violation in violations)
        return PolicyValidationPluginReport(success=success, violations=violations)

    def _show_line(self, subject: _Subject) -> None:
        """Say where the construct was made.

        Now and not when it was: cdk.out is written already, so no path of this machine gets into it.
        """
        if subject.frames and id(subject.construct) not in self._shown:
            self._shown.add(id(subject.construct))
            subject.construct.node.add_metadata("aws:cdk:creationStack", subject.frames)


_plugins: WeakKeyDictionary[IConstruct, ConstructsLibPlugin] = WeakKeyDictionary()


def report_on(construct: Construct, produce: Producer) -> ConstructsLibPlugin | None:
    """Put findings about a construct into the validation report of its app.

    Args:
        construct: what the findings are about; called while it is made, for the user's line is taken now.
        produce: makes the findings; called at synthesis, when the templates are written.

    Returns:
        The app's plugin; None where there is no stage, so nothing that could be synthesized.
    """
    plugin = plugin_of(construct)
    if plugin is not None:
        plugin.add(construct, produce)
    return plugin


def plugin_of(scope: Construct) -> ConstructsLibPlugin | None:
    """The plugin of a scope's app, made on first use; None where nothing could be synthesized."""
    if stage_path_of(scope) is None:
        return None
    root = root_of(scope)
    plugin = _plugins.get(root)
    if plugin is None:
        plugin = _plugins[root] = ConstructsLibPlugin()
        Validations.of(root).add_plugins(cast("IPolicyValidationPlugin", plugin))
    return plugin


def acknowledge(scope: Construct, construct: Construct, reasons: Mapping[str, str]) -> None:
    """Acknowledge rules of cdk-nag on the resource of a construct.

    Args:
        scope: where the construct is; of a scope that was asked before, nothing is asked of CDK.
        construct: the construct.
        reasons: by the rule's name, without a pack's.
    """
    plugin = plugin_of(scope)
    if plugin is not None:
        plugin.acknowledgements.add_rules(construct, reasons)


def acknowledge_in_machine(scope: Construct, task: str, permissions: Iterable[Permission]) -> None:
    """Acknowledge the wildcards of these permissions in the policies of the machine that has a task.

    Args:
        scope: the task, or the sweep.
        task: the name of the task's state; of a sweep's own states, that of the task in it.
        permissions: what the machine's role is allowed because of it.
    """
    plugin = plugin_of(scope)
    if plugin is not None:
        plugin.acknowledgements.add_state(scope, task, permissions)


def acknowledge_wildcards(scope: Construct, policies: Iterable[Construct], rights: Sequence[Rights]) -> None:
    """Acknowledge the wildcards in policies of a role that are there because of these rights, and no other.

    Args:
        scope: where the policies are.
        policies: the policies.
        rights: what they were made of; a list that grows is read at synthesis.
    """
    plugin = plugin_of(scope)
    if plugin is not None:
        for policy in policies:
            plugin.acknowledgements.add_policy(Granted(policy, rights))


def _findings(subject: _Subject) -> list[Finding]:
    try:
        return list(subject.produce())
    except Exception as error:
        # Only an exception's text gets through jsii: a KeyError would come out as a bare name.
        text = f"{path_of(subject.construct)} could not be checked: {type(error).__name__}: {error}"
        raise ConstructsLibError(text) from error


def _violation(construct: Construct, finding: Finding) -> PolicyViolation:
    where = f"{finding.path}: " if finding.path else ""
    return PolicyViolation(
        rule_name=finding.rule,
        description=in_words(f"{where}{finding.message}", construct),
        fix=finding.fix,
        severity=finding.severity,
        rule_metadata={"path": finding.path, "source": finding.source},
        violating_resources=[PolicyViolatingResource(construct_path=path_of(construct), locations=[])],
    )
