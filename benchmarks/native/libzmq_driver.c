/* libzmq's own speed, without Python in the loop: the inner loops of a receiver, a sender and both ends of a round
 * trip over the public C API. One message is received, sent or timed exactly as libzmq's own throughput and latency
 * tools do it; everything around (processes, windows, clocks per chunk, verification) is the benchmarks' own, the
 * same for all libraries. Called through ctypes, which lets go of the interpreter lock for the whole loop.
 *
 * Every function returns a negative number for an error and leaves its number in zmq_errno().
 */

#include <stdint.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

static int64_t now_ns (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Receives `count` messages into one zmq_msg_t. */
int64_t bench_receive (void *socket, int64_t count)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    for (int64_t i = 0; i < count; i++) {
        if (zmq_msg_recv (&message, socket, 0) < 0) {
            zmq_msg_close (&message);
            return -1;
        }
    }
    zmq_msg_close (&message);
    return count;
}

/* Sends `count` new messages: with the content of `payload`, or, if it is NULL, with whatever is in the memory. */
int64_t bench_send (void *socket, const void *payload, size_t size, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        zmq_msg_t message;
        if (zmq_msg_init_size (&message, size) != 0)
            return -1;
        if (payload)
            memcpy (zmq_msg_data (&message), payload, size);
        if (zmq_msg_send (&message, socket, 0) < 0) {
            zmq_msg_close (&message);
            return -1;
        }
    }
    return count;
}

/* Answers every message with itself, the one that equals `end` included, which is the last; returns how many came. */
int64_t bench_echo (void *socket, const void *end, size_t end_size)
{
    zmq_msg_t message;
    int64_t count = 0;
    int is_end = 0;
    zmq_msg_init (&message);
    while (!is_end) {
        if (zmq_msg_recv (&message, socket, 0) < 0)
            break;
        is_end = zmq_msg_size (&message) == end_size && memcmp (zmq_msg_data (&message), end, end_size) == 0;
        if (zmq_msg_send (&message, socket, 0) < 0)
            break;
        count++;
    }
    zmq_msg_close (&message);
    return is_end ? count : -1;
}

/* Makes round trips for `duration_ns`, beginning with `payload`; what comes back is sent again. Notes the time of each
 * in `samples`, as far as there is room, unless that is NULL; returns how many were made. */
int64_t bench_round_trips (
  void *socket, const void *payload, size_t size, int64_t duration_ns, int64_t *samples, int64_t room)
{
    zmq_msg_t message;
    int64_t count = 0;
    if (zmq_msg_init_size (&message, size) != 0)
        return -1;
    memcpy (zmq_msg_data (&message), payload, size);
    int64_t before = now_ns ();
    const int64_t end = before + duration_ns;
    while (before < end) {
        if (zmq_msg_send (&message, socket, 0) < 0 || zmq_msg_recv (&message, socket, 0) < 0) {
            zmq_msg_close (&message);
            return -1;
        }
        const int64_t after = now_ns ();
        if (samples && count < room)
            samples[count] = after - before;
        count++;
        before = after;
    }
    zmq_msg_close (&message);
    return count;
}
