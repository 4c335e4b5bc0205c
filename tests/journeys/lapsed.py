"""A customer whose certificate has expired: also holder and legal representative, phone, form, papers, transfer."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pypdfium2
from playwright.sync_api import Locator, Page, expect

from renewals.walking import paper
from tests.journeys import phone
from tests.journeys.customer import LONG, Customer

SHENZHEN = ZoneInfo("Asia/Shanghai")
ACCOUNT = "6222000000000000001"


class LapsedCustomer(Customer):
    """The long path, page by page. ``organisation`` is read off the application."""

    organisation: str = ""
    handler: str = ""  # where it isn't who signed in

    def fill_in(self, *, years: str = "1 年", mobile: str = "", typed_id: str = "") -> None:
        page = self.page
        self.organisation = page.get_by_label("单位名称").input_value()
        page.get_by_label("法定代表人").fill("沈若川")
        super().fill_in(years=years, mobile=mobile, typed_id=typed_id)

    def apply(self) -> None:
        """Consents, application, three factors: until the handler's phone is awaited."""
        self.consent()
        self.fill_in()
        self.check_answers()
        self.submit()
        expect(self.page.get_by_role("link", name="去核验")).to_be_visible(timeout=LONG)
        self.see(self.page, "order-awaiting-phone")

    # -- the handler's phone ------------------------------------------------------------------------------------------

    def identify_by(self, hand: Page) -> None:
        """The code is scanned by another phone; this page goes on by itself."""
        page = self.page
        page.get_by_role("link", name="去核验").click()
        code = phone.scan(page.get_by_role("img", name="手机核验身份的二维码"))
        self.see(page, "identity")
        phone.open_link(hand, code, see=self.see)
        expect(page.get_by_role("heading", name="手机已连接，请在手机上继续")).to_be_visible(timeout=LONG)
        phone.identify(hand, self.handler or self.name, see=self.see)
        expect(hand.get_by_role("heading", name="核验通过")).to_be_visible(timeout=LONG)
        expect(page.get_by_role("heading", name="身份核验通过")).to_be_visible(timeout=LONG)
        self.see(hand, "phone-passed")
        self.see(page, "identity-passed")
        page.get_by_role("link", name="下一步").click()

    def identify_here(self) -> None:
        """Without a second device."""
        page = self.page
        page.get_by_role("link", name="去核验").click()
        page.get_by_role("button", name="在本机继续").click()
        phone.identify(page, self.name, see=self.see)
        page.get_by_role("link", name="在本机继续办理").click()
        page.get_by_role("link", name="下一步").click()

    # -- form and papers ----------------------------------------------------------------------------------------------

    def fetch_form(self) -> bytes:
        """The PDF, once it is drawn; the page goes on by itself."""
        page = self.page
        expect(page.get_by_role("heading", name="打印申请表", level=1)).to_be_visible()
        button = page.get_by_role("button", name="下载申请表")
        expect(button).to_be_visible(timeout=LONG)
        self.see(page, "form")
        with page.expect_download() as fetched:
            button.click()
        expect(page.get_by_role("heading", name="申请表已下载")).to_be_visible(timeout=LONG)
        self.see(page, "form-fetched")
        return fetched.value.path().read_bytes()

    def to_papers(self) -> None:
        self.page.get_by_role("link", name="去上传").click()
        expect(self.page.get_by_role("heading", name="上传资料", level=1)).to_be_visible()

    def signed(self, form: bytes) -> bytes:
        """The form as it comes back from the desk: printed, signed, stamped, scanned."""
        return paper.signed_and_scanned(form, organisation=self.organisation, signer=self.handler or self.name)

    def hand_over(self, title: str, file_name: str, content: bytes) -> None:
        """One paper; a chosen file goes off by itself."""
        kind = "application/pdf" if file_name.endswith(".pdf") else "image/jpeg"
        card = self.paper(title)
        card.locator("input[type=file]").set_input_files({"name": file_name, "mimeType": kind, "buffer": content})
        expect(self.paper(title).get_by_role("link", name=file_name)).to_be_visible(timeout=LONG)

    def paper(self, title: str) -> Locator:
        return self.page.locator(".paper").filter(has=self.page.get_by_role("heading", name=title))

    def hand_in(self) -> None:
        """Until it is told that they are in."""
        self.page.get_by_role("button", name="提交资料").click()
        expect(self.page.get_by_role("link", name=re.compile("去上传|去打印"))).to_have_count(0)

    # -- money --------------------------------------------------------------------------------------------------------

    def pay(self, channel: str, hand: Page, *, amount: str = "") -> None:
        """The screen goes on to the order by itself: now it is reviewed."""
        phone.pay(hand, self.show_code(channel), amount=amount or "¥")
        expect(self.page.locator(".next-step")).to_contain_text("正在审核", timeout=LONG)

    def claim_transfer(self, yuan: str, voucher: bytes) -> None:
        page = self.page
        page.get_by_label("付款账号").fill(ACCOUNT)
        page.get_by_label("转账金额（元）").fill(yuan)
        page.get_by_label("付款日期").fill(datetime.now(SHENZHEN).date().isoformat())
        page.get_by_label("转账凭证").set_input_files({"name": "回单.jpg", "mimeType": "image/jpeg", "buffer": voucher})
        page.get_by_role("button", name="提交登记").click()


def words_of(pdf: bytes) -> str:
    """Its text, without spaces and line ends."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)
    finally:
        document.close()
