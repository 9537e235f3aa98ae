#include "return_path.h"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

/* Only while the dialog is sure to be there: a final failure may be sent again after its dialog is gone. */
static pjsip_dialog *living_dialog(pjsip_tx_data *tdata)
{
    const pjsip_cseq_hdr *cseq = PJSIP_MSG_CSEQ_HDR(tdata->msg);
    if (!cseq || cseq->method.id != PJSIP_INVITE_METHOD || tdata->msg->line.status.code >= 300)
        return NULL;
    return pjsip_tdata_get_dlg(tdata);
}

static pj_status_t on_tx_response(pjsip_tx_data *tdata)
{
    pjsip_transport *connection = tdata->tp_info.transport;
    pjsip_dialog *dialog = living_dialog(tdata);
    pjsip_tpselector back;

    if (!dialog || dialog->role != PJSIP_ROLE_UAS || !connection || connection->dir != PJSIP_TP_DIR_INCOMING ||
        !PJSIP_TRANSPORT_IS_SECURE(connection))
        return PJ_SUCCESS;
    if (dialog->tp_sel.type == PJSIP_TPSELECTOR_TRANSPORT && dialog->tp_sel.u.transport == connection)
        return PJ_SUCCESS;
    pj_bzero(&back, sizeof back);
    back.type = PJSIP_TPSELECTOR_TRANSPORT;
    back.u.transport = connection;
    pjsip_dlg_set_transport(dialog, &back);
    return PJ_SUCCESS;
}

static pjsip_module path_module = {
    .name = {"mod-return-path", 15},
    .id = -1,
    .priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER + 1,
    .on_tx_response = &on_tx_response,
};

int return_path_open(void)
{
    return_path_close();
    return pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &path_module);
}

void return_path_close(void)
{
    if (path_module.id >= 0)
        pjsip_endpt_unregister_module(pjsua_get_pjsip_endpt(), &path_module);
}
