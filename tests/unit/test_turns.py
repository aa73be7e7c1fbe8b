"""A mutex that is had in the order of asking."""

import threading
import time

import pytest

from workflow.turns import Turns


def test_it_is_had_in_the_order_of_asking():
    turns, had = Turns(), []
    turns.acquire()

    def ask(number):
        with turns:
            had.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for count, thread in enumerate(threads, 1):
        thread.start()
        while len(turns._waiting) < count:
            time.sleep(0.001)
    turns.release()
    for thread in threads:
        thread.join(10)

    assert had == list(range(8))
    assert turns.acquire(timeout=0)


def test_who_gives_it_back_and_asks_again_comes_after_those_who_wait():
    turns, over, had = Turns(), threading.Event(), 0

    def greedy():
        nonlocal had
        while not over.is_set():
            with turns:
                had += 1

    threads = [threading.Thread(target=greedy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        before = had
        turns.acquire()
        passed = had - before
        turns.release()
        assert passed <= 2 * len(threads)
    over.set()
    for thread in threads:
        thread.join(10)


def test_who_waits_too_long_goes_without_and_holds_nobody_up():
    turns = Turns()
    turns.acquire()

    assert not turns.acquire(timeout=0.01)
    assert not turns._waiting
    turns.release()
    assert turns.acquire(timeout=0)


def test_many_who_wait_for_a_moment_only_never_lose_it_nor_have_it_twice():
    turns, inside, most, taken = Turns(), 0, 0, 0

    def ask(number):
        nonlocal inside, most, taken
        for turn in range(200):
            if turns.acquire(timeout=0.0001 * ((number + turn) % 5)):
                inside += 1
                most, taken = max(most, inside), taken + 1
                inside -= 1
                turns.release()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert most == 1
    assert taken > 0
    assert turns.acquire(timeout=0)


@pytest.mark.parametrize("waiting", [0, 2])
def test_an_error_inside_gives_it_back(waiting):
    turns = Turns()
    threads = [threading.Thread(target=lambda: turns.acquire() and turns.release()) for _ in range(waiting)]

    with pytest.raises(RuntimeError), turns:
        for thread in threads:
            thread.start()
        raise RuntimeError

    for thread in threads:
        thread.join(10)
    assert turns.acquire(timeout=1)
