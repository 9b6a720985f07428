from collections import Counter

import pytest

from purezmq.patterns.distributor import Distributor, shared_by

from .helpers import Tracked, new_pipe, sent


@pytest.fixture
def distributor() -> Distributor:
    return Distributor(Counter())


def test_all_selected_pipes_get_the_same_object(distributor):
    pipes = [new_pipe() for _ in range(3)]
    message = (b"topic", b"data")
    distributor.send(pipes, message)
    assert all(pipe.outbox[0] is message for pipe in pipes)
    assert all(pipe.dirty_list == [pipe] for pipe in pipes)


def test_only_the_full_pipe_misses_a_message_and_that_is_counted(distributor):
    small, big = new_pipe(1), new_pipe(9)
    for message in (b"1", b"2", b"3"):
        distributor.send([small, big], message)
    assert sent(small) == [b"1"]
    assert sent(big) == [b"1", b"2", b"3"]
    assert distributor.drops == {"no_room": 2}


def test_full_pipe_misses_everything_until_its_low_water_mark(distributor):
    pipe = new_pipe(4)
    for number in range(5):
        distributor.send([pipe], b"%d" % number)
    pipe.outbox.popleft()
    distributor.send([pipe], b"5")
    assert sent(pipe) == [b"1", b"2", b"3"]
    pipe.write_blocked = False  # what writable() does
    distributor.send([pipe], b"6")
    assert sent(pipe) == [b"6"]
    assert distributor.drops == {"no_room": 2}


def test_question_for_room_marks_every_full_pipe(distributor):
    full, free, full_too = new_pipe(1), new_pipe(2), new_pipe(1)
    assert distributor.have_room([full, free, full_too])
    distributor.send([full, free, full_too], b"x")
    assert not distributor.have_room([full, free, full_too])
    assert (full.write_blocked, free.write_blocked, full_too.write_blocked) == (True, False, True)
    assert distributor.have_room([free])


def test_conflating_distributor_keeps_only_the_newest(distributor):
    distributor.conflate = True
    pipes = [new_pipe(1, conflates=True), new_pipe(1, conflates=True)]
    for message in (b"1", b"2", b"3"):
        assert distributor.have_room(pipes)
        distributor.send(pipes, message)
    assert [sent(pipe) for pipe in pipes] == [[b"3"], [b"3"]]
    assert distributor.drops == {"conflated": 4}


def test_pipes_that_do_not_conflate_keep_all_beside_one_that_does(distributor):
    distributor.conflate = True
    newest, all_of_them = new_pipe(1, conflates=True), new_pipe(9)
    for message in (b"1", b"2"):
        distributor.send([newest, all_of_them], message)
    assert (sent(newest), sent(all_of_them)) == ([b"2"], [b"1", b"2"])


def test_sender_of_a_tracked_message_is_told_once_after_the_last_receiver(distributor):
    tracked = Tracked(b"big")
    full, *pipes = new_pipe(1), new_pipe(), new_pipe()
    full.push(b"x")
    distributor.send([full, *pipes], tracked.message)
    assert tracked.told_count == 0
    for pipe in pipes:
        assert tracked.told_count == 0
        pipe.outbox.popleft().on_sent()
    assert tracked.told_count == 1


def test_single_receiver_gets_the_tracked_message_itself():
    tracked = Tracked(b"big")
    assert shared_by(tracked.message, 1) is tracked.message
