import gc

import pytest
from assetdiff._pause import collector_paused


@pytest.fixture(autouse=True)
def the_collector_as_it_was():
    was_on = gc.isenabled()
    yield
    gc.unfreeze()
    (gc.enable if was_on else gc.disable)()


def collections_of(make):
    seen = []
    look = lambda phase, told: phase == "stop" and seen.append(told["generation"])  # noqa: E731
    gc.callbacks.append(look)
    try:
        made = make()
        # Enough for a look at the young objects, if there are any.
        also = [[] for _ in range(3)]
    finally:
        gc.callbacks.remove(look)
    assert made and also
    return seen


def many_lists():
    return [[] for _ in range(10 * gc.get_threshold()[0])]


def test_what_is_made_in_a_pause_is_not_walked_through_afterwards():
    gc.enable()

    def make():
        with collector_paused():
            return many_lists()

    assert collections_of(many_lists), "outside of a pause there are collections"
    assert collections_of(make) == []
    assert gc.isenabled()


def test_a_collector_that_is_off_stays_off():
    gc.disable()
    with collector_paused():
        pass
    assert not gc.isenabled()


def test_what_somebody_has_frozen_stays_frozen():
    gc.enable()
    gc.freeze()
    with collector_paused():
        pass
    assert gc.isenabled() and gc.get_freeze_count() > 0
