#define _GNU_SOURCE
#include "key_queue.h"

#include <string.h>

_Atomic uint64_t key_queue_puts;

void key_queue_put(key_queue *queue, const heard_key *key)
{
    uint32_t written = atomic_load_explicit(&queue->written, memory_order_relaxed);
    if (written - atomic_load_explicit(&queue->read, memory_order_acquire) == KEY_QUEUE_ROOM)
        return;
    queue->keys[written % KEY_QUEUE_ROOM] = *key;
    atomic_store_explicit(&queue->written, written + 1, memory_order_release);
    atomic_fetch_add_explicit(&key_queue_puts, 1, memory_order_release);
}

unsigned key_queue_take(key_queue *queue, heard_key *keys, unsigned room)
{
    uint32_t read = atomic_load_explicit(&queue->read, memory_order_relaxed);
    uint32_t written = atomic_load_explicit(&queue->written, memory_order_acquire);
    unsigned taken = 0;

    for (; read != written && taken < room; ++read, ++taken) {
        heard_key *slot = &queue->keys[read % KEY_QUEUE_ROOM];
        keys[taken] = *slot;
        explicit_bzero(slot, sizeof *slot);
    }
    atomic_store_explicit(&queue->read, read, memory_order_release);
    return taken;
}
