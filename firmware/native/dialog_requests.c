#include "dialog_requests.h"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

static dialog_requests_taker *taker;

static int began(const pjsip_dialog *dialog)
{
    return dialog->role == PJSIP_ROLE_UAC ? DIALOG_OUTGOING : DIALOG_INCOMING;
}

static int is_ours(const pjsip_method *method)
{
    static const pj_str_t names[] = {{"INFO", 4}, {"REFER", 5}};
    unsigned place;
    for (place = 0; place < PJ_ARRAY_SIZE(names); ++place)
        if (pj_strcmp(&method->name, &names[place]) == 0)
            return 1;
    return 0;
}

/* RFC 3261 section 12.2.2: what is out of order is the dialog's to refuse. */
static int is_next(const pjsip_dialog *dialog, const pjsip_rx_data *rdata)
{
    return dialog->remote.cseq == -1 || rdata->msg_info.cseq->cseq > dialog->remote.cseq;
}

static int respond(pjsip_dialog *dialog, pjsip_rx_data *rdata, int status)
{
    pjsip_hdr headers;

    pj_list_init(&headers);
    /* RFC 3515 section 2.2: a 2xx to REFER has a Contact. */
    pj_list_push_back(&headers, pjsip_hdr_clone(rdata->tp_info.pool, dialog->local.contact));
    dialog->remote.cseq = rdata->msg_info.cseq->cseq;
    return pjsip_endpt_respond(pjsua_get_pjsip_endpt(), NULL, rdata, status, NULL, &headers, NULL, NULL) == PJ_SUCCESS;
}

/* RFC 3891: pjsua would answer by itself and hang up the leg that is replaced, and with it the call. Without the header
 * it is an INVITE like any other; who takes it reads the header in the message's text. */
static void hide_replaces(pjsip_msg *message)
{
    static const pj_str_t name = {"Replaces", 8};
    pjsip_hdr *header;
    while ((header = pjsip_msg_find_hdr_by_name(message, &name, NULL)) != NULL)
        pj_list_erase(header);
}

static pj_bool_t on_rx_request(pjsip_rx_data *rdata)
{
    const pjsip_to_hdr *to = rdata->msg_info.to;
    pjsip_dialog *dialog;
    int status, answered = 0;

    if (taker && !to->tag.slen && rdata->msg_info.msg->line.req.method.id == PJSIP_INVITE_METHOD)
        hide_replaces(rdata->msg_info.msg);
    if (!taker || !to->tag.slen || !is_ours(&rdata->msg_info.msg->line.req.method))
        return PJ_FALSE;
    dialog = pjsip_ua_find_dialog(&rdata->msg_info.cid->id, &to->tag, &rdata->msg_info.from->tag, PJ_TRUE);
    if (!dialog)
        return PJ_FALSE;
    if (pjsip_dlg_get_inv_session(dialog) && is_next(dialog, rdata)) {
        status = taker(began(dialog), rdata->msg_info.msg_buf, (unsigned)rdata->msg_info.len);
        answered = status && respond(dialog, rdata, status);
    }
    pjsip_dlg_dec_lock(dialog);
    return answered ? PJ_TRUE : PJ_FALSE;
}

/* After the transaction layer, which deals with retransmissions, and before dialogs. */
static pjsip_module requests_module = {
    .name = {"mod-dialog-requests", 19},
    .id = -1,
    .priority = PJSIP_MOD_PRIORITY_UA_PROXY_LAYER - 1,
    .on_rx_request = &on_rx_request,
};

int dialog_requests_open(dialog_requests_taker *wanted)
{
    dialog_requests_close();
    taker = wanted;
    return pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &requests_module);
}

int dialog_requests_find(const char *call_id, const char *local_tag, const char *remote_tag)
{
    const pj_str_t id = pj_str((char *)call_id), local = pj_str((char *)local_tag), remote = pj_str((char *)remote_tag);
    pjsip_dialog *dialog = pjsip_ua_find_dialog(&id, &local, &remote, PJ_FALSE);
    return dialog ? began(dialog) : DIALOG_NONE;
}

void dialog_requests_close(void)
{
    if (requests_module.id >= 0)
        pjsip_endpt_unregister_module(pjsua_get_pjsip_endpt(), &requests_module);
    taker = NULL;
}
