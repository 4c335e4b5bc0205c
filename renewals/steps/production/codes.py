"""参考码 and 授权码 in their password envelope (RULES B6, B7): made, printed once, sent to the handler."""

from portal import vault
from portal.accounts.actor import Actor
from renewals.issuing import download_codes
from renewals.lifecycle import StepNotOpen, StepState
from renewals.models import DownloadCodes, ProductionTask
from renewals.producing.errors import CodesGone, NotStarted
from renewals.steps.base import ActContext, NoData
from renewals.steps.production.making import finish, task_of

CODE_DAYS = 30  # RULES B7, where the pack says nothing


def make_codes(act: ActContext, data: NoData) -> None:
    """Fresh codes, sealed until they are printed; the ones before are worth nothing from now on."""
    del data
    if act.find().state is not StepState.OPEN:
        raise StepNotOpen(step=act.step, item=act.item_key, state=act.find().state)
    task = task_of(act.the_item)
    if task.makes != ProductionTask.Makes.DOWNLOAD_CODES:
        raise NotStarted()
    made = download_codes.make(act.the_item, days=act.config.code_days or CODE_DAYS, now=act.now)
    task.state, task.taken_by_id, task.taken_at = ProductionTask.State.MAKING, act.by.user_id, act.now
    task.save(update_fields=["state", "taken_by", "taken_at"])
    act.answer["codes"] = made.public_id


def envelope_printed(act: ActContext, data: NoData) -> None:
    """The envelope has been drawn, for exactly this request: its codes are on the paper and nowhere else."""
    del data
    codes = DownloadCodes.objects.filter(item=act.the_item, ended_at__isnull=True).first()
    if codes is None or codes.printed_at is not None or codes.codes is None:
        raise CodesGone()
    codes.printed_at = act.now
    vault.wipe(codes, ["codes"], also=["printed_at"], by=Actor.system("production"), reason="已打印密码信封")
    finish(act, task_of(act.the_item))
