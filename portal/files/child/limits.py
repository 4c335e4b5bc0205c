"""The limits that this process puts on itself before it looks at a byte that isn't ours."""

import resource

_DESCRIPTORS = 64


def put_on(*, memory: int, cpu: int) -> None:
    """memory: bytes of address space; cpu: seconds, then SIGXCPU and two seconds later SIGKILL."""
    for what, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),  # a crash leaves no copy of somebody's ID card
        (resource.RLIMIT_FSIZE, 256 * 1024 * 1024, 256 * 1024 * 1024),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS, _DESCRIPTORS),
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, cpu, cpu + 2),
    ):
        _soft_now, hard_now = resource.getrlimit(what)
        if hard_now != resource.RLIM_INFINITY:
            soft, hard = min(soft, hard_now), min(hard, hard_now)  # noqa: PLW2901
        resource.setrlimit(what, (soft, hard))
