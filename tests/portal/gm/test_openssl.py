"""OpenSSL's command line as the oracle: it takes what we make, we take what it makes."""

import subprocess

import pytest

from portal.gm import CertificateRequest, InvalidSignature, SM2PrivateKey, csr, x509
from portal.gm.sm2 import DEFAULT_ID
from tests.portal.gm.hierarchy import CUSTOMER, hierarchy

DISTID = f"distid:{DEFAULT_ID.decode()}"


def openssl(*arguments, data=b"", good=True):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=False)
    assert (done.returncode == 0) is good, done.stderr.decode()
    return done.stdout + done.stderr


def write(path, data):
    path.write_bytes(data)
    return path


def spki_pem(tmp_path, key):
    return write(tmp_path / "key.pem", x509.pem_encode("PUBLIC KEY", key.to_spki_der()).encode())


@pytest.mark.parametrize("which", ["root", "issuing", "leaf"])
def test_the_signature_over_the_tbs_verifies(tmp_path, which):
    made = hierarchy("SM2")
    certificate = getattr(made, which)
    issuer = made.issuing if which == "leaf" else made.root
    tbs, signature = write(tmp_path / "tbs", certificate.tbs_der), write(tmp_path / "sig", certificate.signature)
    key = spki_pem(tmp_path, issuer.public_key)
    command = ("dgst", "-sm3", "-verify", key, "-signature", signature, "-sigopt")

    assert b"Verified OK" in openssl(*command, DISTID, tbs)
    openssl(*command, "distid:8765432187654321", tbs, good=False)


@pytest.mark.parametrize("algorithm", ["SM2", "RSA"])
def test_it_reads_certificates_crls_and_requests(algorithm):
    made = hierarchy(algorithm)
    text = openssl("x509", "-noout", "-text", "-nameopt", "utf8", data=made.leaf.pem.encode()).decode()

    assert "O = 深圳市测试精密制造有限公司" in text or "O=深圳市测试精密制造有限公司" in text
    assert "Digital Signature, Non Repudiation" in text
    assert "X509v3 Authority Key Identifier" in text
    crl_text = openssl("crl", "-noout", "-text", data=made.make_crl().pem.encode())
    assert b"CRL Number" in crl_text
    options = ("-vfyopt", DISTID) if algorithm == "SM2" else ()
    out = openssl("req", "-noout", "-verify", *options, data=csr.build(CUSTOMER, made.leaf_key).pem.encode())
    assert b"verify OK" in out


def test_we_read_its_sm2_request(tmp_path):
    key = write(tmp_path / "key.pem", openssl("genpkey", "-algorithm", "SM2"))
    pem = openssl("req", "-new", "-key", key, "-subj", "/CN=Z9900001", "-sm3", "-sigopt", DISTID)
    request = CertificateRequest.from_pem(pem)

    request.verify()
    assert request.subject == "CN=Z9900001"
    empty_id = openssl("req", "-new", "-key", key, "-subj", "/CN=Z9900001", "-sm3", "-sigopt", "distid:other")
    with pytest.raises(InvalidSignature):
        CertificateRequest.from_pem(empty_id).verify()


def test_keys_go_both_ways(tmp_path):
    der = openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", data=openssl("genpkey", "-algorithm", "SM2"))
    theirs = SM2PrivateKey.from_pkcs8_der(der)
    ours = write(tmp_path / "ours.der", theirs.to_pkcs8_der())

    spki = openssl("pkey", "-inform", "DER", "-in", ours, "-pubout", "-outform", "DER")
    assert spki == theirs.public_key.to_spki_der()


def test_it_opens_what_we_encrypt_and_we_what_it_encrypts(tmp_path):
    key = SM2PrivateKey.generate()
    private = write(tmp_path / "private.der", key.to_pkcs8_der())
    ours = key.public_key.encrypt(b"sixteen byte key")
    theirs = openssl("pkeyutl", "-encrypt", "-keyform", "DER", "-inkey", private, data=b"sixteen byte key")

    assert openssl("pkeyutl", "-decrypt", "-keyform", "DER", "-inkey", private, data=ours) == b"sixteen byte key"
    assert key.decrypt(theirs) == b"sixteen byte key"
