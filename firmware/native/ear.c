#define _GNU_SOURCE
#include "ear.h"

#include <string.h>

bool ear_init(ear *listener, uint8_t channel, uint32_t sample_rate_hz)
{
    memset(listener, 0, sizeof *listener);
    listener->channel = channel;
    listener->sample_rate_hz = sample_rate_hz;
    return touch_tone_init(&listener->tone, sample_rate_hz);
}

void ear_listen(ear *listener, ear_wish wish)
{
    atomic_store_explicit(&listener->wish, (int)wish, memory_order_relaxed);
}

unsigned ear_keys(ear *listener, heard_key *keys, unsigned room) { return key_queue_take(&listener->keys, keys, room); }

static uint64_t back(uint64_t from, uint64_t samples) { return from > samples ? from - samples : 0; }

/* Is this key wanted? Keeps track of the code it may be part of, with `began` and `ended` in samples. */
static bool wanted(ear *listener, char key, uint64_t began, uint64_t ended)
{
    int wish = atomic_load_explicit(&listener->wish, memory_order_relaxed);
    if (wish != EAR_CODES)
        return wish == EAR_ALL_KEYS || (wish == EAR_ASTERISKS && key == '*');
    if (key == '*')
        listener->code_keys_left = EAR_CODE_KEYS;
    else if (began > listener->code_until)
        listener->code_keys_left = 0;
    if (!listener->code_keys_left)
        return false;
    --listener->code_keys_left;
    listener->code_until = ended + (uint64_t)listener->sample_rate_hz * EAR_CODE_PAUSE_MS / 1000;
    return true;
}

static void tell(ear *listener, const touch_tone_heard *heard)
{
    uint64_t began = back(listener->reached, heard->ended_before);
    heard_key key = {
        .at_sample = began,
        .duration_ms = (uint32_t)((uint64_t)heard->ended_length * 1000 / listener->sample_rate_hz),
        .channel = listener->channel,
        .key = heard->ended,
    };
    if (wanted(listener, heard->ended, began, began + heard->ended_length))
        key_queue_put(&listener->keys, &key);
    explicit_bzero(&key, sizeof key);
}

ear_heard ear_put(ear *listener, ring_writer *ring, uint64_t timestamp, const int16_t *samples, unsigned count,
                  const ring_time *now)
{
    return ear_put_louder(listener, ring, timestamp, samples, samples, count, now);
}

ear_heard ear_put_louder(ear *listener, ring_writer *ring, uint64_t timestamp, const int16_t *samples,
                         const int16_t *louder, unsigned count, const ring_time *now)
{
    touch_tone_heard heard = touch_tone_hear(&listener->tone, samples, count);
    ear_heard told = heard.mask_before ? EAR_TONE : EAR_NOTHING;

    if (ring)
        listener->reached = ring_writer_put_masked(ring, listener->channel, timestamp, louder, count, now,
                                                   heard.mask_before, heard.mask_after);
    else
        listener->reached += count;
    if (heard.ended)
        tell(listener, &heard);
    if (heard.begun == '*' && atomic_load_explicit(&listener->wish, memory_order_relaxed) == EAR_CODES)
        told = EAR_CODE_BEGAN;
    if (ring && ring_writer_paused(ring, listener->channel) != listener->paused) {
        listener->paused = !listener->paused;
        if (listener->paused)
            touch_tone_wipe(&listener->tone);
    }
    explicit_bzero(&heard, sizeof heard);
    return told;
}

void ear_wipe(ear *listener)
{
    explicit_bzero(&listener->keys, sizeof listener->keys);
    touch_tone_wipe(&listener->tone);
}
