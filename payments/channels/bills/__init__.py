"""Channels' daily bills: pure functions from the file's bytes to lines. What doesn't add up is refused as a whole.

wechat.read(data, mchid=…)   alipay.read(data, seller_id=…)   unionpay.read(data, mer_id=…)
"""

from payments.channels.bills.model import Bill, BillLine, BillRefused, LineKind

__all__ = ["Bill", "BillLine", "BillRefused", "LineKind"]
