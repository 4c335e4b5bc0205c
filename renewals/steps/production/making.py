"""Making a medium: queued, taken by somebody with a medium in the desk's computer, certified, verified, finished."""

from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from portal.tenants import current_tenant
from renewals import lifecycle
from renewals.issuing import numbers, registry
from renewals.lifecycle import StepState
from renewals.models import Certificate, OrderItem, PinReset, ProductionTask, ReceivedKey
from renewals.parcels.hands import Event
from renewals.producing.errors import MediumUnfit, NotStarted, PinResetMissing
from renewals.producing.words import UNFIT
from renewals.programmes.working_days import due_date
from renewals.steps import custody, issuing
from renewals.steps.base import ActContext, NoData
from renewals.steps.issuing import RefusedData, RequestData, VerifyData
from renewals.steps.production import handing

Makes, State = ProductionTask.Makes, ProductionTask.State
DEFAULT_DAYS = 5  # working days, where the pack names none (RULES D8)


class Medium(BaseModel):
    """What the desk's bridge says of the medium that is in (docs/bridge.md, cert.list)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_serial: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")
    medium_number: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    model: str = Field("", max_length=64)


def queue(act: ActContext) -> None:
    """On opening: into the queue, due by working days; a remake goes first in line (RULES P18)."""
    scrapped = ProductionTask.objects.filter(item=act.the_item, state=State.SCRAPPED, remade_as__isnull=True)
    before = scrapped.order_by("-id").first()
    today = act.now.astimezone(ZoneInfo(current_tenant().timezone)).date()
    ProductionTask.objects.create(
        order=act.order,
        item=act.the_item,
        step=act.step,
        makes=act.config.makes,
        opened_at=act.now,
        due_on=due_date(today, act.config.working_days or DEFAULT_DAYS).day,
        remake_of=before,
        remake_reason=before.remake_reason if before else "",
        first_in_line=before is not None,
    )


def task_of(item: OrderItem) -> ProductionTask:
    """The item's live task. NotStarted before the step has opened."""
    task = ProductionTask.objects.filter(item=item).exclude(state=State.SCRAPPED).first()
    if task is None:
        raise NotStarted()
    return task


def take(act: ActContext, data: Medium) -> None:
    """Somebody makes it now, on this medium; as often as it takes until the CA is asked."""
    _only_open(act)
    task = task_of(act.the_item)
    fits(act, data)
    if task.makes == Makes.RENEWED_KEY:
        custody.to_production(act)
        needs_reset(act)
    task.state, task.taken_by_id, task.taken_at = State.MAKING, act.by.user_id, act.now
    task.key_serial, task.medium_number = data.key_serial, data.medium_number
    task.save(update_fields=["state", "taken_by", "taken_at", "key_serial", "medium_number"])
    numbers.allot(act.the_item, storage="hardware")
    issuing.begin(act)


def fits(act: ActContext, medium: Medium) -> None:
    """MediumUnfit where this medium isn't the one that was sent in, or no fresh one of the pack's model."""
    item = act.the_item
    if act.config.makes == Makes.RENEWED_KEY:
        if medium.medium_number != item.certificate.medium_number:
            raise _unfit("other_key")
        return
    if act.config.key_model and medium.model != act.config.key_model:
        raise _unfit("model")
    if Certificate.objects.filter(medium_number=medium.medium_number).exists():
        raise _unfit("used")
    others = ProductionTask.objects.exclude(item=item).exclude(state=State.SCRAPPED)
    if others.filter(key_serial=medium.key_serial, makes=Makes.NEW_MEDIUM).exists():
        raise _unfit("taken")
    if ProductionTask.objects.filter(item=item, state=State.SCRAPPED, key_serial=medium.key_serial).exists():
        raise _unfit("used")  # the one that was dead, or lost and found again


def _unfit(why: str) -> MediumUnfit:
    return MediumUnfit(why=why, what=str(UNFIT[why]))


def needs_reset(act: ActContext) -> None:
    """PinResetMissing where the pack wants a mailed-in key's PIN reset, and two persons haven't (RULES P14)."""
    if act.config.reset_pin and not PinReset.objects.filter(item=act.the_item, used_at__isnull=False).exists():
        raise PinResetMissing()


def put_back(act: ActContext, data: NoData) -> None:
    """Not now, or not on this medium: back into the queue, for whoever takes it next."""
    del data
    _only_open(act)
    task = task_of(act.the_item)
    task.state, task.taken_by, task.taken_at, task.key_serial, task.medium_number = State.QUEUED, None, None, "", ""
    task.save(update_fields=["state", "taken_by", "taken_at", "key_serial", "medium_number"])


def request(act: ActContext, data: RequestData) -> None:
    """The new key's own request; the approval that opened this step vouches for the holder."""
    task = task_of(act.the_item)
    if task.state != State.MAKING or task.makes == Makes.DOWNLOAD_CODES:
        raise NotStarted()
    issuing.request(act, data, vouched_by="approval")


def refused(act: ActContext, data: RefusedData) -> None:
    """The CA won't (P13): the task is over, whatever becomes of the order."""
    task = task_of(act.the_item)
    task.is_open = False
    task.save(update_fields=["is_open"])
    issuing.refuse(act, data)


def verify(act: ActContext, data: VerifyData) -> None:
    """The new key answers for its certificate: it enters the registry, on the medium that was made."""
    task = task_of(act.the_item)
    medium = None
    if task.makes == Makes.NEW_MEDIUM:
        model = act.config.key_model or act.the_item.certificate.key_model
        medium = registry.Medium(task.medium_number, model)
    issuing.register(act, issuing.verify(act, data), medium=medium)
    if act.config.first_pin == "none":
        finish(act, task)


def finish(act: ActContext, task: ProductionTask) -> None:
    """Made: it goes to the mail room. The first PIN goes when the pack says so."""
    act.complete()
    task.state, task.is_open = State.MADE, False
    task.made_by_id, task.made_at = act.by.user_id, act.now
    task.save(update_fields=["state", "is_open", "made_by", "made_at"])
    if task.makes == Makes.RENEWED_KEY:
        custody.record(act, Event.RENEWED)
    else:
        thing = ReceivedKey.Thing.ENVELOPE if task.makes == Makes.DOWNLOAD_CODES else ReceivedKey.Thing.KEY
        custody.made(act, medium_number=task.medium_number, thing=thing)
    handing.after_production(act, task)


def _only_open(act: ActContext) -> None:
    state = act.find().state
    if state not in {StepState.OPEN, StepState.RETURNED}:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=state)
