from purezmq.patterns.subscriptions cimport TopicFilter

cdef class FilteredLane:
    cdef public TopicFilter _topics
    cdef public object inbox

    cpdef popleft(self)
