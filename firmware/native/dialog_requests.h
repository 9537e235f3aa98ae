/* Requests about calls that pjsua would answer wrongly or by itself: SIP INFO, REFER and Replaces. All functions: from the one
 * thread that polls pjsip, while the library is up. Statuses are pjlib's. */
#ifndef EARMARK_DIALOG_REQUESTS_H
#define EARMARK_DIALOG_REQUESTS_H

/* Which side began a dialog. */
enum { DIALOG_NONE = 0, DIALOG_OUTGOING = 1, DIALOG_INCOMING = 2 };

/* Takes one request of a living dialog: who began it, and the whole message, valid during the call. Gives the final
 * status to answer with, or 0 to leave the request to pjsua. Called inside pjsip: it must only enqueue. */
typedef int dialog_requests_taker(int began, const char *message, unsigned length);

/* From now on an INVITE's Replaces is hidden from pjsua as well. */
int dialog_requests_open(dialog_requests_taker *taker);

/* Who began the dialog with that Call-ID, local and remote tag; DIALOG_NONE where there is none of ours. */
int dialog_requests_find(const char *call_id, const char *local_tag, const char *remote_tag);

/* Leave pjsip. Again, or without having opened: harmless. */
void dialog_requests_close(void);

#endif
