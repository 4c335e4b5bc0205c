"""The paper form 《过期证书续期申请表》: data → PDF, and its QR code read back from scans.

RULES C7, Across 3.

``printing`` is what the order's steps call; ``data``, ``qr``, ``amounts``, ``fonts`` and ``render`` are pure.
"""
