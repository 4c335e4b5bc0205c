// @ts-check
/**
 * A file certificate made in the page: key, request (PKCS #10) and .pfx (PKCS #12), all on this computer (RULES B7).
 * Nothing in here talks to anybody. The key exists in clear only between two awaits; what is kept is encrypted
 * under the customer's own protection password (保护口令).
 */
import {
  Attribute,
  AuthenticatedSafe,
  BmpString,
  CertBag,
  Certificate,
  CertificationRequest,
  OctetString,
  PFX,
  PKCS8ShroudedKeyBag,
  PrivateKeyInfo,
  RelativeDistinguishedNames,
  SafeBag,
  SafeContents,
} from "../vendor/pkijs/pkijs.min.js";

const RSA = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
const HASH = "SHA-256";
const KEY_ITERATIONS = 600_000; // PBKDF2; six digits stay weak, the file itself has to be looked after
const MAC_ITERATIONS = 10_000;
const SHROUDED_KEY = "1.2.840.113549.1.12.10.1.2";
const CERT_BAG = "1.2.840.113549.1.12.10.1.3";
const FRIENDLY_NAME = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID = "1.2.840.113549.1.9.21"; // which key and certificate belong together
const PLAIN = 0; // the certificate is no secret
const BY_PASSWORD = 0;

/** Exactly so many digits, and nothing else (RULES B6). @param {string} password @param {number} digits */
export const fits = (password, digits) => password.length === digits && /^[0-9]+$/.test(password);

/** @param {string} text @returns {Uint8Array} */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** @param {ArrayBuffer | Uint8Array} bytes @returns {string} */
export const toBase64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

const secret = (/** @type {string} */ password) => new TextEncoder().encode(password).buffer;

/**
 * A new key and its request. The key comes back encrypted under the password, never otherwise.
 *
 * @param {string} subject a Name in DER, base64
 * @param {string} password
 * @returns {Promise<{csr: string, key: ArrayBuffer}>} `csr`: DER in base64; `key`: EncryptedPrivateKeyInfo, DER
 */
export async function makeRequest(subject, password) {
  const pair = await crypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
  const request = new CertificationRequest();
  request.subject = RelativeDistinguishedNames.fromBER(fromBase64(subject));
  await request.subjectPublicKeyInfo.importKey(pair.publicKey);
  request.attributes = [];
  await request.sign(pair.privateKey, HASH);
  const plain = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
  const bag = new PKCS8ShroudedKeyBag({ parsedValue: PrivateKeyInfo.fromBER(plain) });
  await bag.makeInternalValues({
    password: secret(password),
    contentEncryptionAlgorithm: { name: "AES-CBC", length: 256 },
    hmacHashAlgorithm: HASH,
    iterationCount: KEY_ITERATIONS,
  });
  return { csr: toBase64(request.toSchema(true).toBER(false)), key: bag.toSchema().toBER(false) };
}

/**
 * The key that `makeRequest` encrypted, opened to see whether the password is the one. WrongPassword.
 *
 * @param {ArrayBuffer} key
 * @param {string} password
 */
async function open(key, password) {
  const bag = PKCS8ShroudedKeyBag.fromBER(key);
  try {
    await bag.parseInternalValues({ password: secret(password) });
    return await crypto.subtle.importKey("pkcs8", bag.parsedValue.toSchema().toBER(false), RSA, false, ["sign"]);
  } catch {
    throw new WrongPassword();
  }
}

/** Not the password that the key was encrypted under. */
export class WrongPassword extends Error {}

/** The certificate isn't this key's: nothing is made. */
export class WrongKey extends Error {}

/**
 * The .pfx of key and certificate, under the password that the key already has.
 *
 * @param {{key: ArrayBuffer, certificate: string, password: string, name: string}} parts `certificate`: DER in base64;
 *   `name`: the friendly name, without Chinese
 * @returns {Promise<ArrayBuffer>}
 */
export async function makePfx({ key, certificate, password, name }) {
  const issued = Certificate.fromBER(fromBase64(certificate));
  await together(await open(key, password), issued);
  const marks = () => [
    new Attribute({ type: LOCAL_KEY_ID, values: [new OctetString({ valueHex: new Uint8Array([1]).buffer })] }),
    new Attribute({ type: FRIENDLY_NAME, values: [new BmpString({ value: name })] }),
  ];
  const bags = [
    new SafeBag({ bagId: SHROUDED_KEY, bagValue: PKCS8ShroudedKeyBag.fromBER(key), bagAttributes: marks() }),
    new SafeBag({ bagId: CERT_BAG, bagValue: new CertBag({ parsedValue: issued }), bagAttributes: marks() }),
  ];
  const authenticatedSafe = new AuthenticatedSafe({
    parsedValue: {
      safeContents: bags.map((bag) => ({ privacyMode: PLAIN, value: new SafeContents({ safeBags: [bag] }) })),
    },
  });
  await authenticatedSafe.makeInternalValues({ safeContents: [{}, {}] });
  const pfx = new PFX({ parsedValue: { integrityMode: BY_PASSWORD, authenticatedSafe } });
  await pfx.makeInternalValues({
    password: secret(password),
    iterations: MAC_ITERATIONS,
    pbkdf2HashAlgorithm: HASH,
    hmacHashAlgorithm: HASH,
  });
  return pfx.toSchema().toBER(false);
}

/** WrongKey unless what the key signs verifies under the certificate. @param {CryptoKey} key @param {any} certificate */
async function together(key, certificate) {
  const probe = crypto.getRandomValues(new Uint8Array(32));
  const spki = certificate.subjectPublicKeyInfo.toSchema().toBER(false);
  const publicKey = await crypto.subtle.importKey("spki", spki, RSA, false, ["verify"]);
  const signature = await crypto.subtle.sign(RSA, key, probe);
  if (!(await crypto.subtle.verify(RSA, publicKey, signature, probe))) throw new WrongKey();
}
