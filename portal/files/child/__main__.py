"""``python -m portal.files.child '{"op": …, "input": fd, "output": fd, …}'``: one file, one answer, gone.

Answers one line of JSON: {"done": {…}} or {"refused": code, "params": {…}}. Any other end (killed, out of
memory, a library's crash) is taken by the parent for "too complex" or for a fault of the gate.
"""

import json
import os
import sys
from typing import Any, BinaryIO

from portal.files.child import limits
from portal.files.errors import FileRefused, TooComplex
from portal.files.kinds import OFFICE, Limits


def main(request: dict[str, Any]) -> dict[str, Any]:
    # libraries first: loading them looks around in the system
    from portal.files.child import images, office, pages, pdf, sniff  # noqa: PLC0415

    bounds = Limits.from_json(request["limits"])
    limits.put_on(memory=bounds.memory, cpu=bounds.cpu)
    with os.fdopen(request["input"], "rb", closefd=False) as source, _out(request["output"]) as target:
        match request["op"]:
            case "accept":
                sniff.check(source, request["kind"], request["extension"], tuple(request["kinds"]))
                if request["kind"] == "pdf":
                    return pdf.rebuild(source, target, bounds)
                if request["kind"] in OFFICE:
                    return office.keep(source, target, request["kind"])
                return images.encode_anew(source, target, request["kind"], bounds)
            case "pages":
                return pages.render(source, target, request, bounds)
    raise ValueError(request["op"])


def _out(descriptor: int) -> BinaryIO:
    return os.fdopen(descriptor, "w+b", closefd=False)


if __name__ == "__main__":
    try:
        answer: dict[str, Any] = {"done": main(json.loads(sys.argv[1]))}
    except FileRefused as refusal:
        answer = {"refused": refusal.code, "params": refusal.params}
    except (MemoryError, RecursionError):
        answer = {"refused": TooComplex.code, "params": {}}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    os._exit(0)  # no clean-up of what hostile bytes may have made of a library's memory
