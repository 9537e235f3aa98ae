/* Requests of recording clients (RFC 7866), made into what pjsua deals with well. All functions: from the one thread that
 * polls pjsip, while the library is up. Statuses are pjlib's. */
#ifndef EARMARK_RECORDING_REQUESTS_H
#define EARMARK_RECORDING_REQUESTS_H

/* From now on an INVITE or UPDATE is taken for its SDP alone: whatever stands beside it in the body, and the extension that
 * is required for it, is hidden from pjsua. Who takes the request reads the rest in the message's text. Without SDP it is
 * a request without a body. Our own SDP carries the labels of the client's streams, and in requests what is wished of each
 * (a=recordpref). */
int recording_requests_open(void);

/* Leave pjsip. Again, or without having opened: harmless. */
void recording_requests_close(void);

#endif
