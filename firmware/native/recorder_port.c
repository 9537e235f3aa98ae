#define _GNU_SOURCE
#include "recorder_port.h"
#include "ring_writer.h"

#include <pjsua-lib/pjsua.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#define SIGNATURE      PJMEDIA_SIG_CLASS_APP('E', 'M', 'K')
#define BITS_PER_SAMPLE 16

typedef struct channel_port {
    pjmedia_port   port;
    recorder_port *recorder;
    unsigned       channel;
    int            slot;
    _Atomic uint64_t frames, empty_frames;
} channel_port;

/* Held by its creator and by each of the two ports, which the bridge destroys in its own time. */
struct recorder_port {
    atomic_int   holders;
    pj_pool_t   *pool;
    ring_writer *ring;
    channel_port channels[RING_CHANNELS];
};

static void release(recorder_port *recorder)
{
    pj_pool_t *pool = recorder->pool;
    if (atomic_fetch_sub_explicit(&recorder->holders, 1, memory_order_acq_rel) != 1)
        return;
    ring_writer_close(recorder->ring);
    free(recorder);
    pj_pool_release(pool);
}

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static pj_status_t put_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    channel_port *self = port->port_data.pdata;
    ring_time now = {nanoseconds(CLOCK_BOOTTIME), nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_REALTIME)};

    if (frame->type == PJMEDIA_FRAME_TYPE_AUDIO && frame->size) {
        atomic_fetch_add_explicit(&self->frames, 1, memory_order_relaxed);
        ring_writer_put(self->recorder->ring, self->channel, frame->timestamp.u64, frame->buf,
                        (unsigned)(frame->size / sizeof(pj_int16_t)), &now);
    } else {
        atomic_fetch_add_explicit(&self->empty_frames, 1, memory_order_relaxed);
        ring_writer_put(self->recorder->ring, self->channel, frame->timestamp.u64, NULL,
                        ring_writer_samples_per_frame(self->recorder->ring), &now);
    }
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

static pj_status_t bridge_tick_us(unsigned *tick_us)
{
    pjsua_conf_port_info bridge;
    pj_status_t status = pj_thread_is_registered() ? pjsua_conf_get_port_info(0, &bridge) : PJ_EINVALIDOP;
    if (status == PJ_SUCCESS)
        *tick_us = (unsigned)(bridge.samples_per_frame * 1000000ULL / bridge.clock_rate);
    return status;
}

/* The ports tick as the bridge does, whatever their sample rate: it never needs to gather or split frames for us. */
static pj_status_t add_channel(recorder_port *recorder, unsigned channel)
{
    channel_port *self = &recorder->channels[channel];
    pj_str_t name = pj_str(channel ? "recorder-office" : "recorder-far");
    pj_status_t status;

    self->recorder = recorder;
    self->channel = channel;
    self->slot = PJSUA_INVALID_ID;
    self->port.put_frame = &put_frame;
    self->port.get_frame = &get_frame;
    self->port.on_destroy = &on_destroy;
    self->port.port_data.pdata = self;
    pjmedia_port_info_init(&self->port.info, &name, SIGNATURE, ring_writer_page(recorder->ring)->sample_rate_hz, 1,
                           BITS_PER_SAMPLE, ring_writer_samples_per_frame(recorder->ring));
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

int recorder_port_create(int ring_fd, unsigned patience_ms, recorder_port **created)
{
    recorder_port *recorder;
    unsigned channel, tick_us;
    pj_status_t status = bridge_tick_us(&tick_us);

    *created = NULL;
    if (status != PJ_SUCCESS)
        return status;
    recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return PJ_ENOMEM;
    atomic_init(&recorder->holders, 1);
    for (channel = 0; channel < RING_CHANNELS; ++channel)
        recorder->channels[channel].slot = PJSUA_INVALID_ID;
    recorder->pool = pjsua_pool_create("recorder", 1000, 1000);
    recorder->ring = recorder->pool ? ring_writer_open(ring_fd, tick_us, patience_ms) : NULL;
    if (!recorder->ring) {
        status = recorder->pool ? PJ_STATUS_FROM_OS(errno) : PJ_ENOMEM;
        abandon(recorder);
        return status;
    }
    for (channel = 0; channel < RING_CHANNELS && status == PJ_SUCCESS; ++channel)
        status = add_channel(recorder, channel);
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

void recorder_port_count(const recorder_port *recorder, recorder_port_counts *counts)
{
    const ring_page *page = ring_writer_page(recorder->ring);
    unsigned channel;
    for (channel = 0; channel < RING_CHANNELS; ++channel) {
        const channel_port *port = &recorder->channels[channel];
        counts->frames[channel] = atomic_load_explicit(&port->frames, memory_order_relaxed);
        counts->empty_frames[channel] = atomic_load_explicit(&port->empty_frames, memory_order_relaxed);
        counts->lost_samples[channel] = atomic_load_explicit(&page->channel[channel].lost_samples, memory_order_relaxed);
        counts->written[channel] = atomic_load_explicit(&page->channel[channel].write_cursor, memory_order_acquire);
    }
    counts->jumps = ring_writer_jumps(recorder->ring);
}

uint64_t recorder_port_close(recorder_port *recorder)
{
    uint64_t length = ring_writer_stop(recorder->ring);
    unsigned channel;
    if (pjsua_get_state() == PJSUA_STATE_NULL) { /* the library went first, and with it bridge and pool */
        ring_writer_close(recorder->ring);
        free(recorder);
        return length;
    }
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
        offsetof(ring_marker, kind),
        offsetof(ring_marker, value),
        UINT64_MAX,
    };
    return numbers;
}
