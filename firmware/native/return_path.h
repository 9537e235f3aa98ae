/* A pjsip module that answers callers where they called from. All functions: from the one thread that polls pjsip, while the
 * library is up. Statuses are pjlib's. */
#ifndef EARMARK_RETURN_PATH_H
#define EARMARK_RETURN_PATH_H

/* Requests in the dialog of a call that came in over TLS go back by its own connection (RFC 5923): a caller's Contact
 * is mostly a bare address, for which no certificate vouches. */
int return_path_open(void);
void return_path_close(void);

#endif
