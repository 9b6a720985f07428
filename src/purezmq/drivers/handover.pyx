# cython: boundscheck=False, wraparound=False, nonecheck=False
"""Handing a conversation over without the system, compiled; handover.py says what for.

Nothing is lost between the two: ``give`` first leaves its mark and then looks whether somebody waits, and ``take`` first
says that it does not wait any more and then looks for the mark.
"""

cdef extern from *:
    """
    #include <time.h>

    #if defined(__x86_64__) || defined(__i386__)
    #define purezmq_relax() __builtin_ia32_pause()
    #else
    #define purezmq_relax() ((void)0)
    #endif

    #define purezmq_load(place) __atomic_load_n(&(place), __ATOMIC_SEQ_CST)
    #define purezmq_store(place, value) __atomic_store_n(&(place), value, __ATOMIC_SEQ_CST)
    #define purezmq_swap(place, value) __atomic_exchange_n(&(place), value, __ATOMIC_SEQ_CST)

    /* How often anybody began to wait here, having let go of the interpreter. */
    static int purezmq_waits = 0;
    #define purezmq_count_wait() __atomic_fetch_add(&purezmq_waits, 1, __ATOMIC_SEQ_CST)

    static int purezmq_watch(int *place, int old, double longest_s)
    {
        struct timespec now;
        double end = 0.0, at;
        for (;;) {
            for (int turn = 0; turn < 16; ++turn) {
                if (purezmq_load(*place) != old)
                    return 1;
                purezmq_relax();
            }
            clock_gettime(CLOCK_MONOTONIC, &now);
            at = now.tv_sec + now.tv_nsec * 1e-9;
            if (end == 0.0)
                end = at + longest_s;
            else if (at >= end)
                return 0;
        }
    }
    """
    int _load "purezmq_load"(int place) nogil
    void _store "purezmq_store"(int place, int value) nogil
    int _swap "purezmq_swap"(int place, int value) nogil
    int _waits "purezmq_waits"
    int _count_wait "purezmq_count_wait"() nogil
    bint _watch "purezmq_watch"(int *place, int old, double longest_s) nogil

cdef enum:
    _MOST_PAUSES = 32

# How long who gave something stays without the interpreter, which the other has now.
cdef double _LONGEST_S = 30e-6

CAN_WAIT = True


cdef class Handover:
    """Between one thread that waits and those that have something for it."""

    cpdef bint take(self, double longest_s):
        """Wait for a ``give``, at most so long. True: there was one, perhaps already before."""
        cdef bint found
        with nogil:
            _store(self._is_waiting, 1)
            _count_wait()
            found = _watch(&self._given, 0, longest_s)
            _store(self._is_waiting, 0)
            if _swap(self._given, 0):
                found = True
        return found

    cpdef bint give(self):
        """True: the owner waits, and has what it waits for. Then this comes back when it waits again, or soon."""
        cdef int before = _load(_waits)
        cdef bint is_over
        _store(self._given, 1)
        if not _load(self._is_waiting):
            return not _swap(self._given, 0)  # unless it has found it after all
        if self._pauses:
            self._pauses -= 1  # it has much to do, or others have the interpreter: do not wait for it
            return True
        with nogil:
            is_over = _watch(&_waits, before, _LONGEST_S)
        if is_over:
            self._misses = 0
        else:
            self._misses = min(2 * self._misses + 1, _MOST_PAUSES)
            self._pauses = self._misses
        return True
