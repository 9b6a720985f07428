"""Watching senders that gather, compiled; watching.py says what for."""

from libc.errno cimport errno
from posix.unistd cimport close, read

from purezmq.error import error_for

cdef extern from *:
    """
    #define _GNU_SOURCE
    #include <poll.h>
    #include <time.h>
    #ifdef __linux__
    #include <sys/prctl.h>
    #include <sys/timerfd.h>
    #else
    #include <errno.h>
    #endif

    static double purezmq_now(void)
    {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec + now.tv_nsec * 1e-9;
    }

    /* The system rounds sleeps up by 50 us unless it is told that this thread means what it says. */
    static void purezmq_sleep_exactly(void)
    {
    #if defined(__linux__) && defined(PR_SET_TIMERSLACK)
        static __thread int is_done = 0;
        if (!is_done) {
            is_done = 1;
            prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
        }
    #endif
    }

    static int purezmq_new_timer(void)
    {
    #ifdef __linux__
        return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    #else
        errno = ENOSYS;
        return -1;
    #endif
    }

    static int purezmq_set_timer(int fd, long nanoseconds)
    {
    #ifdef __linux__
        struct itimerspec when = {{0, 0}, {0, nanoseconds}};
        return timerfd_settime(fd, 0, &when, NULL);
    #else
        return -1;
    #endif
    }

    static void purezmq_until_marked(
        int fd, int **marks, double **times, int count, double timeout_s, double pause_s)
    {
        double now, left, end = purezmq_now() + timeout_s;
        struct pollfd wanted = {fd, POLLIN, 0};
        struct timespec pause;
        purezmq_sleep_exactly();
        for (;;) {
            now = purezmq_now();
            for (int index = 0; index < count; ++index)
                if (__atomic_load_n(marks[index], __ATOMIC_RELAXED) && now >= *times[index])
                    return;
            left = end - now;
            if (left <= 0.0)
                return;
            if (left > pause_s)
                left = pause_s;
            pause.tv_sec = 0;
            pause.tv_nsec = (long)(left * 1e9);
            if (ppoll(&wanted, 1, &pause, NULL) != 0)
                return;  /* readable, or a signal */
        }
    }
    """
    void _until_marked "purezmq_until_marked"(
        int fd, int **marks, double **times, int count, double timeout_s, double pause_s
    ) nogil

    int _new_timer "purezmq_new_timer"()
    int _set_timer "purezmq_set_timer"(int fd, long nanoseconds)

CAN_WATCH = True

cdef enum:
    _MOST = 64  # sockets; others have to wait for the tick

# Between two looks. A look costs some 3 us of processor time.
cdef double _PAUSE_S = 30e-6


cdef class Mark:
    """Says whether a socket has messages that somebody has to write."""


cdef class Timer:
    """A descriptor that becomes readable after a time."""

    def __cinit__(self):
        self.fd = _new_timer()
        if self.fd < 0:
            raise error_for(errno, "no descriptor for a timer")

    def __dealloc__(self):
        self.close()

    cpdef set(self, double seconds):
        if not self.is_set:
            self.is_set = _set_timer(self.fd, <long>(seconds * 1e9)) == 0

    cpdef drain(self):
        cdef char count[8]
        self.is_set = False
        read(self.fd, count, sizeof(count))

    cpdef close(self):
        if self.fd >= 0:
            close(self.fd)
        self.fd = -1


cpdef until_marked(int fd, list marks, double timeout_s):
    cdef int *places[_MOST]
    cdef double *times[_MOST]
    cdef int count = 0
    cdef Mark mark
    cdef list watched = marks[:_MOST]  # keeps them alive
    for mark in watched:
        places[count] = <int *>&mark.is_set  # how Cython keeps a bint
        times[count] = &mark.ready_at
        count += 1
    with nogil:
        _until_marked(fd, places, times, count, timeout_s, _PAUSE_S if count else timeout_s)
