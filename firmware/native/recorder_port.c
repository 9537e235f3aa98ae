#define _GNU_SOURCE
#include "recorder_port.h"
#include "ear.h"
#include "ring_writer.h"

#include <pjsua-lib/pjsua.h>

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIGNATURE      PJMEDIA_SIG_CLASS_APP('E', 'M', 'K')
#define BITS_PER_SAMPLE 16
#define OFFICE         1
#define MUTED_AT_MOST_NS 3000000000LL
#define SILENT         0.0f
#define NORMAL         1.0f

typedef struct channel_port {
    pjmedia_port   port;
    recorder_port *recorder;
    unsigned       channel;
    int            slot;
    atomic_bool    inside; /* a media thread is in put_frame */
    _Atomic uint64_t frames, empty_frames;
    ear            ear;
} channel_port;

/* Keeping feature codes from the far party. */
typedef struct swallowing {
    atomic_int  far_slot;
    atomic_bool armed;
    atomic_uint releases;    /* how often the far party was to hear again */
    unsigned    seen;        /* the office channel's media thread only, from here on */
    bool        muting;
    int         muted_slot;
    int64_t     last_tone_ns;
} swallowing;

/* Held by its creator and by each of the two ports, which the bridge destroys in its own time. */
struct recorder_port {
    atomic_int   holders;
    atomic_bool  stopped;
    pj_pool_t   *pool;
    ring_writer *ring;  /* NULL: only listening */
    swallowing   swallowing;
    channel_port channels[RING_CHANNELS];
};

static void forget(recorder_port *recorder)
{
    unsigned channel;
    for (channel = 0; channel < RING_CHANNELS; ++channel)
        ear_wipe(&recorder->channels[channel].ear);
    if (recorder->ring)
        ring_writer_close(recorder->ring);
    free(recorder);
}

static void release(recorder_port *recorder)
{
    pj_pool_t *pool = recorder->pool;
    if (atomic_fetch_sub_explicit(&recorder->holders, 1, memory_order_acq_rel) != 1)
        return;
    forget(recorder);
    pj_pool_release(pool);
}

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static ring_time present(void)
{
    return (ring_time){nanoseconds(CLOCK_BOOTTIME), nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_REALTIME)};
}

/* ---- feature codes are not for the far party ------------------------------------------------------------------------ */

/* Both are pjsua's own: a number is set under the bridge's mutex, which is otherwise held for the making and removing of
 * ports only, and is read when the slot is next written: in this tick or the next. */
static void mute(swallowing *swallow, int slot)
{
    if (slot == swallow->muted_slot)
        return;
    if (swallow->muted_slot != PJSUA_INVALID_ID)
        pjsua_conf_adjust_tx_level(swallow->muted_slot, NORMAL);
    if (slot != PJSUA_INVALID_ID)
        pjsua_conf_adjust_tx_level(slot, SILENT);
    swallow->muted_slot = slot;
}

static void keep_from_far(swallowing *swallow, ear_heard heard, int64_t now_ns)
{
    unsigned releases = atomic_load_explicit(&swallow->releases, memory_order_acquire);

    if (releases != swallow->seen || now_ns - swallow->last_tone_ns > MUTED_AT_MOST_NS)
        swallow->muting = false;
    swallow->seen = releases;
    if (heard == EAR_CODE_BEGAN && atomic_load_explicit(&swallow->armed, memory_order_acquire))
        swallow->muting = true;
    if (heard != EAR_NOTHING)
        swallow->last_tone_ns = now_ns;
    mute(swallow, swallow->muting ? atomic_load_explicit(&swallow->far_slot, memory_order_relaxed) : PJSUA_INVALID_ID);
}

/* ---- frames --------------------------------------------------------------------------------------------------------- */

static void take(channel_port *self, const pjmedia_frame *frame)
{
    recorder_port *recorder = self->recorder;
    ring_time now = present();
    bool audible = frame->type == PJMEDIA_FRAME_TYPE_AUDIO && frame->size;
    unsigned count = audible ? (unsigned)(frame->size / sizeof(pj_int16_t)) : PJMEDIA_PIA_SPF(&self->port.info);
    ear_heard heard;

    atomic_fetch_add_explicit(audible ? &self->frames : &self->empty_frames, 1, memory_order_relaxed);
    heard = ear_put(&self->ear, recorder->ring, frame->timestamp.u64, audible ? frame->buf : NULL, count, &now);
    if (self->channel == OFFICE)
        keep_from_far(&recorder->swallowing, heard, now.monotonic_ns);
}

static pj_status_t put_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    channel_port *self = port->port_data.pdata;

    /* Either closing sees that somebody is inside, or we see that it closes: sequentially consistent, both. */
    atomic_store(&self->inside, true);
    if (!atomic_load(&self->recorder->stopped))
        take(self, frame);
    atomic_store_explicit(&self->inside, false, memory_order_release);
    return PJ_SUCCESS;
}

/* The bridge asks every port for its own sound; a recorder makes none. */
static pj_status_t get_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    PJ_UNUSED_ARG(port);
    frame->type = PJMEDIA_FRAME_TYPE_NONE;
    frame->size = 0;
    return PJ_SUCCESS;
}

static pj_status_t on_destroy(pjmedia_port *port)
{
    channel_port *self = port->port_data.pdata;
    release(self->recorder);
    return PJ_SUCCESS;
}

static pj_status_t ask_bridge(pjsua_conf_port_info *bridge)
{
    return pj_thread_is_registered() ? pjsua_conf_get_port_info(0, bridge) : PJ_EINVALIDOP;
}

static unsigned tick_us(const pjsua_conf_port_info *bridge)
{
    return (unsigned)(bridge->samples_per_frame * 1000000ULL / bridge->clock_rate);
}

/* The ports tick as the bridge does, whatever their sample rate: it never needs to gather or split frames for us. */
static pj_status_t add_channel(recorder_port *recorder, unsigned channel, const pjsua_conf_port_info *bridge)
{
    unsigned rate = recorder->ring ? ring_writer_page(recorder->ring)->sample_rate_hz : bridge->clock_rate;
    channel_port *self = &recorder->channels[channel];
    pj_str_t name = pj_str(channel ? "recorder-office" : "recorder-far");
    pj_status_t status;

    self->recorder = recorder;
    self->channel = channel;
    self->port.put_frame = &put_frame;
    self->port.get_frame = &get_frame;
    self->port.on_destroy = &on_destroy;
    self->port.port_data.pdata = self;
    if (!ear_init(&self->ear, (uint8_t)channel, rate))
        return PJMEDIA_ENCCLOCKRATE;
    if (channel == OFFICE)
        ear_listen(&self->ear, EAR_CODES);
    pjmedia_port_info_init(&self->port.info, &name, SIGNATURE, rate, 1, BITS_PER_SAMPLE,
                           (unsigned)((uint64_t)rate * tick_us(bridge) / 1000000));
    status = pjmedia_port_init_grp_lock(&self->port, recorder->pool, NULL);
    if (status != PJ_SUCCESS)
        return status;
    atomic_fetch_add_explicit(&recorder->holders, 1, memory_order_relaxed);
    return pjsua_conf_add_port(recorder->pool, &self->port, &self->slot);
}

static void abandon(recorder_port *recorder)
{
    if (recorder->pool)
        pj_pool_release(recorder->pool);
    free(recorder);
}

static recorder_port *new_recorder(void)
{
    recorder_port *recorder = calloc(1, sizeof *recorder);
    unsigned channel;
    if (!recorder)
        return NULL;
    atomic_init(&recorder->holders, 1);
    atomic_init(&recorder->swallowing.far_slot, PJSUA_INVALID_ID);
    recorder->swallowing.muted_slot = PJSUA_INVALID_ID;
    for (channel = 0; channel < RING_CHANNELS; ++channel)
        recorder->channels[channel].slot = PJSUA_INVALID_ID;
    recorder->pool = pjsua_pool_create("recorder", 1000, 1000);
    return recorder;
}

/* A ring of one channel is for a line that hears both parties mixed. */
static unsigned heard_channels(const recorder_port *recorder)
{
    return recorder->ring ? ring_writer_page(recorder->ring)->channels : RING_CHANNELS;
}

int recorder_port_create(int ring_fd, unsigned patience_ms, recorder_port **created)
{
    pjsua_conf_port_info bridge;
    recorder_port *recorder;
    unsigned channel;
    pj_status_t status = ask_bridge(&bridge);

    *created = NULL;
    if (status != PJ_SUCCESS)
        return status;
    recorder = new_recorder();
    if (!recorder)
        return PJ_ENOMEM;
    if (recorder->pool && ring_fd >= 0)
        recorder->ring = ring_writer_open(ring_fd, tick_us(&bridge), patience_ms);
    if (!recorder->pool || (ring_fd >= 0 && !recorder->ring)) {
        status = recorder->pool ? PJ_STATUS_FROM_OS(errno) : PJ_ENOMEM;
        abandon(recorder);
        return status;
    }
    for (channel = 0; channel < heard_channels(recorder) && status == PJ_SUCCESS; ++channel)
        status = add_channel(recorder, channel, &bridge);
    if (status != PJ_SUCCESS) {
        recorder_port_close(recorder);
        return status;
    }
    *created = recorder;
    return PJ_SUCCESS;
}

int recorder_port_slot(const recorder_port *recorder, unsigned channel) { return recorder->channels[channel].slot; }

int recorder_port_connect(recorder_port *recorder, unsigned channel, int source_slot)
{
    return pjsua_conf_connect(source_slot, recorder->channels[channel].slot);
}

int recorder_port_disconnect(recorder_port *recorder, unsigned channel, int source_slot)
{
    return pjsua_conf_disconnect(source_slot, recorder->channels[channel].slot);
}

/* ---- what is asked by the dispatcher -------------------------------------------------------------------------------- */

void recorder_port_pause(recorder_port *recorder, unsigned look_back_ms)
{
    if (recorder->ring)
        ring_writer_pause(recorder->ring, look_back_ms);
}

unsigned recorder_port_resume(recorder_port *recorder, unsigned after_ms)
{
    ring_time now = present();
    return recorder->ring ? ring_writer_resume(recorder->ring, after_ms, &now) : 0;
}

void recorder_port_hold(recorder_port *recorder, unsigned channel, bool on)
{
    if (recorder->ring && channel < heard_channels(recorder))
        ring_writer_hold(recorder->ring, channel, on);
}

void recorder_port_mask(recorder_port *recorder, unsigned channel, unsigned look_back_ms, unsigned hold_ms)
{
    if (recorder->ring && channel < heard_channels(recorder))
        ring_writer_mask(recorder->ring, channel, look_back_ms, hold_ms);
}

void recorder_port_listen_far(recorder_port *recorder, bool on)
{
    unsigned channel;
    for (channel = 0; channel < RING_CHANNELS; ++channel)
        if (channel != OFFICE)
            ear_listen(&recorder->channels[channel].ear, on ? EAR_ALL_KEYS : EAR_ASTERISKS);
}

unsigned recorder_port_keys(recorder_port *recorder, heard_key *keys, unsigned room)
{
    unsigned channel, taken = 0;
    for (channel = 0; channel < RING_CHANNELS; ++channel)
        taken += ear_keys(&recorder->channels[channel].ear, keys + taken, room - taken);
    return taken;
}

void recorder_port_swallow(recorder_port *recorder, bool on)
{
    atomic_store(&recorder->swallowing.armed, on);
    if (!on)
        atomic_fetch_add(&recorder->swallowing.releases, 1);
}

void recorder_port_swallow_slot(recorder_port *recorder, int far_slot)
{
    atomic_store(&recorder->swallowing.far_slot, far_slot);
}

/* ---- how it went, and the end --------------------------------------------------------------------------------------- */

void recorder_port_count(const recorder_port *recorder, recorder_port_counts *counts)
{
    const ring_page *page = recorder->ring ? ring_writer_page(recorder->ring) : NULL;
    unsigned channel;

    memset(counts, 0, sizeof *counts);
    for (channel = 0; channel < RING_CHANNELS; ++channel) {
        const channel_port *port = &recorder->channels[channel];
        counts->frames[channel] = atomic_load_explicit(&port->frames, memory_order_relaxed);
        counts->empty_frames[channel] = atomic_load_explicit(&port->empty_frames, memory_order_relaxed);
        if (!page)
            continue;
        counts->lost_samples[channel] = atomic_load_explicit(&page->channel[channel].lost_samples, memory_order_relaxed);
        counts->written[channel] = atomic_load_explicit(&page->channel[channel].write_cursor, memory_order_acquire);
    }
    if (recorder->ring)
        counts->jumps = ring_writer_jumps(recorder->ring);
}

/* Nobody puts a frame any more, nor will. A frame takes microseconds. */
static void stop(recorder_port *recorder)
{
    unsigned channel;
    atomic_store(&recorder->stopped, true);
    for (channel = 0; channel < RING_CHANNELS; ++channel)
        while (atomic_load(&recorder->channels[channel].inside))
            sched_yield();
}

uint64_t recorder_port_close(recorder_port *recorder)
{
    uint64_t length;
    unsigned channel;

    stop(recorder);
    length = recorder->ring ? ring_writer_stop(recorder->ring) : 0;
    if (pjsua_get_state() == PJSUA_STATE_NULL) { /* the library went first, and with it bridge and pool */
        forget(recorder);
        return length;
    }
    mute(&recorder->swallowing, PJSUA_INVALID_ID);
    for (channel = 0; channel < RING_CHANNELS; ++channel) {
        channel_port *self = &recorder->channels[channel];
        if (self->slot != PJSUA_INVALID_ID)
            pjsua_conf_remove_port(self->slot);
        if (self->port.grp_lock)
            pjmedia_port_destroy(&self->port);
    }
    release(recorder);
    return length;
}

void recorder_port_explain(int status, char *text, unsigned size) { pj_strerror(status, text, size); }

const uint64_t *recorder_port_layout(void)
{
    static const uint64_t numbers[] = {
        RING_VERSION,
        sizeof(ring_page) <= RING_PAGE,
        offsetof(ring_page, recording_id),
        offsetof(ring_page, start_monotonic_ns),
        offsetof(ring_page, start_wall_ns),
        offsetof(ring_page, channel),
        sizeof(ring_channel_state),
        offsetof(ring_channel_state, write_cursor),
        offsetof(ring_channel_state, claim_cursor),
        offsetof(ring_channel_state, lost_samples),
        offsetof(ring_page, marker_cursor),
        offsetof(ring_page, generation),
        offsetof(ring_page, state),
        offsetof(ring_page, final_samples),
        offsetof(ring_page, heartbeat_monotonic_ns),
        sizeof(ring_marker),
        RING_MARKER_LANES,
        RING_MARKER_LOSS,
        RING_MARKER_TOUCH_TONE,
        RING_MARKER_WIPED,
        RING_MARKER_PAUSED,
        RING_MARKER_HELD,
        RING_GOES_ON,
        offsetof(ring_marker, kind),
        offsetof(ring_marker, value),
        UINT64_MAX,
    };
    return numbers;
}
