"""Bills: fetched from the sandbox in each channel's own format, read by names, refused when they don't add up."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from payments.channels.base import BillNotReady, PaymentChannel, RefundOrder, SignatureInvalid
from payments.channels.bills import BillRefused, LineKind, alipay, unionpay, wechat
from payments.channels.bills.model import CHINA
from payments.channels.sandbox import bills as sandbox_bills
from payments.channels.sandbox.bills import Entry
from tests.payments.conftest import SandboxForTests, an_order, now

ALL = pytest.mark.parametrize("name", ["wechat", "alipay", "unionpay"])
DAY = date(2026, 11, 20)


def traded(box: SandboxForTests, channel: PaymentChannel, day: date) -> tuple[str, str, str]:
    """One order paid at noon of that day and 50 yuan of it given back: its number, transaction and refund number."""
    order = an_order()
    paid = box.pay(box.page_of(channel.place(order)))
    refund = "R" + order.out_trade_no[1:]
    channel.refund(RefundOrder(refund, order.out_trade_no, str(paid["transaction_id"]), 5_000, 20_000, "取消"))
    noon = datetime(day.year, day.month, day.day, 12, 30, tzinfo=CHINA)
    box.sandbox.book.move(order.out_trade_no, (now() - noon).total_seconds())
    return order.out_trade_no, str(paid["transaction_id"]), refund


@ALL
def test_a_day_as_the_channel_tells_it(pay_sandbox: SandboxForTests, name: str) -> None:
    channel, day = pay_sandbox.channel(name), DAY - timedelta(days=30)
    number, transaction, refund = traded(pay_sandbox, channel, day)
    bill = channel.bill(day)
    assert bill is not None
    assert [(line.kind, line.amount_fen, line.is_done) for line in bill.lines] == [
        (LineKind.PAYMENT, 20_000, True),
        (LineKind.REFUND, 5_000, True),
    ]
    payment, back = bill.lines
    assert (payment.out_trade_no, payment.transaction_id) == (number, transaction)
    assert back.refund_number == refund
    assert payment.at.astimezone(CHINA).strftime("%m-%d %H") == f"{day:%m-%d} 12"
    assert bill.fees_fen == 120 - 30


@ALL
def test_empty_missing_and_not_ready(pay_sandbox: SandboxForTests, name: str) -> None:
    channel, day = pay_sandbox.channel(name), DAY - timedelta(days=60)
    if name == "wechat":
        assert channel.bill(day) is None, "NO_STATEMENT_EXIST: an empty day"
    else:
        with pytest.raises(BillNotReady):
            channel.bill(day)
    with pytest.raises(BillNotReady):
        channel.bill(now().astimezone(CHINA).date())
    pay_sandbox.fault("bill_not_ready", channel=name)
    with pytest.raises(BillNotReady):
        channel.bill(day)


@ALL
def test_faults_show_in_the_lines_and_a_broken_one_is_refused(pay_sandbox: SandboxForTests, name: str) -> None:
    channel, day = pay_sandbox.channel(name), DAY - timedelta(days=90)
    traded(pay_sandbox, channel, day)

    def amounts(*faults: str) -> list[int]:
        for fault in faults:
            pay_sandbox.fault(fault, channel=name)
        bill = channel.bill(day)
        return [line.amount_fen for line in bill.lines] if bill else []

    assert amounts("bill_extra_line") == [20_000, 5_000, 100]
    assert amounts("bill_changed_line") == [20_001, 5_000]
    assert amounts("bill_missing_line") == [5_000]
    pay_sandbox.fault("bill_broken", channel=name)
    with pytest.raises(BillRefused):
        channel.bill(day)
    pay_sandbox.fault("bad_answer_signature", channel=name, operation="bill")
    with pytest.raises(SignatureInvalid):
        channel.bill(day)


def test_a_wechat_file_that_is_not_what_the_signed_answer_promised(
    pay_sandbox: SandboxForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, day = pay_sandbox.wechat(), DAY - timedelta(days=120)
    traded(pay_sandbox, channel, day)
    monkeypatch.setattr(sandbox_bills, "sha1", lambda _data: "0" * 40)
    with pytest.raises(SignatureInvalid):
        channel.bill(day)


AT = datetime(2026, 11, 20, 12, tzinfo=CHINA)
ENTRIES = (
    Entry(LineKind.PAYMENT, "2026112012000000000001", "42001", "", "", "证书,续期", 20_000, True, AT),
    Entry(
        LineKind.REFUND, "2026112012000000000001", "42001", "R2026112012000000000001", "52001", "证书", 5_000, False, AT
    ),
)


@pytest.fixture
def files(pay_sandbox: SandboxForTests) -> dict[str, tuple[bytes, Callable[[bytes], object]]]:
    merchant = pay_sandbox.merchant
    return {
        "wechat": (
            sandbox_bills.wechat_file(merchant, ENTRIES),
            lambda data: wechat.read(data, mchid=merchant.mchid),
        ),
        "alipay": (
            sandbox_bills.alipay_file(merchant, ENTRIES, DAY),
            lambda data: alipay.read(data, seller_id=merchant.seller_id),
        ),
        "unionpay": (
            sandbox_bills.unionpay_file(merchant, ENTRIES, DAY),
            lambda data: unionpay.read(data, mer_id=merchant.mer_id, day=DAY),
        ),
    }


def test_columns_are_found_by_their_names(pay_sandbox: SandboxForTests) -> None:
    """Backticks part the fields, so that a comma in a product's name parts nothing."""
    header = (
        "商户订单号,交易时间,商户号,微信订单号,商品名称,交易状态,货币种类,商户退款单号,退款状态,"
        "手续费,订单金额,申请退款金额"
    )
    row = "`T1,`2026-11-20 12:00:00,`1900000001,`42001,`证书,续期,`SUCCESS,`CNY,`0,`,`1.20000,`200.00,`0.00"
    totals = "总交易单数,订单总金额,申请退款总金额,手续费总金额\n`1,`200.00,`0.00,`1.20"
    bill = wechat.read(f"{header}\n{row}\n{totals}\n".encode(), mchid="1900000001")
    (line,) = bill.lines
    assert (line.out_trade_no, line.amount_fen, bill.fees_fen) == ("T1", 20_000, 120)
    assert line.at == datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("`200.00,`0.00,`\r\n", "`200.01,`0.00,`\r\n", "total"),
        ("`2,`", "`3,`", "count"),
        ("`CNY", "`USD", "currency"),
        ("`SUCCESS,`OTHERS", "`MAYBE,`OTHERS", "state"),
        ("`200.00,`0.00,`\r\n", "`两百,`0.00,`\r\n", "amount"),
        ("`200.00,`0.00,`\r\n", "`,`0.00,`\r\n", "amount"),
        ("2026-11-20 12:00:00", "yesterday", "time"),
        ("商户订单号", "商户单", "商户订单号"),
        ("总交易单数", "单数", "总交易单数"),
        ("`0.60%,", "", "cells"),
        ("`1.20000", "`NaN", "fee"),
        ("`1.20000", "`1.30000", "fee"),
    ],
)
def test_a_wechat_bill_that_does_not_add_up_is_refused(
    files: dict[str, tuple[bytes, Callable[[bytes], object]]], old: str, new: str, what: str
) -> None:
    data, read = files["wechat"]
    assert old.encode() in data
    with pytest.raises(BillRefused) as refused:
        read(data.replace(old.encode(), new.encode(), 1))
    assert refused.value.what == what


def _repacked(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as fresh:
        for info in old.infolist():
            name = info.filename.encode("cp437").decode("gb18030") if not info.flag_bits & 0x800 else info.filename
            fresh.writestr(sandbox_bills._GbkName(name), change(old.read(info)))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("共200.00元", "共200.01元", "total"),
        ("交易合计：1笔", "交易合计：2笔", "total"),
        ("#退款合计", "#别的合计", "total"),
        ("账号：[2088", "账号：[2089", "merchant"),
        ("交易\t", "提现\t", "state"),
        ("200.00\t", "20o.00\t", "amount"),
        ("-50.00\t", "50.00\t", "amount"),
        ("业务类型", "类型", "业务类型"),
        ("0.00\t,\t\r\n", "\r\n", "cells"),
    ],
)
def test_an_alipay_bill_that_does_not_add_up_is_refused(
    files: dict[str, tuple[bytes, Callable[[bytes], object]]], old: str, new: str, what: str
) -> None:
    data, read = files["alipay"]
    seen: list[bool] = []

    def change(content: bytes) -> bytes:
        seen.append(old.encode("gb18030") in content)
        return content.replace(old.encode("gb18030"), new.encode("gb18030"), 1)

    altered = _repacked(data, change)
    assert any(seen)
    with pytest.raises(BillRefused) as refused:
        read(altered)
    assert refused.value.what == what


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"000000020000", b"000000020001", "total"),
        (b"C000000019880", b"D000000019880", "total"),
        (b"C000000019880", b"X000000019880", "amount"),
        (b"777290", b"777291", "merchant"),
        (b"S22 ", b"S22", "cells"),
        (b"1120120000", b"1320120000", "time"),
    ],
)
def test_a_unionpay_file_that_does_not_add_up_is_refused(
    files: dict[str, tuple[bytes, Callable[[bytes], object]]], old: bytes, new: bytes, what: str
) -> None:
    data, read = files["unionpay"]
    with pytest.raises(BillRefused) as refused:
        read(_repacked(data, lambda content: content.replace(old, new, 1)))
    assert refused.value.what == what


@ALL
def test_other_peoples_bytes_are_refused(files: dict[str, tuple[bytes, Callable[[bytes], object]]], name: str) -> None:
    data, read = files[name]
    for strange in (b"", b"\n\n\n", b"PK\x03\x04", b"\xff" * 500, data[: len(data) // 2], "不是账单\n".encode() * 5):
        with pytest.raises(BillRefused):
            read(strange)
    bill = read(data)
    assert [line.amount_fen for line in bill.lines] == [20_000, 5_000]  # type: ignore[attr-defined]


def test_a_refund_under_way_is_told_apart(files: dict[str, tuple[bytes, Callable[[bytes], object]]]) -> None:
    data, read = files["wechat"]
    assert [line.is_done for line in read(data).lines] == [True, False]  # type: ignore[attr-defined]
