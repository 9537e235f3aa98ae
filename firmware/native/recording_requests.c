#include "recording_requests.h"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

static const pj_str_t siprec = {"siprec", 6};
static const pj_str_t metadata_type = {"application/rs-metadata", 23};

static int is_for_recording(const pjsip_method *method)
{
    static const pj_str_t update = {"UPDATE", 6};
    return method->id == PJSIP_INVITE_METHOD || pj_strcmp(&method->name, &update) == 0;
}

/* pjsua refuses whoever requires it without labels on every stream, or without metadata; and answers a later offer whose
 * streams lack labels by reading one that is not there. */
static void hide_extension(pjsip_msg *message)
{
    static const pj_str_t name = {"Require", 7};
    pjsip_generic_array_hdr *header = pjsip_msg_find_hdr_by_name(message, &name, NULL);
    unsigned place;

    if (!header)
        return;
    for (place = 0; place < header->count;) {
        if (pj_stricmp(&header->values[place], &siprec) == 0) {
            pj_array_erase(header->values, sizeof header->values[0], header->count, place);
            --header->count;
        } else {
            ++place;
        }
    }
    if (!header->count)
        pj_list_erase(header);
}

static void hide_body(pjsip_rx_data *rdata)
{
    pjsip_hdr *type = pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_CONTENT_TYPE, NULL);
    rdata->msg_info.msg->body = NULL;
    rdata->msg_info.ctype = NULL;
    if (type)
        pj_list_erase(type);
}

static int is_metadata(const pjsip_media_type *type)
{
    const pj_str_t main = {metadata_type.ptr, 11}, sub = {metadata_type.ptr + 12, 11};
    return pj_stricmp(&type->type, &main) == 0 && pj_strnicmp(&type->subtype, &sub, sub.slen) == 0;
}

static void keep_sdp(pjsip_rx_data *rdata)
{
    static const pj_str_t multipart = {"multipart", 9};
    pjsip_msg_body *body = rdata->msg_info.msg->body;
    pjsip_multipart_part *part;
    pjsip_media_type sdp;

    if (pj_stricmp(&body->content_type.type, &multipart) == 0) {
        pjsip_media_type_init2(&sdp, "application", "sdp");
        part = pjsip_multipart_find_part(body, &sdp, NULL);
        if (part && part->body && part->body->len) {
            rdata->msg_info.msg->body = part->body;
            if (rdata->msg_info.ctype)
                pjsip_media_type_cp(rdata->tp_info.pool, &rdata->msg_info.ctype->media, &part->body->content_type);
        } else {
            hide_body(rdata);
        }
    } else if (is_metadata(&body->content_type)) {
        hide_body(rdata);
    }
}

static pj_bool_t on_rx_request(pjsip_rx_data *rdata)
{
    pjsip_msg *message = rdata->msg_info.msg;

    if (is_for_recording(&message->line.req.method)) {
        hide_extension(message);
        if (message->body)
            keep_sdp(rdata);
    }
    return PJ_FALSE;
}

/* After the transaction layer, which deals with retransmissions, and before dialogs. */
static pjsip_module recording_module = {
    .name = {"mod-recording-requests", 22},
    .id = -1,
    .priority = PJSIP_MOD_PRIORITY_UA_PROXY_LAYER - 1,
    .on_rx_request = &on_rx_request,
};

/* ---- what is said of streams in answers and offers ------------------------------------------------------------------- */

static void add_attribute(pj_pool_t *pool, pjmedia_sdp_media *media, const char *name, const pj_str_t *value)
{
    if (!pjmedia_sdp_media_find_attr2(media, name, NULL) && media->attr_count < PJMEDIA_MAX_SDP_ATTR)
        pjmedia_sdp_media_add_attr(media, pjmedia_sdp_attr_create(pool, name, value));
}

/* RFC 4574: the client's own labels, which some look for. RFC 7866 section 8.3: what we ask of it ourselves. */
static void say(pjsip_tx_data *tdata, pjmedia_sdp_session *ours, const pjmedia_sdp_session *theirs)
{
    static const pj_str_t on = {"on", 2}, paused = {"pause", 5};
    pjmedia_sdp_attr *label;
    unsigned place;

    for (place = 0; place < ours->media_count; ++place) {
        pjmedia_sdp_media *media = ours->media[place];
        label = place < theirs->media_count ? pjmedia_sdp_media_find_attr2(theirs->media[place], "label", NULL) : NULL;
        if (label)
            add_attribute(tdata->pool, media, "label", &label->value);
        if (tdata->msg->type == PJSIP_REQUEST_MSG)
            add_attribute(tdata->pool, media, "recordpref", pjmedia_sdp_media_find_attr2(media, "inactive", NULL) ? &paused : &on);
    }
}

static pj_status_t on_tx(pjsip_tx_data *tdata)
{
    const pjsip_cseq_hdr *cseq = PJSIP_MSG_CSEQ_HDR(tdata->msg);
    const pjmedia_sdp_session *theirs;
    pjsip_inv_session *session;
    pjsip_sdp_info *ours;
    pjsip_dialog *dialog;

    if (!tdata->msg->body || !cseq || !is_for_recording(&cseq->method) ||
        (tdata->msg->type == PJSIP_RESPONSE_MSG && tdata->msg->line.status.code / 100 != 2))
        return PJ_SUCCESS;
    dialog = pjsip_tdata_get_dlg(tdata);
    session = dialog ? pjsip_dlg_get_inv_session(dialog) : NULL;
    if (!session || !session->neg || pjmedia_sdp_neg_get_active_remote(session->neg, &theirs) != PJ_SUCCESS)
        return PJ_SUCCESS;
    ours = pjsip_get_sdp_info(tdata->pool, tdata->msg->body, &tdata->msg->body->content_type, NULL);
    if (ours && ours->sdp && ours->sdp == tdata->msg->body->data)
        say(tdata, ours->sdp, theirs);
    return PJ_SUCCESS;
}

/* Before the message is written. */
static pjsip_module labels_module = {
    .name = {"mod-recording-labels", 20},
    .id = -1,
    .priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER + 1,
    .on_tx_request = &on_tx,
    .on_tx_response = &on_tx,
};

/* What an OPTIONS request is told (RFC 7866 section 6.1.2, RFC 3261 section 11.2). */
static int add_capabilities(void)
{
    static const pj_str_t accepted[] = {
        {"multipart/mixed", 15}, {"application/rs-metadata", 23}, {"application/rs-metadata+xml", 27}};
    static const pj_str_t aware = {"record-aware", 12};
    pjsip_endpoint *endpoint = pjsua_get_pjsip_endpt();
    unsigned place;
    int status;

    for (place = 0; place < PJ_ARRAY_SIZE(accepted); ++place) {
        if (pjsip_endpt_has_capability(endpoint, PJSIP_H_ACCEPT, NULL, &accepted[place]))
            continue;
        status = pjsip_endpt_add_capability(endpoint, NULL, PJSIP_H_ACCEPT, NULL, 1, &accepted[place]);
        if (status != PJ_SUCCESS)
            return status;
    }
    if (pjsip_endpt_has_capability(endpoint, PJSIP_H_SUPPORTED, NULL, &aware))
        return PJ_SUCCESS;
    return pjsip_endpt_add_capability(endpoint, NULL, PJSIP_H_SUPPORTED, NULL, 1, &aware);
}

int recording_requests_open(void)
{
    int status;

    recording_requests_close();
    status = add_capabilities();
    if (status == PJ_SUCCESS)
        status = pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &recording_module);
    return status == PJ_SUCCESS ? pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &labels_module) : status;
}

void recording_requests_close(void)
{
    if (labels_module.id >= 0)
        pjsip_endpt_unregister_module(pjsua_get_pjsip_endpt(), &labels_module);
    if (recording_module.id >= 0)
        pjsip_endpt_unregister_module(pjsua_get_pjsip_endpt(), &recording_module);
}
