"""Cutting a font down to some characters by HarfBuzz' subset library, which WeasyPrint needs anyway. Pure.

By ctypes: the pure-Python cutter takes over a minute for what this does in a second.
"""

import ctypes
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from renewals.request_form.errors import FontsUnavailable

LIBRARIES = ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll")
# enum hb_subset_flags_t, hb_subset_sets_t
_NO_HINTING, _DESUBROUTINIZE, _NOTDEF_OUTLINE = 0x1, 0x4, 0x40
_UNICODE, _DROP_TABLES, _LAYOUT_FEATURES = 1, 3, 6
_DROPPED = ("GSUB", "BASE", "DSIG", "VORG", "vhea", "vmtx")  # a form is written from left to right

_Pointer = ctypes.c_void_p
_SIGNATURES: dict[str, tuple[object, ...]] = {  # name → result, arguments
    "hb_blob_create_from_file_or_fail": (_Pointer, ctypes.c_char_p),
    "hb_blob_destroy": (None, _Pointer),
    "hb_blob_get_data": (_Pointer, _Pointer, ctypes.POINTER(ctypes.c_uint)),
    "hb_face_create": (_Pointer, _Pointer, ctypes.c_uint),
    "hb_face_destroy": (None, _Pointer),
    "hb_face_reference_blob": (_Pointer, _Pointer),
    "hb_set_add": (None, _Pointer, ctypes.c_uint32),
    "hb_set_clear": (None, _Pointer),
    "hb_subset_input_create_or_fail": (_Pointer,),
    "hb_subset_input_destroy": (None, _Pointer),
    "hb_subset_input_set": (_Pointer, _Pointer, ctypes.c_int),
    "hb_subset_input_set_flags": (None, _Pointer, ctypes.c_uint),
    "hb_subset_or_fail": (_Pointer, _Pointer, _Pointer),
}


@cache
def library() -> ctypes.CDLL:
    """Raises FontsUnavailable when it isn't installed."""
    for name in LIBRARIES:
        try:
            found = ctypes.CDLL(name)
        except OSError:
            continue
        for function, (result, *arguments) in _SIGNATURES.items():
            pointer = getattr(found, function)  # HarfBuzz' own functions come along with their dependant
            pointer.restype, pointer.argtypes = result, arguments
        return found
    raise FontsUnavailable(package="libharfbuzz-subset0")


def cut(source: Path, face_number: int, codes: Iterable[int]) -> bytes:
    """The font with only these code points (those that it has) and no layout but kerning. Raises FontsUnavailable."""
    hb = library()
    with ExitStack() as held:

        def hold(made: int | None, release: Callable[[int], object]) -> int:
            if not made:
                raise FontsUnavailable(package=source.name)
            held.callback(release, made)
            return made

        blob = hold(hb.hb_blob_create_from_file_or_fail(str(source).encode()), hb.hb_blob_destroy)
        face = hold(hb.hb_face_create(blob, face_number), hb.hb_face_destroy)
        wanted = hold(hb.hb_subset_input_create_or_fail(), hb.hb_subset_input_destroy)
        hb.hb_subset_input_set_flags(wanted, _NO_HINTING | _DESUBROUTINIZE | _NOTDEF_OUTLINE)
        for code in codes:
            hb.hb_set_add(hb.hb_subset_input_set(wanted, _UNICODE), code)
        for tag in _DROPPED:
            hb.hb_set_add(hb.hb_subset_input_set(wanted, _DROP_TABLES), _tag(tag))
        features = hb.hb_subset_input_set(wanted, _LAYOUT_FEATURES)
        hb.hb_set_clear(features)
        hb.hb_set_add(features, _tag("kern"))
        smaller = hold(hb.hb_subset_or_fail(face, wanted), hb.hb_face_destroy)
        result = hold(hb.hb_face_reference_blob(smaller), hb.hb_blob_destroy)
        size = ctypes.c_uint()
        return ctypes.string_at(hb.hb_blob_get_data(result, ctypes.byref(size)), size.value)


def _tag(name: str) -> int:
    return int.from_bytes(name.encode("ascii"))
