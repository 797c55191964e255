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

import pytest
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
# A name that the user gave has one attempt only: nothing to fall back to.
named = st.builds(
    Target,
    content=st.sampled_from("AB"),
    mode=st.sampled_from(("wait", "start", "wait_condition")),
    extra=st.frozensets(st.sampled_from(("gate", "record", "network", "pool")), max_size=2),
    fixed=st.just("by-hand"),
)
siblings = st.just(math.inf) | seconds


def operations(*names: str) -> st.SearchStrategy[Operation]:
    both = st.fixed_dictionaries({names[0]: targets}, optional=dict.fromkeys(names[1:], targets))
    # Of several stacks, or of one stack's resources, one only can have the name.
    by_hand = st.fixed_dictionaries({names[0]: named}, optional=dict.fromkeys(names[1:], targets | named))
    asked = st.one_of(both, both, both, by_hand, st.none())
    # No sooner: the runtime tells operations on a stack apart by when they began, give or take a minute.
    return st.builds(Operation, asked, siblings, st.sampled_from((61.0, 100.0, 1000.0)))


mishaps = st.builds(
    Mishap,
    call=st.integers(0, 160),
    kind=st.sampled_from(("die", "hang", "throttle", "break", "silence")),
    seconds=st.sampled_from((10.0, 70.0, 110.0, 200.0, 400.0)),
    after=st.booleans(),
)
late = st.sampled_from((0.0, 1.0, 30.0, 100.0, 330.0, 720.0, 1600.0, 3500.0, 9000.0))
copies = st.one_of(st.just([0.0]), st.lists(late, min_size=1, max_size=3))
spells = st.tuples(
    st.frozensets(st.sampled_from(OPERATIONS), min_size=1, max_size=3),
    st.sampled_from((0.0, 61.0, 100.0, 400.0, 1000.0)),
    st.sampled_from((100.0, 200.0, 600.0, 2000.0, 8000.0)),
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
    skews=st.tuples(*[st.sampled_from((0.0, 0.0, 30.0, -30.0))] * 2),
)


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(histories)
def test_the_invariants_hold_in_any_history(history: History) -> None:
    history.live()


# Histories that once broke an invariant.


@pytest.mark.parametrize("mode", ["start", "wait"])
def test_a_redelivery_does_not_keep_a_job_that_was_created_during_its_own_undoing(mode: str) -> None:
    """The creation hangs until Delete has found nothing and succeeded, and the function dies after it."""
    mishaps = [Mishap(4, "hang", 200), Mishap(4, "die", after=True)]
    asked = Operation({ONE: Target(mode=mode)}, sibling=20)

    universe = History([asked], usual="endless", mishaps=mishaps).live()

    assert len(universe.account.sagemaker.created) == 1
    assert universe.account.sagemaker.running() == []


def test_an_update_held_back_until_the_next_one_trains_nothing() -> None:
    """The stack is updated again when the event comes that was rolled back long ago."""
    updates = [Operation({ONE: Target("B")}, sibling=20), Operation({ONE: Target("C")}), Operation(None)]
    first = Operation({ONE: Target("A")})

    universe = History(
        [first, *updates], scripts=["quick", "slow"], usual="endless", deliveries=[[0], [200]]
    ).live()

    versions = [job.request["Environment"]["VERSION"] for job in universe.account.sagemaker.every]
    assert versions == ["A", "C"]


def test_the_same_content_is_not_trained_for_a_change_of_who_waits() -> None:
    """The deployed job found no capacity; the update only asks to wait, with other types to fall back to."""
    started, waited = Target(mode="start"), Target(mode="wait", extra=frozenset({"fallback"}))

    universe = History(
        [Operation({ONE: started}), Operation({ONE: waited}, gap=1000)],
        no_capacity=frozenset({"ml.m5.large"}),
    ).live()

    assert len(universe.account.sagemaker.created) == 1


def test_a_roll_back_to_a_content_that_fell_back_keeps_its_job() -> None:
    """The deployed content's third attempt completed; the update's only one finds no capacity."""
    fell_back = Target("C", "wait_condition", extra=frozenset({"fallback"}))

    universe = History(
        [Operation({ONE: fell_back}), Operation({ONE: Target("A", "wait_condition")})],
        no_capacity=frozenset({"ml.m5.large", "ml.m5.xlarge"}),
    ).live()

    assert len(universe.account.sagemaker.created) == 4


def test_a_job_that_could_not_be_stopped_is_stopped_by_the_next_deletion() -> None:
    """Neither a watch could be started nor the job stopped, so the roll-back failed too, and said so."""
    refused = frozenset({"StopTrainingJob", "StartExecution"})

    universe = History(
        [Operation({ONE: Target("A", timeout=1500)}, gap=61)],
        scripts=["endless"],
        spells=[(refused, 0.0, 200.0, False)],
    ).live()

    assert [one.deleted for one in universe.resources if one.logical_id == ONE] == [True]
    assert universe.account.sagemaker.running() == []
    deletions = [
        url for url, one in universe.drivers[0].asked.items() if one.event["RequestType"] == "Delete"
    ]
    answers = [universe.drivers[0].recorder.effective(url) for url in deletions]
    assert [answer.ok for answer in answers if answer] == [False, True]


def test_a_deletion_finds_a_second_attempt_though_the_first_one_has_no_record() -> None:
    """Somebody deletes the record of the attempt that found no capacity, while the second one trains."""
    fell_back = Target("A", "wait_condition", extra=frozenset({"fallback"}))
    record = Act(at=200, kind="delete record", pick=0)

    universe = History(
        [Operation({ONE: fell_back}, sibling=300)],
        scripts=["endless", "endless"],
        no_capacity=frozenset({"ml.m5.large"}),
        acts=[record],
    ).live()

    assert len(universe.account.sagemaker.created) == 2
    assert universe.account.sagemaker.running() == []


@pytest.mark.parametrize("record", [False, True])
def test_a_clean_up_finds_a_second_attempt_though_the_first_one_has_no_record(record: bool) -> None:
    """As above, in an update that is rolled back: it does not run on until the wait for it would be over."""
    extra = frozenset({"fallback", "record"} if record else {"fallback"})
    fell_back = Target("A", "wait_condition", extra=extra)
    deployed = Operation({ONE: Target("B", "start")})

    universe = History(
        [deployed, Operation({ONE: fell_back}, sibling=300, gap=100)],
        scripts=["endless", "endless"],
        no_capacity=frozenset({"ml.m5.large"}),
        acts=[Act(at=360, kind="delete record", pick=1)],
    ).live()

    [_, _, second] = universe.account.sagemaker.every
    assert second.name.endswith("-2")
    assert second.stopped is not None
    assert second.stopped < second.started + 300
