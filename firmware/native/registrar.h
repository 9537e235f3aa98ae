/* Phones that register with the box: which requests of theirs are let in, and whoever answers them. All functions: from the
 * one thread that polls pjsip, while the library is up. Statuses are pjlib's. Addresses are as in network_range.h. */
#ifndef EARMARK_REGISTRAR_H
#define EARMARK_REGISTRAR_H

#include "network_range.h"

#include <pjsip.h>

/* What a taker says beside a final status. */
enum { REGISTRAR_PASSES = 0, REGISTRAR_PASSES_PHONE = 1, REGISTRAR_IGNORES = 2 };
/* Added to a status: the sender knows the password. Its answer is kept, so that a retransmission gets the same again;
 * any other is forgotten at once. */
#define REGISTRAR_KEPT 1000

/* By what a request came. */
enum { REGISTRAR_UDP = 0, REGISTRAR_TCP = 1, REGISTRAR_TLS = 2 };

/* Takes one request from outside any dialog: the whole message, valid during the call, and from where it came. Gives one
 * of the above, or the final status to answer with; lines of further headers, each ended by a line feed, go into `headers`
 * as text. Called inside pjsip: it must not wait. */
typedef int registrar_taker(const char *message, unsigned length, const char *address, int port, int transport,
                            char *headers, unsigned room);

typedef struct registrar_phone {
    uint8_t  address[NETWORK_ADDRESS_BYTES];
    uint32_t port;
} registrar_phone;

/* From now on phones may register from these networks. */
int registrar_open(const network_range *networks, unsigned count, registrar_taker *taker);

/* The places at which registered phones are: always let in, and their Contacts are not believed but taken for where they
 * send from, which behind a router are two different things. */
int registrar_vouch(const registrar_phone *phones, unsigned count);

/* 1: let in; 0: from no network of phones; -1: not to be answered, for it is one of the unheard. Registered
 * phones are heard from there all the same, and a few emergency calls a second. */
int registrar_admits(const pjsip_rx_data *rdata, const uint8_t address[NETWORK_ADDRESS_BYTES]);
/* Whether a registered phone is there. */
int registrar_knows(const uint8_t address[NETWORK_ADDRESS_BYTES], unsigned port);

/* Leave pjsip. Again, or without having opened: harmless. */
void registrar_close(void);

#endif
