"""Rule packs in the database: published once, never changed, read back as they were (DESIGN §1)."""

from functools import lru_cache

from renewals.models import ProgrammeVersion
from renewals.programmes import RulePack, canonical_json, digest, from_canonical


def publish(pack: RulePack) -> ProgrammeVersion:
    """Store this version for the current tenant; the same pack again gives the row that is there.

    ValueError when another pack already has that version number.
    """
    document = canonical_json(pack)
    known = ProgrammeVersion.objects.filter(slug=pack.slug, version=pack.version).first()
    if known is not None:
        if known.digest != digest(pack):
            raise ValueError(f"{pack.key} version {pack.version} is already published with other content")
        return known
    return ProgrammeVersion.objects.create(
        slug=pack.slug,
        version=pack.version,
        schema_version=pack.schema_version,
        digest=digest(pack),
        document=document.decode(),
    )


def current(slug: str) -> ProgrammeVersion:
    """The newest version. ProgrammeVersion.DoesNotExist when the tenant has no such programme."""
    return ProgrammeVersion.objects.filter(slug=slug).latest("version")


def pack_of(version: ProgrammeVersion) -> RulePack:
    return _parsed(version.document)


@lru_cache(maxsize=64)
def _parsed(document: str) -> RulePack:
    """Packs are immutable, so that parsing one once is enough."""
    return from_canonical(document)
