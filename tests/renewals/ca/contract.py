"""The contract of `CaConnector`, to be run over every implementation: subclass `ConnectorContract`
in a test module whose folder gives a `world` fixture."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.gm import Certificate, CertificateRevocationList, csr, validate_chain, verify_issued_by, x509
from renewals.ca import CaConflict, CaError, CertificateStatus, Issued, Rejected, UnknownCertificate
from tests.renewals.ca.world import DAY, FIVE_YEARS, SUBJECT


class ConnectorContract:
    # --- issuing ---------------------------------------------------------------------------------

    def test_a_rekey_gives_both_certificates_and_the_chain(self, world):
        """RULES C9, P8: five more years from the old end."""
        new_key = world.new_key()
        issued = world.connector.request_certificate(world.rekey("r", new_key))

        assert isinstance(issued, Issued)
        assert issued.request_id == "r"
        signing = Certificate.from_der(issued.signing_certificate_der)
        encryption = Certificate.from_der(issued.encryption_certificate_der)
        for made in (signing, encryption):
            assert made.subject_der == SUBJECT
            assert made.not_before == world.old.not_after
            assert made.not_after == world.old.not_after + FIVE_YEARS
            assert made.algorithm == world.algorithm
        assert signing.spki_der == x509.spki_der(x509.public_key_of(new_key))
        assert signing.key_usage == {"digitalSignature", "nonRepudiation"}
        assert {"keyEncipherment", "dataEncipherment"} <= encryption.key_usage
        assert not encryption.key_usage & {"digitalSignature", "nonRepudiation"}
        assert len({signing.serial, encryption.serial, world.old.serial}) == 3
        issuing, root = (Certificate.from_der(one) for one in issued.chain_der)
        assert issued.chain_der == world.connector.chain(world.algorithm)
        at = signing.not_before + DAY
        assert validate_chain(signing, [issuing], [root], at) == (signing, issuing, root)
        assert validate_chain(encryption, [issuing], [root], at) == (encryption, issuing, root)

    def test_the_envelope_opens_with_the_new_signing_key_to_the_encryption_key(self, world):
        new_key = world.new_key()
        issued = world.connector.request_certificate(world.rekey("r", new_key))
        encryption = Certificate.from_der(issued.encryption_certificate_der)

        opened = world.open_envelope(issued, new_key)
        assert x509.spki_der(x509.public_key_of(opened)) == encryption.spki_der

    def test_rotate_makes_a_new_encryption_key_and_keep_keeps_it(self, world):
        old_encryption = Certificate.from_der(world.old_issued.encryption_certificate_der)
        kept_key = world.new_key()
        kept = world.connector.request_certificate(world.rekey("kept", kept_key, encryption_key="keep"))
        world.connector.revoke(
            Certificate.from_der(kept.signing_certificate_der).serial_hex, "cessationOfOperation", request_id="back"
        )
        rotated = world.connector.request_certificate(world.rekey("rotated"))

        assert Certificate.from_der(kept.encryption_certificate_der).spki_der == old_encryption.spki_der
        opened = world.open_envelope(kept, kept_key)
        assert x509.spki_der(x509.public_key_of(opened)) == old_encryption.spki_der
        assert Certificate.from_der(rotated.encryption_certificate_der).spki_der != old_encryption.spki_der

    def test_the_earlier_encryption_keys_are_restored_for_a_new_medium(self, world):
        """RULES P8: the newest first, none twice, sealed to the new signing key alone."""
        first = world.connector.request_certificate(world.rekey("first"))  # rotates
        middle = Certificate.from_der(first.signing_certificate_der).serial_hex
        kept = world.connector.request_certificate(world.rekey("kept", old_serial=middle, encryption_key="keep"))
        last_key = world.new_key()
        request = world.rekey(
            "last",
            last_key,
            old_serial=Certificate.from_der(kept.signing_certificate_der).serial_hex,
            restore_history=True,
        )
        last = world.connector.request_certificate(request)

        wanted = [kept.encryption_certificate_der, world.old_issued.encryption_certificate_der]
        assert [each.certificate_der for each in last.history] == wanted
        for restored in last.history:
            opened = world.open_envelope(replace(last, enveloped_key_der=restored.enveloped_key_der), last_key)
            certificate = Certificate.from_der(restored.certificate_der)
            assert x509.spki_der(x509.public_key_of(opened)) == certificate.spki_der
        assert world.connector.lookup("last") == world.connector.request_certificate(request) == last
        assert first.history == kept.history == ()

    def test_a_kept_key_is_not_restored_once_more_and_an_enrolment_has_no_history(self, world):
        kept = world.connector.request_certificate(world.rekey("kept", encryption_key="keep", restore_history=True))
        beside = world.connector.request_certificate(world.rekey("beside", kind="enrol", restore_history=True))

        assert kept.history == beside.history == ()

    def test_without_encryption_there_is_one_certificate(self, world):
        issued = world.connector.request_certificate(world.rekey("r", want_encryption=False))

        assert issued.encryption_certificate_der is None
        assert issued.enveloped_key_der is None

    # --- idempotency -----------------------------------------------------------------------------

    def test_asking_again_gives_the_same_answer_byte_for_byte(self, world):
        request = world.rekey("r")
        first = world.connector.request_certificate(request)
        world.clock.now += DAY

        assert world.connector.request_certificate(request) == first
        assert world.connector.lookup("r") == first
        later = replace(request, not_after=request.not_after + DAY)  # a retry that reckoned anew
        assert world.connector.request_certificate(later) == first

    def test_the_same_id_with_another_request_is_a_conflict(self, world):
        request = world.rekey("r")
        first = world.connector.request_certificate(request)
        other_key = csr.build(SUBJECT, world.new_key()).der

        for other in (replace(request, csr_der=other_key), replace(request, old_serial="00")):
            with pytest.raises(CaConflict):
                world.connector.request_certificate(other)
        assert world.connector.lookup("r") == first

    def test_what_was_never_asked_is_unknown(self, world):
        assert world.connector.lookup("never") is None

    def test_a_refusal_is_final_for_its_id(self, world):
        request = world.rekey("r", old_serial="00FF")
        refused = world.connector.request_certificate(request)

        assert isinstance(refused, Rejected)
        assert world.connector.lookup("r") == refused
        assert world.connector.request_certificate(request) == refused

    # --- refusals --------------------------------------------------------------------------------

    def refused(self, world, **changes):
        """The reason code; the old certificate stays as it was and has no successor."""
        before = world.connector.status(world.old.serial_hex)
        answer = world.connector.request_certificate(world.rekey("refused", **changes))
        assert isinstance(answer, Rejected), answer
        assert answer.text
        assert world.connector.status(world.old.serial_hex) == before
        return answer.reason_code

    def test_an_unknown_certificate_is_not_renewed(self, world):
        assert self.refused(world, old_serial="00FF") == "unknown_certificate"

    def test_a_frozen_certificate_is_not_renewed(self, world):
        """RULES P13."""
        world.ca.freeze(world.old.serial_hex)

        assert self.refused(world) == "certificate_frozen"
        world.ca.unfreeze(world.old.serial_hex)
        assert isinstance(world.connector.request_certificate(world.rekey("again")), Issued)

    def test_a_revoked_certificate_is_not_renewed(self, world):
        """RULES P13."""
        world.connector.revoke(world.old.serial_hex, "keyCompromise", request_id="v")

        assert self.refused(world) == "certificate_revoked"

    def test_a_certificate_renewed_meanwhile_is_not_renewed_again(self, world):
        """RULES P13: renewed at the counter between submission and issuance."""
        world.connector.request_certificate(world.rekey("counter"))

        assert self.refused(world) == "already_renewed"
        world.connector.revoke(world.old.serial_hex, "superseded", request_id="v")
        assert world.connector.request_certificate(world.rekey("late")).reason_code == "certificate_replaced"

    def test_after_the_new_one_is_revoked_the_old_may_be_renewed(self, world):
        """RULES P19: cancelled after issuance, the old one untouched."""
        issued = world.connector.request_certificate(world.rekey("cancelled"))
        new = Certificate.from_der(issued.signing_certificate_der)
        world.connector.revoke(new.serial_hex, "cessationOfOperation", request_id="v")

        assert world.connector.status(world.old.serial_hex) == CertificateStatus("valid")
        assert isinstance(world.connector.request_certificate(world.rekey("again")), Issued)

    def test_an_expired_certificate_is_renewed(self, world):
        world.clock.now = world.old.not_after + 30 * DAY
        request = world.rekey("r", not_before=world.clock.now, not_after=world.clock.now + FIVE_YEARS)

        assert isinstance(world.connector.request_certificate(request), Issued)

    def test_a_certificate_revoked_for_it_is_replaced_once(self, world):
        """RULES D7, P18, P23: revoked as lost or superseded before its successor is made."""
        old = Certificate.from_der(world.old_issued.encryption_certificate_der)
        world.connector.revoke(world.old.serial_hex, "keyCompromise", request_id="lost")
        new_key = world.new_key()
        issued = world.connector.request_certificate(
            world.rekey("made", new_key, kind="replace", encryption_key="keep")
        )

        assert isinstance(issued, Issued)
        assert Certificate.from_der(issued.encryption_certificate_der).spki_der == old.spki_der  # RULES P8
        assert world.connector.request_certificate(world.rekey("twice", kind="replace")).reason_code in {
            "certificate_replaced",
            "already_renewed",
        }

    def test_a_frozen_certificate_is_not_replaced(self, world):
        world.ca.freeze(world.old.serial_hex)

        assert self.refused(world, kind="replace") == "certificate_frozen"

    def test_one_more_beside_it_takes_nothing_away(self, world):
        """RULES A13: 新增; the certificate beside which it stands may be renewed as before."""
        issued = world.connector.request_certificate(world.rekey("more", kind="enrol"))

        assert isinstance(issued, Issued)
        assert world.connector.status(world.old.serial_hex) == CertificateStatus("valid")
        assert isinstance(world.connector.request_certificate(world.rekey("renewed")), Issued)
        assert self.refused_code(world, kind="enrol", old_serial="00FF") == "unknown_certificate"

    def refused_code(self, world, **changes):
        return world.connector.request_certificate(world.rekey("unknown", **changes)).reason_code

    def test_the_request_must_be_the_subjects_and_prove_its_key(self, world):
        stranger = x509.build_name([("CN", "somebody else")])
        request = csr.build(SUBJECT, world.new_key()).der
        forged = request[:-1] + bytes([request[-1] ^ 1])

        assert self.refused(world, subject_der=stranger) == "subject_mismatch"
        bad = world.connector.request_certificate(world.rekey("bad", csr_der=forged))
        assert bad.reason_code == "bad_request"
        rubbish = world.connector.request_certificate(world.rekey("rubbish", csr_der=b"not a request"))
        assert rubbish.reason_code == "bad_request"

    def test_the_old_key_is_not_a_new_key(self, world):
        assert self.refused(world, private_key=world.old_key) == "key_reused"

    @pytest.mark.parametrize("years", [-6, 0, 100])
    def test_a_validity_it_does_not_give(self, world, years):
        not_after = world.old.not_after + timedelta(days=365 * years)

        assert self.refused(world, not_after=not_after) == "validity_refused"

    # --- status and revocation -------------------------------------------------------------------

    def test_status_through_a_life(self, world):
        """RULES C6: valid, frozen, replaced, expired."""
        serial = world.old.serial_hex
        status = world.connector.status

        assert status(serial) == CertificateStatus("valid")
        assert status(serial.lower()) == CertificateStatus("valid")
        world.ca.freeze(serial)
        assert status(serial) == CertificateStatus("frozen", "certificateHold")
        world.ca.unfreeze(serial)
        issued = world.connector.request_certificate(world.rekey("r"))
        successor = Certificate.from_der(issued.signing_certificate_der).serial_hex
        assert status(serial) == CertificateStatus("valid", "", successor)
        world.connector.revoke(serial, "superseded", request_id="v")
        assert status(serial) == CertificateStatus("replaced", "superseded", successor)
        assert status(successor) == CertificateStatus("valid")
        world.clock.now += 3000 * DAY
        assert status(successor) == CertificateStatus("expired")
        assert status(serial).state == "replaced"
        assert status("00FF") == CertificateStatus("unknown")

    def test_revoking_takes_both_certificates_of_the_pair(self, world):
        encryption = Certificate.from_der(world.old_issued.encryption_certificate_der)
        world.connector.revoke(world.old.serial_hex, "keyCompromise", request_id="v")

        for serial in (world.old.serial_hex, encryption.serial_hex):
            assert world.connector.status(serial) == CertificateStatus("revoked", "keyCompromise")

    def test_revoking_again_changes_nothing(self, world):
        world.connector.revoke(world.old.serial_hex, "superseded", request_id="v")
        before = world.connector.crl(world.algorithm)
        world.clock.now += timedelta(hours=1)
        world.connector.revoke(world.old.serial_hex, "superseded", request_id="v")
        world.connector.revoke(world.old.serial_hex, "keyCompromise", request_id="w")

        assert world.connector.status(world.old.serial_hex).reason == "superseded"
        after = CertificateRevocationList.from_der(world.connector.crl(world.algorithm))
        assert after.revoked == CertificateRevocationList.from_der(before).revoked

    def test_a_revocation_id_stands_for_one_revocation(self, world):
        world.connector.revoke(world.old.serial_hex, "superseded", request_id="v")

        with pytest.raises(CaConflict):
            world.connector.revoke(world.old.serial_hex, "keyCompromise", request_id="v")
        with pytest.raises(CaConflict):
            world.connector.revoke("00FF", "superseded", request_id="v")

    def test_what_cannot_be_revoked(self, world):
        with pytest.raises(UnknownCertificate):
            world.connector.revoke("00FF", "superseded", request_id="v")
        for reason in ("certificateHold", "removeFromCRL", "because"):
            with pytest.raises(CaError):
                world.connector.revoke(world.old.serial_hex, reason, request_id="v")
        assert world.connector.status(world.old.serial_hex) == CertificateStatus("valid")

    def test_the_crl_lists_what_is_revoked_or_frozen(self, world):
        issuing = Certificate.from_der(world.connector.chain(world.algorithm)[0])
        encryption = Certificate.from_der(world.old_issued.encryption_certificate_der)

        def read():
            found = CertificateRevocationList.from_der(world.connector.crl(world.algorithm))
            found.verify(issuing)
            assert found.this_update <= world.clock.now <= found.next_update
            return found

        empty = read()
        assert empty.revoked == {}
        world.ca.freeze(world.old.serial_hex)
        frozen = read()
        assert {entry.reason for entry in frozen.revoked.values()} == {"certificateHold"}
        world.ca.unfreeze(world.old.serial_hex)
        assert read().revoked == {}
        world.connector.revoke(world.old.serial_hex, "superseded", request_id="v")
        revoked = read()
        assert set(revoked.revoked) == {world.old.serial, encryption.serial}
        assert {(entry.reason, entry.at) for entry in revoked.revoked.values()} == {("superseded", world.clock.now)}
        assert read() == revoked
        world.clock.now += 2 * DAY
        assert empty.number < frozen.number < revoked.number < read().number

    def test_certificates_are_signed_by_the_issuing_ca(self, world):
        issuing, root = (Certificate.from_der(one) for one in world.connector.chain(world.algorithm))

        verify_issued_by(world.old, issuing)
        verify_issued_by(issuing, root)
        assert world.old.authority_key_identifier == issuing.subject_key_identifier
        assert world.old.subject_key_identifier is not None
