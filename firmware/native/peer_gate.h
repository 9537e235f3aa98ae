/* A pjsip module that turns strangers away before they cost anything. It stands above the others that go by addresses and
 * asks them: the registrar and the unheard. All functions: from the one thread that polls pjsip, while the library is up. Statuses are pjlib's. */
#ifndef EARMARK_PEER_GATE_H
#define EARMARK_PEER_GATE_H

#include "network_range.h"

#include <stdint.h>

typedef struct peer_gate_refusals {
    uint8_t  address[NETWORK_ADDRESS_BYTES];
    uint64_t requests;
} peer_gate_refusals;

/* Let nobody in but these networks; 403 to everybody else's requests of any method, without any state, and to the unheard
 * not even that. Always let in are requests inside a dialog of ours, and whoever we ourselves began a dialog with or
 * registered at. */
int peer_gate_open(const network_range *networks, unsigned count);

/* Who was refused since the last time: at most `room` addresses; `others` counts requests from more than that. */
unsigned peer_gate_refused(peer_gate_refusals *into, unsigned room, uint64_t *others);

/* Leave pjsip. Again, or without having opened: harmless. */
void peer_gate_close(void);

#endif
