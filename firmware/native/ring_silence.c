#include "ring_silence.h"

#define PAUSED         (1ULL << 63)
#define YET_TO(channel) (1ULL << (32 + (channel)))
#define NOBODY_YET     (YET_TO(0) | YET_TO(1))
#define LOW            0xFFFFFFFFULL

void ring_silence_init(ring_silence *silence)
{
    atomic_init(&silence->mask_asked, 0);
    atomic_init(&silence->hold_asked, false);
    silence->paused_since = silence->held_since = silence->tone_since = RING_UNSET;
    silence->tone_until = 0;
}

void ring_pause_ask(ring_pause *pause, uint32_t look_back)
{
    uint64_t before = atomic_load_explicit(&pause->asked, memory_order_relaxed), after;
    do {
        uint32_t owed = before & NOBODY_YET ? (uint32_t)(before & LOW) : 0;
        after = PAUSED | NOBODY_YET | (owed > look_back ? owed : look_back);
    } while (!atomic_compare_exchange_weak_explicit(&pause->asked, &before, after, memory_order_acq_rel,
                                                    memory_order_relaxed));
}

bool ring_pause_lasts(const ring_pause *pause)
{
    return atomic_load_explicit(&pause->asked, memory_order_relaxed) & PAUSED;
}

/* A look-back that was asked for before the end stays owed. */
void ring_pause_end(ring_pause *pause, uint64_t until)
{
    atomic_store_explicit(&pause->until, until, memory_order_relaxed); /* who sees the end sees until when */
    atomic_fetch_and_explicit(&pause->asked, ~PAUSED, memory_order_acq_rel);
}

bool ring_pause_take(ring_pause *pause, unsigned channel, uint64_t written, bool *paused, uint32_t *look_back)
{
    uint64_t asked = atomic_load_explicit(&pause->asked, memory_order_acquire);
    bool owed = asked & YET_TO(channel);
    if (owed) {
        asked = atomic_fetch_and_explicit(&pause->asked, ~YET_TO(channel), memory_order_acq_rel);
        *look_back = (uint32_t)(asked & LOW);
    }
    *paused = asked & PAUSED || written < atomic_load_explicit(&pause->until, memory_order_relaxed);
    return owed;
}

void ring_silence_ask_mask(ring_silence *silence, uint32_t look_back, uint32_t hold)
{
    uint64_t before = atomic_load_explicit(&silence->mask_asked, memory_order_relaxed), after;
    do {
        uint64_t back = before >> 32, longest = before & LOW;
        if (back < look_back + 1ULL)
            back = look_back + 1ULL;
        if (longest < hold)
            longest = hold;
        after = back << 32 | longest;
    } while (!atomic_compare_exchange_weak_explicit(&silence->mask_asked, &before, after, memory_order_acq_rel,
                                                    memory_order_relaxed));
}

bool ring_silence_take_mask(ring_silence *silence, uint32_t *look_back, uint32_t *hold)
{
    uint64_t asked;
    if (!atomic_load_explicit(&silence->mask_asked, memory_order_relaxed))
        return false;
    asked = atomic_exchange_explicit(&silence->mask_asked, 0, memory_order_acq_rel);
    *look_back = (uint32_t)(asked >> 32) - 1;
    *hold = (uint32_t)(asked & LOW);
    return true;
}

unsigned ring_silence_share(const ring_silence *silence, uint64_t start, unsigned count)
{
    if (silence->paused_since != RING_UNSET || silence->held_since != RING_UNSET)
        return count;
    if (silence->tone_until <= start)
        return 0;
    return silence->tone_until - start < count ? (unsigned)(silence->tone_until - start) : count;
}
