"""The long path's own steps: the handler's phone, form and papers, the transfer, the reviewer.

Photographs and scans go through the upload gate, the phone through the sandbox's own liveness page, the reviewer
through lease and decision, exactly as from the pages.
"""

import time
from datetime import date
from typing import Any

import httpx
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from payments import transfers
from payments.models import Charge, TransferClaim
from portal import files
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.files.receiving import Received, Slot, receive
from portal.tenants import tenant_tx
from renewals import liveness_tasks
from renewals.lifecycle import Kind, StepState
from renewals.models import FormPrint, LivenessCheck, Order, StatusCheck
from renewals.programmes.schema_steps import DocumentsStep
from renewals.reviewing import leases
from renewals.steps import papers
from renewals.steps.identity import phone, photos, sessions
from renewals.steps.request_form import current_print
from renewals.walking import paper
from renewals.walking.walker import Walker, WalkFailed

THE_PHONE = "walking-phone-"  # with the order: what this phone's cookie would hold


class PaperWalker(Walker):
    """A Walker that also has a phone, a printer, a scanner, and colleagues at the hall."""

    # -- the handler's phone (C8) -------------------------------------------------------------------------------------

    def check_liveness(self, order: str, name: str) -> LivenessCheck.Outcome:
        """Open the link on a phone, photograph both sides of the card, follow the service's prompts."""
        started = time.perf_counter()
        row = self._order(order)
        with tenant_tx(self.tenant, write=True):
            link = phone.new_link(row, visit=self.session, minutes=5)
            session = phone.open_link(phone.token_of(link), THE_PHONE + order, by=self.by)
        taken: dict[str, Any] = {
            side: SimpleUploadedFile(f"{side}.jpg", paper.id_card(side, name), "image/jpeg") for side in photos.PURPOSES
        }
        _all_taken(photos.take(self.tenant, session, taken, by=self.by))
        check = liveness_tasks.start_page(self.tenant, session)
        with tenant_tx(self.tenant, write=True):
            page = sessions.page_of(check)
        _follow_prompts(page)
        if not liveness_tasks.fetch_result(self.tenant, check):
            raise WalkFailed("活体核验没有结果")
        self.told("customer", "liveness on the phone", started)
        with tenant_tx(self.tenant):
            return LivenessCheck.Outcome(LivenessCheck.objects.get(pk=check.pk).outcome)

    # -- form and papers (C7) -----------------------------------------------------------------------------------------

    def print_form(self, order: str) -> bytes:
        """The form's PDF, fetched as the customer does."""
        started = time.perf_counter()

        def ready() -> FormPrint | None:
            with tenant_tx(self.tenant):
                printed = current_print(self._order(order))
            return printed if printed is not None and printed.state == FormPrint.State.READY else None

        printed = self._until(ready, "申请表没有生成")
        self.told("system", "form printed", started)
        self._act(order, Kind.REQUEST_FORM, "fetch", {})
        if printed.file is None:
            raise WalkFailed("申请表没有文件")
        with files.opened(printed.file, by=self.by, reason="打印") as content:
            return content.read()

    def upload(self, order: str, given: dict[str, tuple[str, bytes]], *, kinds: dict[str, str] | None = None) -> None:
        """Paper → (file name, content). Waits for the machine's finding on the form's code."""
        started, row = time.perf_counter(), self._order(order)
        with tenant_tx(self.tenant):
            config: DocumentsStep = self._config(order, Kind.DOCUMENTS)
        slots = [
            Slot(
                name,
                papers.PURPOSE + name,
                config.paper(papers.base_of(name)).formats,
                files.Limits(pages=config.max_pages),
            )
            for name in given
        ]
        uploads: dict[str, Any] = {
            name: SimpleUploadedFile(file_name, content) for name, (file_name, content) in given.items()
        }

        def attach(slot: Slot, file: Any) -> None:
            papers.attach(row, slot.name, file, by=self.by, kind=(kinds or {}).get(slot.name, ""))

        _all_taken(receive(self.tenant, uploads, slots, owner=row.vault_scope(), by=self.by, attach=attach))

        def looked_at() -> bool | None:
            with tenant_tx(self.tenant):
                return None if any(view.is_checking for view in papers.papers_of(row)) else True

        self._until(looked_at, "申请表上的二维码没有核对")
        self.told("customer", f"upload {', '.join(given)}", started)

    def scans(self, order: str, form: bytes, signer: str) -> dict[str, tuple[str, bytes]]:
        """What is handed in where nothing special is wanted: the form signed, stamped and scanned, and the licence."""
        with tenant_tx(self.tenant):
            organisation = self._order(order).organisation
            name, code = organisation.name, organisation.credit_code
        return {
            "stamped_form": ("scan.pdf", paper.signed_and_scanned(form, organisation=name, signer=signer)),
            "licence": ("licence.jpg", paper.licence(name, code)),
        }

    def hand_in(self, order: str) -> None:
        self._act(order, Kind.DOCUMENTS, "submit", {})

    # -- money by bank transfer (C9) ----------------------------------------------------------------------------------

    def claim_transfer(self, order: str) -> None:
        """The remittance voucher, and what was transferred."""
        row = self._order(order)
        with tenant_tx(self.tenant):
            charge = Charge.objects.get(public_id=row.charge)
            payee = transfers.payee().name
        receipt = paper.bank_receipt(charge.payer_name, payee, charge.total_fen, row.number)
        voucher: Any = SimpleUploadedFile("voucher.jpg", receipt, "image/jpeg")
        slot = Slot("voucher", "transfer_voucher", ("jpeg",))

        def attach(_slot: Slot, file: Any) -> None:
            transfers.keep_voucher(charge.public_id, file, by=self.by)

        _all_taken(
            receive(self.tenant, {"voucher": voucher}, [slot], owner=row.vault_scope(), by=self.by, attach=attach)
        )
        data = {
            "payer_name": charge.payer_name,
            "payer_account": "6222000000000000001",
            "amount_fen": charge.total_fen,
            "paid_on": timezone.localdate().isoformat(),
            "remittance": row.number,
        }
        self._act(order, Kind.PAYMENT, "claim_transfer", data)

    def confirm_transfer(self, order: str) -> None:
        """Finance finds the money on the bank's statement."""
        started, row = time.perf_counter(), self._order(order)
        with tenant_tx(self.tenant, write=True):
            claim = TransferClaim.objects.select_related("charge").get(charge__public_id=row.charge)
            paid_on: date = claim.paid_on or timezone.localdate()
            told = transfers.Received(claim.amount_fen or 0, claim.charge.payer_name, paid_on, f"DEMO{row.number}")
            transfers.confirm(claim.public_id, told, by=self.staff("finance", Role.FINANCE))
        self._until(lambda: self._state(order, Kind.PAYMENT) is StepState.DONE or None, "转账没有入账")
        self.told("finance", "transfer confirmed", started)

    # -- the reviewer (C10) -------------------------------------------------------------------------------------------

    def approve(self, order: str) -> None:
        self.take_review(order)
        self._decide(order, "approve", {"papers": self._files(order)})

    def send_back(self, order: str, paper_name: str, reason: str) -> None:
        """One paper goes back, the others are accepted."""
        self.take_review(order)
        found = self._files(order)
        sent = {paper_name: {"reason": reason, "file": found.pop(paper_name)}}
        self._decide(order, "return", {"accepted": found, "papers": sent, "steps": {}})

    def reject(self, order: str, reason: str) -> None:
        self.take_review(order)
        self._decide(order, "reject", {"reason": reason})

    def take_review(self, order: str) -> None:
        """Claim it, once the CA has answered what it was asked when the review opened."""

        def answered() -> bool | None:
            with tenant_tx(self.tenant):
                asked = StatusCheck.objects.filter(item__order__public_id=order)
                return True if asked.exists() and not asked.filter(answered_at=None).exists() else None

        self._until(answered, "CA 没有答复证书状态")
        with tenant_tx(self.tenant, write=True):
            turn = leases.turn_of(self._order(order))
            if turn is None:
                raise WalkFailed("订单没有进入审核")
            leases.claim(turn, by=self.staff("reviewer", Role.REVIEWER))

    def staff(self, username: str, *roles: Role) -> Actor:
        """A demo colleague."""
        with tenant_tx(self.tenant):
            user = User.objects.get(username=username)
        return Actor("staff", user.pk, username, frozenset(roles), ip="127.0.0.1", session_hash=f"walk-{username}")

    def _decide(self, order: str, action: str, data: dict[str, Any]) -> None:
        self._act(order, Kind.REVIEW, action, data, by=self.staff("reviewer", Role.REVIEWER))

    def _files(self, order: str) -> dict[str, str]:
        with tenant_tx(self.tenant):
            return {view.name: view.file for view in papers.papers_of(self._order(order)) if view.file}

    def _order(self, public_id: str) -> Order:
        with tenant_tx(self.tenant):
            return Order.objects.select_related("programme", "organisation", "tenant").get(public_id=public_id)


def _follow_prompts(page: str) -> None:
    """As the person before the camera does: agree, then what each prompt says."""
    with httpx.Client(timeout=10, trust_env=False) as browser:
        browser.get(page).raise_for_status()
        for _prompt in range(8):
            answer = browser.post(page, data={"decision": "next"}).raise_for_status()
            if "返回网厅" in answer.text:
                return
    raise WalkFailed("活体页面没有走完")


def _all_taken(received: Received) -> None:
    if received.refused:
        raise WalkFailed("；".join(received.refused.values()))
