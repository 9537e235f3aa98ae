/* A pjsip module that turns strangers away before they cost anything, and one that answers callers where they called
 * from. All functions: from the one thread that polls pjsip, while the library is up. Statuses are pjlib's. */
#ifndef EARMARK_PEER_GATE_H
#define EARMARK_PEER_GATE_H

#include <pjlib.h>
#include <stdint.h>

/* An IPv6 network, or an IPv4 one mapped into IPv6 (RFC 4291 section 2.5.5.2): ::ffff:192.0.2.0/120. */
typedef struct peer_gate_network {
    uint8_t  address[16];
    uint32_t prefix;
} peer_gate_network;

typedef struct peer_gate_refusals {
    uint8_t  address[16];
    uint64_t requests;
} peer_gate_refusals;

/* Let nobody in but these networks; 403 to everybody else's requests of any method, without any state, and to the unheard
 * not even that. Always let in are requests inside a dialog of ours, and whoever we ourselves began a dialog with or
 * registered at. */
int peer_gate_open(const peer_gate_network *networks, unsigned count);

/* Who was refused since the last time: at most `room` addresses; `others` counts requests from more than that. */
unsigned peer_gate_refused(peer_gate_refusals *into, unsigned room, uint64_t *others);

/* Leave pjsip. Again, or without having opened: harmless. */
void peer_gate_close(void);

/* For whoever else goes by addresses. */
int peer_gate_is_in(const peer_gate_network *network, const uint8_t address[16]);
void peer_gate_address(const pj_sockaddr *from, uint8_t into[16]);

/* Requests in the dialog of a call that came in over TLS go back by its own connection (RFC 5923): a caller's Contact
 * is mostly a bare address, for which no certificate vouches. */
int return_path_open(void);
void return_path_close(void);

#endif
