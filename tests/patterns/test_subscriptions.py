import pytest
from hypothesis import given
from hypothesis import strategies as st

from purezmq.patterns.subscriptions import LAST_REMOVED, NOT_FOUND, OTHERS_REMAIN, TopicFilter, TopicTable

from .helpers import new_pipe

# Few letters and short words, so that topics collide and are prefixes of each other.
WORDS = st.text("ab", max_size=4).map(str.encode)


class TestTopicFilter:
    def test_nothing_matches_without_topics(self):
        assert not TopicFilter().matches(b"")
        assert not TopicFilter().matches(b"anything")

    @pytest.mark.parametrize("first_part", [b"weather", b"weather.berlin"])
    def test_topic_matches_what_begins_with_it(self, first_part):
        topics = TopicFilter()
        topics.add(b"weather")
        assert topics.matches(first_part)

    @pytest.mark.parametrize("first_part", [b"", b"weathe", b"Weather", b"the weather"])
    def test_topic_matches_nothing_else(self, first_part):
        topics = TopicFilter()
        topics.add(b"weather")
        assert not topics.matches(first_part)

    def test_empty_topic_matches_everything(self):
        topics = TopicFilter()
        topics.add(b"")
        assert topics.has_all
        assert topics.matches(b"") and topics.matches(b"x")
        topics.remove(b"")
        assert not topics.has_all
        assert not topics.matches(b"x")

    def test_topic_must_be_removed_as_often_as_it_was_added(self):
        topics = TopicFilter()
        assert topics.add(b"a")
        assert not topics.add(b"a")
        assert len(topics) == 1
        assert not topics.remove(b"a")
        assert topics.matches(b"a")
        assert topics.remove(b"a")
        assert not topics.matches(b"a")
        assert len(topics) == 0

    def test_removing_an_unknown_topic_does_nothing(self):
        topics = TopicFilter()
        topics.add(b"a")
        assert not topics.remove(b"b")
        assert topics.topics() == [b"a"]

    def test_topics_are_listed_once_in_byte_order_prefixes_first(self):
        topics = TopicFilter()
        for topic in (b"b", b"ab", b"\xff", b"a", b"", b"a"):
            topics.add(topic)
        assert topics.topics() == [b"", b"a", b"ab", b"b", b"\xff"]

    def test_huge_topics_cost_no_recursion(self):
        topics = TopicFilter()
        huge = b"x" * (1 << 20)
        topics.add(huge)
        assert topics.matches(huge + b"y")
        assert not topics.matches(huge[:-1])
        assert topics.remove(huge)

    @given(st.lists(st.tuples(st.booleans(), WORDS)), st.lists(WORDS))
    def test_matching_is_that_of_a_naive_model(self, changes, first_parts):
        topics, model = TopicFilter(), []
        for add, topic in changes:
            if add:
                assert topics.add(topic) == (topic not in model)
                model.append(topic)
            else:
                assert topics.remove(topic) == (model.count(topic) == 1)
                if topic in model:
                    model.remove(topic)
        assert topics.topics() == sorted(set(model))
        for first_part in first_parts:
            assert topics.matches(first_part) == any(first_part.startswith(topic) for topic in model)


class TestTopicTable:
    def test_first_and_last_subscriber_of_a_topic_are_told_apart(self):
        table, one, two = TopicTable(), new_pipe(), new_pipe()
        assert table.add(b"a", one)
        assert not table.add(b"a", two)
        assert table.remove(b"a", one) == OTHERS_REMAIN
        assert table.remove(b"a", one) == NOT_FOUND
        assert table.remove(b"a", two) == LAST_REMOVED
        assert table.remove(b"a", two) == NOT_FOUND
        assert table.remove(b"never", two) == NOT_FOUND
        assert len(table) == 0

    def test_duplicate_subscriptions_of_a_pipe_collapse(self):
        table, pipe = TopicTable(), new_pipe()
        assert table.add(b"a", pipe)
        assert not table.add(b"a", pipe)
        assert table.remove(b"a", pipe) == LAST_REMOVED
        assert not table.match(b"a")

    def test_pipe_with_several_matching_topics_is_found_once(self):
        table, one, two = TopicTable(), new_pipe(), new_pipe()
        for topic in (b"", b"a", b"ab", b"abc"):
            table.add(topic, one)
        table.add(b"ab", two)
        assert list(table.match(b"abcd")) == [one, two]
        assert list(table.match(b"a")) == [one]

    def test_matching_leaves_the_table_alone(self):
        table, one, two, three = TopicTable(), new_pipe(), new_pipe(), new_pipe()
        table.add(b"", one)
        table.add(b"a", two)
        table.add(b"ab", three)
        assert list(table.match(b"ab")) == [one, two, three]
        assert list(table.match(b"x")) == [one]
        assert list(table.match(b"a")) == [one, two]

    def test_gone_pipe_leaves_its_topics_in_byte_order(self):
        table, gone, other = TopicTable(), new_pipe(), new_pipe()
        for topic in (b"b", b"a", b"", b"ab"):
            table.add(topic, gone)
        table.add(b"ab", other)
        assert table.remove_pipe(gone) == [
            (b"", LAST_REMOVED),
            (b"a", LAST_REMOVED),
            (b"ab", OTHERS_REMAIN),
            (b"b", LAST_REMOVED),
        ]
        assert table.remove_pipe(gone) == []
        assert list(table.match(b"abc")) == [other]

    @given(st.lists(st.tuples(st.sampled_from("+-x"), WORDS, st.integers(0, 2))), st.lists(WORDS))
    def test_matching_is_that_of_a_naive_model(self, changes, first_parts):
        table, model = TopicTable(), set()
        pipes = [new_pipe() for _ in range(3)]
        for action, topic, number in changes:
            others = [entry for entry in model if entry[0] == topic]
            if action == "+":
                assert table.add(topic, pipes[number]) == (not others)
                model.add((topic, number))
            elif action == "-":
                result = table.remove(topic, pipes[number])
                if (topic, number) not in model:
                    assert result == NOT_FOUND
                else:
                    assert result == (LAST_REMOVED if len(others) == 1 else OTHERS_REMAIN)
                model.discard((topic, number))
            else:
                removed = table.remove_pipe(pipes[number])
                assert [entry[0] for entry in removed] == sorted(
                    word for word, owner in model if owner == number
                )
                model = {entry for entry in model if entry[1] != number}
        assert len(table) == len({topic for topic, _ in model})
        for first_part in first_parts:
            expected = {number for topic, number in model if first_part.startswith(topic)}
            found = list(table.match(first_part))
            assert {pipes.index(pipe) for pipe in found} == expected
            assert len(found) == len(expected)
