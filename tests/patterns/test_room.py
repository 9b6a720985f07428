from purezmq.patterns.room import block_writer, has_room

from .helpers import new_pipe


def test_pipe_takes_messages_up_to_its_limit():
    pipe = new_pipe(limit=2)
    assert has_room(pipe)
    pipe.push(b"1")
    assert has_room(pipe)
    pipe.push(b"2")
    assert not has_room(pipe)
    assert pipe.write_blocked


def test_pipe_met_full_stays_closed_until_the_mark_is_taken_away():
    pipe = new_pipe(limit=10)
    for _ in range(10):
        pipe.push(b"")
    assert not has_room(pipe)
    pipe.outbox.popleft()
    assert not has_room(pipe)
    pipe.write_blocked = False
    assert has_room(pipe)


def test_writer_is_not_blocked_if_the_reader_took_messages_meanwhile():
    pipe = new_pipe(limit=10)
    for _ in range(5):
        pipe.push(b"")
    # As if an inproc peer had taken five between the look at the limit and the mark.
    assert not block_writer(pipe)
    assert not pipe.write_blocked
