/* Two mono ports on pjsua's conference bridge that write what they hear into a ring. */
#ifndef EARMARK_RECORDER_PORT_H
#define EARMARK_RECORDER_PORT_H

#include "key_queue.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct recorder_port recorder_port;

typedef struct recorder_port_counts {
    uint64_t frames[2];       /* with audio */
    uint64_t empty_frames[2]; /* without: nobody connected, or the source is silent */
    uint64_t lost_samples[2];
    uint64_t written[2];
    uint64_t jumps;
} recorder_port_counts;

/* All functions: from a thread that pjlib knows, while the library is up. Statuses are pjlib's, 0 is success. */

/* Put the two ports on the bridge, or one for a ring of one channel; `ring_fd` may be closed afterwards. -1: no ring, they
 * only listen for keys. */
int recorder_port_create(int ring_fd, unsigned patience_ms, recorder_port **created);

/* The bridge slot of channel 0 or 1. */
int recorder_port_slot(const recorder_port *recorder, unsigned channel);

int recorder_port_connect(recorder_port *recorder, unsigned channel, int source_slot);
int recorder_port_disconnect(recorder_port *recorder, unsigned channel, int source_slot);
void recorder_port_count(const recorder_port *recorder, recorder_port_counts *counts);

/* As the functions of ring_writer.h; carried out at the next tick of the media clock. */
void recorder_port_pause(recorder_port *recorder, unsigned look_back_ms);
unsigned recorder_port_resume(recorder_port *recorder, unsigned after_ms);
void recorder_port_hold(recorder_port *recorder, unsigned channel, bool on);
void recorder_port_mask(recorder_port *recorder, unsigned channel, unsigned look_back_ms, unsigned hold_ms);

/* Whether every key of the far party is told, for a menu; otherwise only its asterisks are, for their echo. */
void recorder_port_listen_far(recorder_port *recorder, bool on);

/* The keys heard since the last time, at most `room`; they are nowhere here afterwards. */
unsigned recorder_port_keys(recorder_port *recorder, heard_key *keys, unsigned room);

/* Mute what the slot is sent from the moment the office's asterisk is heard. `on` false: let it hear again, and mute no
 * more. Also undone 3 s after the last tone, whoever forgot it: nobody's call depends on being told. */
void recorder_port_swallow(recorder_port *recorder, bool on);
void recorder_port_swallow_slot(recorder_port *recorder, int far_slot);

/* Take nothing from now on, undo a mute, leave the bridge, forget the recorder; returns the length in samples. The bridge lets go
 * of the ports at its next tick; the ring stays mapped until then. */
uint64_t recorder_port_close(recorder_port *recorder);

/* Say what a status means, for a person. */
void recorder_port_explain(int status, char *text, unsigned size);

/* The numbers of the ring's layout as this code has them, for the test that compares; ends with UINT64_MAX. */
const uint64_t *recorder_port_layout(void);

#endif
