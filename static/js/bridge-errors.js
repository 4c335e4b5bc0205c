// @ts-check
/**
 * What can go wrong between the page and the local key bridge, and what the browser lets a page do
 * with this computer's own ports (docs/bridge.md).
 */

/**
 * @typedef {"BRIDGE_TOO_OLD"|"ORIGIN_DENIED"|"USER_DENIED"|"DRIVER_MISSING"|"DRIVER_TOO_OLD"|"COMPONENT_VERSION"|
 *   "NO_KEY"|"MULTIPLE_KEYS"|"KEY_REMOVED"|"KEY_CHANGED"|"CERT_NOT_FOUND"|"PIN_INCORRECT"|"PIN_LOCKED"|"KEYGEN_FAILED"|
 *   "CONTAINER_FULL"|"CERT_KEY_MISMATCH"|"ENVELOPE_INVALID"|"VERIFY_FAILED"|"BUSY"|"TIMEOUT"|"CANCELLED"|"UNSUPPORTED"|
 *   "BAD_REQUEST"|"INTERNAL"|"PFX_FAILED"|"FILE_SAVE_FAILED"|"PASSWORD_INCORRECT"|"BRIDGE_UNREACHABLE"|"LNA_DENIED"} Code
 */

/** A refusal of the bridge, or the reason why there is none. `detail` is English, for logs. */
export class BridgeError extends Error {
  /**
   * @param {Code} code
   * @param {string} [detail]
   * @param {number|null} [retriesLeft] PIN tries left, where the code is about a PIN
   */
  constructor(code, detail = "", retriesLeft = null) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = "BridgeError";
    this.code = code;
    this.detail = detail;
    this.retriesLeft = retriesLeft;
  }
}

/**
 * The sentences for an error, from the catalogue of renewals/bridge/words.py.
 *
 * @param {unknown} error
 * @param {Record<string, {happened: string, cure: string, retries?: string}>} catalogue
 * @returns {{code: Code, happened: string, cure: string}}
 */
export function describe(error, catalogue) {
  const code = error instanceof BridgeError ? error.code : "INTERNAL";
  const words = catalogue[code] ?? catalogue.INTERNAL;
  let happened = words.happened;
  if (words.retries && error instanceof BridgeError && error.retriesLeft !== null) {
    happened += words.retries.replace("%(retries_left)s", String(error.retriesLeft));
  }
  return { code, happened, cure: words.cure };
}

/**
 * What the browser lets this page do with this computer's own ports. "unknown": a browser that
 * doesn't ask. Never makes the browser ask.
 *
 * @returns {Promise<"granted"|"prompt"|"denied"|"unknown">}
 */
export async function permissionState() {
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      // @ts-ignore: names newer than the type definitions
      const permission = await navigator.permissions.query({ name });
      return permission.state;
    } catch {
      // not a name of this browser
    }
  }
  return "unknown";
}
