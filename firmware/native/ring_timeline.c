#include "ring_timeline.h"

#define NS_PER_S       1000000000LL
#define NS_PER_MS      1000000LL
#define UNSET          INT64_MIN

/* pjmedia's clock makes up for a stall of up to 500 ms by ticking faster (MAX_JUMP_MSEC in its clock_thread.c) and
 * leaves out a longer one. Its own measure of the stall differs from ours by a little. */
#define CATCHES_UP_NS  (520 * NS_PER_MS)
/* So many ticks without catching up by half a frame: it never will. */
#define TICKS_OF_GRACE 10

static int64_t read_relaxed(const _Atomic int64_t *value) { return atomic_load_explicit(value, memory_order_relaxed); }
static void set_relaxed(_Atomic int64_t *value, int64_t to) { atomic_store_explicit(value, to, memory_order_relaxed); }

void ring_timeline_init(ring_timeline *timeline, uint32_t sample_rate_hz, unsigned tick_us, unsigned patience_ms)
{
    timeline->sample_rate_hz = sample_rate_hz;
    timeline->samples_per_frame = (uint32_t)((uint64_t)sample_rate_hz * tick_us / 1000000);
    timeline->frame_ns = tick_us * 1000LL;
    timeline->patience_ns = patience_ms * NS_PER_MS;
    atomic_init(&timeline->base, UNSET);
    atomic_init(&timeline->zero_ns, UNSET);
}

/* The 64-bit number next to `reference` whose low 32 bits are `low`. */
static int64_t nearest(int64_t reference, uint32_t low) { return reference + (int32_t)(low - (uint32_t)reference); }

static int64_t duration_ns(const ring_timeline *timeline, int64_t samples)
{
    int64_t rate = timeline->sample_rate_hz;
    return samples / rate * NS_PER_S + samples % rate * NS_PER_S / rate;
}

static int64_t samples_in(const ring_timeline *timeline, int64_t duration)
{
    int64_t rate = timeline->sample_rate_hz;
    return duration / NS_PER_S * rate + duration % NS_PER_S * rate / NS_PER_S;
}

static uint32_t low_base(const ring_timeline *timeline) { return (uint32_t)read_relaxed(&timeline->base); }

bool ring_timeline_begin(ring_timeline *timeline, uint64_t timestamp)
{
    int64_t unset = UNSET;
    return atomic_load_explicit(&timeline->base, memory_order_acquire) == UNSET &&
           atomic_compare_exchange_strong(&timeline->base, &unset, (int64_t)timestamp);
}

/* Is the clock so far from the samples that the difference will not go away by itself? Notes what it saw. */
static bool left_behind(ring_timeline *timeline, int64_t lag_ns, int64_t *least_lag_ns, uint32_t *late_ticks)
{
    int64_t stall_ns = lag_ns - read_relaxed(&timeline->usual_lag_ns);

    *least_lag_ns = read_relaxed(&timeline->least_lag_ns);
    *late_ticks = atomic_load_explicit(&timeline->late_ticks, memory_order_relaxed);
    if (stall_ns > CATCHES_UP_NS || stall_ns < -CATCHES_UP_NS)
        return true;
    if (lag_ns <= timeline->patience_ns) {
        *late_ticks = 0;
        return false;
    }
    if (*late_ticks == 0 || lag_ns < *least_lag_ns - timeline->frame_ns / 2) {
        *least_lag_ns = lag_ns;
        *late_ticks = 1;
        return false;
    }
    return ++*late_ticks > TICKS_OF_GRACE;
}

/* The shift that holds for the tick of `timestamp`: decided once per tick, by whichever channel comes first. */
static uint32_t shift_for(ring_timeline *timeline, uint64_t timestamp, const ring_time *now)
{
    uint64_t before = atomic_load_explicit(&timeline->decision, memory_order_acquire);
    uint32_t shift = (uint32_t)before, late_ticks = 0;
    int64_t zero_ns = read_relaxed(&timeline->zero_ns), usual_lag_ns = read_relaxed(&timeline->usual_lag_ns);
    int64_t sample, lag_ns, least_lag_ns, jump = 0;

    if ((uint32_t)(before >> 32) == (uint32_t)timestamp && zero_ns != UNSET)
        return shift;
    sample = nearest(read_relaxed(&timeline->last_sample), (uint32_t)timestamp - low_base(timeline) + shift);
    if (zero_ns == UNSET)
        zero_ns = now->elapsing_ns - duration_ns(timeline, sample);
    lag_ns = now->elapsing_ns - zero_ns - duration_ns(timeline, sample);
    if (left_behind(timeline, lag_ns, &least_lag_ns, &late_ticks)) {
        /* One frame short: pjmedia's clock follows the late tick with another one at once. */
        jump = lag_ns / timeline->frame_ns - (lag_ns >= timeline->frame_ns);
        shift += (uint32_t)(jump * timeline->samples_per_frame);
        sample += jump * timeline->samples_per_frame;
        usual_lag_ns = lag_ns - jump * timeline->frame_ns;
        late_ticks = 0;
    } else if (atomic_load_explicit(&timeline->jumps, memory_order_relaxed)) {
        if (lag_ns < usual_lag_ns)
            usual_lag_ns = lag_ns; /* the jump was too long: a stall that is made up for came upon one that is not */
    } else if (lag_ns < 0) {
        zero_ns += lag_ns; /* less late than any frame before: the better idea of when sample 0 was */
    }
    if (!atomic_compare_exchange_strong_explicit(&timeline->decision, &before, timestamp << 32 | shift,
                                                 memory_order_acq_rel, memory_order_acquire))
        return (uint32_t)before; /* the other channel was quicker */
    set_relaxed(&timeline->zero_ns, zero_ns);
    set_relaxed(&timeline->last_sample, sample);
    set_relaxed(&timeline->usual_lag_ns, usual_lag_ns);
    set_relaxed(&timeline->least_lag_ns, least_lag_ns);
    atomic_store_explicit(&timeline->late_ticks, late_ticks, memory_order_relaxed);
    if (jump)
        atomic_fetch_add_explicit(&timeline->jumps, 1, memory_order_relaxed);
    return shift;
}

uint64_t ring_timeline_reached(const ring_timeline *timeline, const ring_time *now)
{
    int64_t zero_ns = read_relaxed(&timeline->zero_ns), since_ns;
    if (zero_ns == UNSET)
        return 0;
    since_ns = now->elapsing_ns - zero_ns - read_relaxed(&timeline->usual_lag_ns);
    return since_ns > 0 ? (uint64_t)samples_in(timeline, since_ns) : 0;
}

int64_t ring_timeline_place(ring_timeline *timeline, uint64_t timestamp, uint64_t reached, const ring_time *now)
{
    return nearest((int64_t)reached, (uint32_t)timestamp - low_base(timeline) + shift_for(timeline, timestamp, now));
}
