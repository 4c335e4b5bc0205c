"""The segments of a JPEG. Pure."""

_SCAN = 0xDA
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_KEPT_APPLICATION = {0xE0, 0xE2, 0xEE}  # JFIF; the colour profile; Adobe's note on how colours are coded
_COMMENT = 0xFE


def without_metadata(raw: bytes) -> bytes:
    """The same picture without Exif (with its place), XMP, Photoshop's records and comments; as it is when odd."""
    if raw[:2] != b"\xff\xd8":
        return raw
    kept, at = [raw[:2]], 2
    while at + 4 <= len(raw):
        if raw[at] != 0xFF:
            return raw
        marker = raw[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker in _STANDALONE:
            at += 2
            continue
        if marker == _SCAN:
            return b"".join([*kept, raw[at:]])
        end = at + 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
        is_application = 0xE0 <= marker <= 0xEF
        if not (marker == _COMMENT or (is_application and marker not in _KEPT_APPLICATION)):
            kept.append(raw[at:end])
        at = end
    return raw
