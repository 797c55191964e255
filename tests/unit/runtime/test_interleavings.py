"""Random histories over three resources in two stacks: whatever comes late, dies or is refused, this holds.

1. At most one job in progress for one content of one resource. 2. Nothing runs after a successful Delete, or
beside what is deployed, once nothing is under way. 3. Whatever was delivered is answered. 4. In time. 5. No
secret is shown. A roll-back, a Delete and an unchanged content never train, and nobody else's job is ever
changed.

INTERLEAVINGS sets the number of histories.
"""

from __future__ import annotations

import math
import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .interleaving import ONE, OTHER, PERSON, SCRIPTS, TWO, Act, History, Operation
from .model.target import Target
from .model.universe import Mishap

EXAMPLES = int(os.environ.get("INTERLEAVINGS", "150"))
EXTRAS = ("gate", "fallback", "record", "network", "pool")
OPERATIONS = (
    "DescribeTrainingJob",
    "CreateTrainingJob",
    "StopTrainingJob",
    "ListTags",
    "DescribeStacks",
    "StartExecution",
    "Encrypt",
    "Decrypt",
    "DeleteTrainingJob",
    "AddTags",
    "ListObjectsV2",
)

seconds = st.sampled_from((1.0, 20.0, 60.0, 150.0, 320.0, 700.0, 1500.0, 3500.0))
targets = st.builds(
    Target,
    content=st.sampled_from("ABC"),
    mode=st.sampled_from(("wait", "start", "wait_condition")),
    extra=st.frozensets(st.sampled_from(EXTRAS), max_size=3),
    tag=st.sampled_from("12"),
    timeout=st.sampled_from((1500, 600, 3000)),
)
siblings = st.just(math.inf) | seconds


def operations(*names: str) -> st.SearchStrategy[Operation]:
    both = st.fixed_dictionaries({names[0]: targets}, optional=dict.fromkeys(names[1:], targets))
    asked = st.one_of(both, both, both, st.none())
    # No sooner: the runtime tells operations on a stack apart by when they began, give or take a minute.
    return st.builds(Operation, asked, siblings, st.sampled_from((61.0, 100.0, 1000.0)))


mishaps = st.builds(
    Mishap,
    call=st.integers(0, 160),
    kind=st.sampled_from(("die", "hang", "throttle", "break")),
    seconds=st.sampled_from((10.0, 70.0, 110.0, 200.0, 400.0)),
    after=st.booleans(),
)
late = st.sampled_from((0.0, 1.0, 30.0, 100.0, 330.0, 720.0, 1600.0, 3500.0))
copies = st.one_of(st.just([0.0]), st.lists(late, min_size=1, max_size=3))
spells = st.tuples(
    st.frozensets(st.sampled_from(OPERATIONS), min_size=1, max_size=3),
    st.sampled_from((0.0, 61.0, 100.0, 400.0, 1000.0)),
    st.sampled_from((100.0, 200.0, 600.0, 2000.0)),
    st.booleans(),
)
acts = st.builds(Act, at=st.integers(1, 6000), kind=st.sampled_from(PERSON), pick=st.integers(0, 5))
histories = st.builds(
    History,
    operations=st.lists(operations(ONE, TWO), min_size=1, max_size=6),
    others=st.lists(operations(OTHER), max_size=2),
    scripts=st.lists(st.sampled_from(list(SCRIPTS)), max_size=6),
    no_capacity=st.frozensets(st.sampled_from(("ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge"))),
    deliveries=st.lists(copies, max_size=12),
    mishaps=st.lists(mishaps, max_size=8),
    spells=st.lists(spells, max_size=2),
    acts=st.lists(acts, max_size=4),
    same_owner=st.booleans(),
)


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(histories)
def test_the_invariants_hold_in_any_history(history: History) -> None:
    history.live()
