#include "stream_keys.h"

#include <pjmedia.h>

#include <stdatomic.h>
#include <string.h>

#define CAPACITY 256 /* five keys at once, a packet each 20 ms, for a second in which nobody takes them */

static struct {
    stream_key         keys[CAPACITY];
    _Atomic uint32_t   put, taken;
    atomic_flag        busy; /* streams are read by one thread; were they by more, a key would be left out, not torn */
} queue = {.busy = ATOMIC_FLAG_INIT};

static void on_event(pjmedia_stream *stream, void *number, const pjmedia_stream_dtmf_event *event)
{
    uint32_t put;

    PJ_UNUSED_ARG(stream);
    if (atomic_flag_test_and_set_explicit(&queue.busy, memory_order_acquire))
        return;
    put = atomic_load_explicit(&queue.put, memory_order_relaxed);
    if (put - atomic_load_explicit(&queue.taken, memory_order_acquire) < CAPACITY) {
        queue.keys[put % CAPACITY] = (stream_key){(uint32_t)(uintptr_t)number, event->duration,
                                                  (event->flags & PJMEDIA_STREAM_DTMF_IS_END) != 0, (char)event->digit};
        atomic_store_explicit(&queue.put, put + 1, memory_order_release);
    }
    atomic_flag_clear_explicit(&queue.busy, memory_order_release);
}

int stream_keys_listen(void *stream, uint32_t number)
{
    return pjmedia_stream_set_dtmf_event_callback(stream, &on_event, (void *)(uintptr_t)number);
}

unsigned stream_keys_take(stream_key *keys, unsigned room)
{
    uint32_t taken = atomic_load_explicit(&queue.taken, memory_order_relaxed);
    uint32_t put = atomic_load_explicit(&queue.put, memory_order_acquire);
    unsigned count;

    for (count = 0; count < room && taken != put; ++count, ++taken) {
        keys[count] = queue.keys[taken % CAPACITY];
        memset(&queue.keys[taken % CAPACITY], 0, sizeof *keys);
    }
    atomic_store_explicit(&queue.taken, taken, memory_order_release);
    return count;
}
