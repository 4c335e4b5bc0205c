"""Files: the upload gate, sealed storage, page images, and the one view that gives them out.

    from portal import files
    with files.accept(request.FILES.get("licence")) as accepted:
        file = files.put(tenant, accepted, owner=f"order:{order.public_id}", purpose="licence")
    with tenant_tx(tenant, write=True):
        files.commit(file, by=actor)

The functions are fetched on first use: the child process that opens customers' files loads no Django.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.files.accepted import Accepted
    from portal.files.access import may_open, register_guard
    from portal.files.gate import accept
    from portal.files.kinds import Limits
    from portal.files.previews import page_images
    from portal.files.store import (
        commit,
        destroy,
        get,
        name_of,
        open_stream,
        opened,
        pictures_of,
        put,
        store_now,
    )

_LATER = {
    "Accepted": "accepted",
    "Limits": "kinds",
    "accept": "gate",
    "commit": "store",
    "destroy": "store",
    "get": "store",
    "may_open": "access",
    "name_of": "store",
    "open_stream": "store",
    "opened": "store",
    "page_images": "previews",
    "pictures_of": "store",
    "put": "store",
    "register_guard": "access",
    "store_now": "store",
}

__all__ = [
    "Accepted",
    "Limits",
    "accept",
    "commit",
    "destroy",
    "get",
    "may_open",
    "name_of",
    "open_stream",
    "opened",
    "page_images",
    "pictures_of",
    "put",
    "register_guard",
    "store_now",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"portal.files.{_LATER[name]}"), name)
