// @ts-check
/**
 * The page's side of the local key bridge (docs/bridge.md). No dependencies, no wording, no PIN:
 * a PIN is asked for in the bridge's own window and never passes through here.
 *
 *     const bridge = await connect({ url, minBridgeVersion: "4.7.6" });   // behind a button
 *     bridge.on("key.removed", () => …);
 *     const { csr } = await bridge.genCsr({ keySerial, txn, algorithm: "SM2", replaces }, { onProgress });
 *
 * Everything that fails rejects with a BridgeError; `error.code` finds the sentences in the
 * catalogue that the server puts in the page (`describe`).
 */

/**
 * @typedef {import("./bridge-errors.js").Code} Code
 * @typedef {{bridge: {name: string, version: string}, protocol: {min: number, max: number}, simulator: boolean,
 *   deskUrl?: string, pinUrl?: string}} Info
 * @typedef {{requestId: number, stage: string, percent: number}} Progress
 * @typedef {{signal?: AbortSignal, timeoutMs?: number, onProgress?: (progress: Progress) => void}} Options
 * @typedef {"progress"|"key.inserted"|"key.removed"|"pin.changed"|"connected"|"disconnected"} EventName
 * @typedef {{keySerial: string, mediumNumber: string, label: string, model: string, containers: number,
 *   freeContainers: number}} KeyInfo
 * @typedef {{container: string, usage: "signing"|"encryption", algorithm: string,
 *   state: "current"|"pending"|"history", fingerprint: string, certificate: string}} ListedCertificate
 * @typedef {{check: "bridge"|"component"|"driver"|"key"|"certificate", name: string, passed: boolean,
 *   mandatory: boolean, found: string|null, wanted: string|null, present: boolean, enabled: boolean, error: Code|null}} Check
 * @typedef {{keySerial: string, algorithm: string, fingerprint: string, certificate: string, signature: string,
 *   origin: string}} Proof
 */

import { BridgeError, permissionState } from "./bridge-errors.js";

export { BridgeError, describe, permissionState } from "./bridge-errors.js";

const OLDEST_PROTOCOL = 1;
const HELLO_MS = 5_000;
const PROMPT_MS = 120_000; // the browser's permission question may be on the screen meanwhile
const READING_MS = 15_000;
const OPERATION_MS = 180_000; // longer than the bridge waits for a PIN
const RECONNECT_MS = [500, 1_000, 2_000, 5_000];

/**
 * Finds the bridge and opens a session. Call it from a click on a button beside which stands why:
 * the browser may ask for its permission now.
 *
 * @param {{url: string, minBridgeVersion?: string, protocol?: number, signal?: AbortSignal}} settings
 *   `url`: http://127.0.0.1:port; `protocol`: the oldest that has what the page needs (csr.prove: 2)
 * @returns {Promise<Bridge>}
 */
export async function connect({ url, minBridgeVersion, protocol = OLDEST_PROTOCOL, signal }) {
  const base = loopback(url);
  await findBridge(base, protocol, signal);
  const bridge = new Bridge(base, minBridgeVersion, protocol);
  const stop = () => bridge.close();
  signal?.addEventListener("abort", stop);
  try {
    await bridge.open();
  } catch (error) {
    bridge.close();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  return bridge;
}

/**
 * `GET /v1/hello`: a plain request first, since it makes the browser ask and tells "refused" from
 * "not there".
 *
 * @param {string} base
 * @param {number} protocol
 * @param {AbortSignal} [signal]
 * @returns {Promise<Info>}
 */
async function findBridge(base, protocol, signal) {
  const before = await permissionState();
  if (before === "denied") throw new BridgeError("LNA_DENIED");
  const limit = AbortSignal.timeout(before === "prompt" ? PROMPT_MS : HELLO_MS);
  let answer;
  try {
    const response = await fetch(`${base}/v1/hello`, {
      mode: "cors",
      credentials: "omit",
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    answer = await response.json();
  } catch (error) {
    if (signal?.aborted) throw new BridgeError("CANCELLED");
    if ((await permissionState()) === "denied") throw new BridgeError("LNA_DENIED");
    throw new BridgeError("BRIDGE_UNREACHABLE", String(error));
  }
  if (answer?.error) throw new BridgeError(answer.error.code === "ORIGIN_DENIED" ? "ORIGIN_DENIED" : "INTERNAL");
  if (!answer?.protocol || typeof answer.protocol.max !== "number") {
    throw new BridgeError("BRIDGE_UNREACHABLE", "something else answers on this port");
  }
  if (answer.protocol.max < protocol) throw new BridgeError("BRIDGE_TOO_OLD");
  return answer;
}

/** @param {string} url */
function loopback(url) {
  const { protocol, hostname, origin } = new URL(url);
  if (protocol !== "http:" || hostname !== "127.0.0.1") throw new TypeError("the bridge is at http://127.0.0.1:port");
  return origin;
}

/** One session. Reconnects by itself until `close()`; what was running then fails and may be repeated with its txn. */
export class Bridge {
  /** @param {string} base @param {string} [minBridgeVersion] @param {number} [protocol] */
  constructor(base, minBridgeVersion, protocol = OLDEST_PROTOCOL) {
    this.base = base;
    this.minBridgeVersion = minBridgeVersion;
    this.protocol = protocol;
    /** @type {Info|null} */
    this.info = null;
    /** @type {WebSocket|null} */
    this.socket = null;
    this.closed = false;
    this.lastId = 0;
    this.failures = 0;
    /** @type {Map<number, {resolve: (result: any) => void, reject: (error: BridgeError) => void, onProgress?: (progress: Progress) => void}>} */
    this.waiting = new Map();
    /** @type {Map<string, Set<(params: any) => void>>} */
    this.handlers = new Map();
  }

  /** Whether requests can be sent now. */
  get connected() {
    return this.socket?.readyState === WebSocket.OPEN && this.info !== null;
  }

  /**
   * @param {EventName} event
   * @param {(params: any) => void} handler
   * @returns {() => void} ends it
   */
  on(event, handler) {
    const handlers = this.handlers.get(event) ?? new Set();
    this.handlers.set(event, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  /** Ends the session for good; the bridge cancels what still runs. */
  close() {
    this.closed = true;
    this.socket?.close();
    this.fail(new BridgeError("CANCELLED", "the session was closed"));
  }

  /**
   * Item by item, whether this computer is ready.
   * @param {{minBridgeVersion?: string, minDriverVersion?: string, components?: object[], certificate?: object, store?: "file"}} [wanted]
   * @param {Options} [options]
   * @returns {Promise<{passed: boolean, checks: Check[], keys: KeyInfo[]}>}
   */
  envCheck(wanted = {}, options) {
    return this.ask("env.check", wanted, READING_MS, options);
  }

  /**
   * @param {{keySerial?: string, store?: "file"}} [params]
   * @param {Options} [options]
   * @returns {Promise<{key: KeyInfo, certificates: ListedCertificate[]}>}
   */
  certList(params = {}, options) {
    return this.ask("cert.list", params, READING_MS, options);
  }

  /**
   * Proof of possession; asks for the PIN in the bridge's window.
   * @param {{keySerial: string, fingerprint: string, challenge: string, txn: string, action: string}} params
   * @param {Options} [options]
   * @returns {Promise<Proof>}
   */
  authSign(params, options) {
    return this.ask("auth.sign", params, OPERATION_MS, options);
  }

  /**
   * A new key and its request; the old one stays.
   * @param {{keySerial: string, txn: string, algorithm: "SM2"|"RSA2048", replaces?: string, subject?: string,
   *   containerLabel?: string, passwordDigits?: number}} params
   * @param {Options} [options]
   * @returns {Promise<{keySerial: string, container: string, algorithm: string, csr: string}>}
   */
  genCsr(params, options) {
    return this.ask("key.genCsr", params, OPERATION_MS, options);
  }

  /**
   * The new key of this txn answers for its own request; protocol 2.
   * @param {{keySerial: string, txn: string, challenge: string}} params
   * @param {Options} [options]
   * @returns {Promise<{keySerial: string, container: string, algorithm: string, csr: string, signature: string, origin: string}>}
   */
  proveRequest(params, options) {
    return this.ask("csr.prove", params, OPERATION_MS, options);
  }

  /**
   * @param {{keySerial: string, txn: string, certificate: string}} params
   * @param {Options} [options]
   * @returns {Promise<{container: string, fingerprint: string}>}
   */
  importSign(params, options) {
    return this.ask("cert.importSign", params, OPERATION_MS, options);
  }

  /**
   * @param {{keySerial: string, txn: string, certificate: string, envelopedKey?: string}} params
   * @param {Options} [options]
   * @returns {Promise<{container: string, fingerprint: string}>}
   */
  importEnc(params, options) {
    return this.ask("cert.importEnc", params, OPERATION_MS, options);
  }

  /**
   * Earlier encryption keys onto a medium that never held them; protocol 3.
   * @param {{keySerial: string, txn: string, keys: {certificate: string, envelopedKey: string}[]}} params
   * @param {Options} [options]
   * @returns {Promise<{fingerprints: string[]}>}
   */
  importHistory(params, options) {
    return this.ask("cert.importHistory", params, OPERATION_MS, options);
  }

  /**
   * Checks the new container, signs with it, and puts it in the old one's place.
   * @param {{keySerial: string, txn: string, challenge: string, action: string, encryption: "required"|"none"}} params
   * @param {Options} [options]
   * @returns {Promise<Proof & {encryptionFingerprint: string|null}>}
   */
  installVerify(params, options) {
    return this.ask("install.verify", params, OPERATION_MS, options);
  }

  /**
   * The .pfx of this txn on this computer, again if wanted; protocol 3.
   * @param {{keySerial: string, txn: string, fileName: string}} params
   * @param {Options} [options]
   * @returns {Promise<{keySerial: string, container: string, fileName: string, fingerprint: string}>}
   */
  saveFile(params, options) {
    return this.ask("file.save", params, OPERATION_MS, options);
  }

  /**
   * @param {{keySerial: string}} params
   * @param {Options} [options]
   * @returns {Promise<{keySerial: string, retriesLeft: number, maxRetries: 6, locked: boolean, minLength: number, maxLength: number, unlockNonce: string}>}
   */
  pinInfo(params, options) {
    return this.ask("pin.info", params, READING_MS, options);
  }

  /**
   * @param {{keySerial: string, txn: string}} params
   * @param {Options} [options]
   * @returns {Promise<{keySerial: string, verified: true}>}
   */
  pinVerify(params, options) {
    return this.ask("pin.verify", params, OPERATION_MS, options);
  }

  /**
   * @param {{keySerial: string, txn: string}} params
   * @param {Options} [options]
   * @returns {Promise<{keySerial: string, changed: true}>}
   */
  pinChange(params, options) {
    return this.ask("pin.change", params, OPERATION_MS, options);
  }

  /**
   * @param {{keySerial: string, txn: string, authorization: string}} params
   * @param {Options} [options]
   * @returns {Promise<{keySerial: string, unlocked: true}>}
   */
  pinUnlock(params, options) {
    return this.ask("pin.unlock", params, OPERATION_MS, options);
  }

  /**
   * A first PIN that nobody sees, sealed to the hall's key; protocol 3, at the hall's own desk.
   * @param {{keySerial: string, txn: string, recipient: string, digits: number}} params
   * @param {Options} [options]
   * @returns {Promise<{keySerial: string, sealedPin: string}>}
   */
  pinIssue(params, options) {
    return this.ask("pin.issue", params, OPERATION_MS, options);
  }

  /**
   * The seal beside the certificate; no PIN; protocol 3.
   * @param {{keySerial: string, fingerprint: string}} params
   * @param {Options} [options]
   * @returns {Promise<{keySerial: string, fingerprint: string, seal: string}>}
   */
  sealRead(params, options) {
    return this.ask("seal.read", params, READING_MS, options);
  }

  /**
   * An electronic seal beside the certificate that it names; protocol 3.
   * @param {{keySerial: string, txn: string, fingerprint: string, seal: string}} params
   * @param {Options} [options]
   * @returns {Promise<{container: string, sealDigest: string}>}
   */
  sealWrite(params, options) {
    return this.ask("seal.write", params, OPERATION_MS, options);
  }

  /**
   * The seal beside the certificate, and its key's word for it; protocol 3.
   * @param {{keySerial: string, fingerprint: string, challenge: string, txn: string}} params
   * @param {Options} [options]
   * @returns {Promise<{keySerial: string, algorithm: string, fingerprint: string, seal: string, signature: string, origin: string}>}
   */
  sealVerify(params, options) {
    return this.ask("seal.verify", params, OPERATION_MS, options);
  }

  // --- inside ------------------------------------------------------------------------------------

  /** Opens the socket and says hello. */
  async open() {
    const socket = new WebSocket(`${this.base.replace("http:", "ws:")}/v1/session`);
    this.socket = socket;
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new BridgeError("BRIDGE_UNREACHABLE", "the session could not be opened"));
      socket.onclose = () => reject(new BridgeError(this.closed ? "CANCELLED" : "BRIDGE_UNREACHABLE"));
    });
    socket.onerror = null;
    socket.onclose = () => this.lost(socket);
    socket.onmessage = (event) => this.receive(event.data);
    const { protocol, minBridgeVersion } = this;
    const params = minBridgeVersion ? { protocol, minBridgeVersion } : { protocol };
    this.info = await this.send("hello", params, HELLO_MS, {});
    this.failures = 0;
    this.tell("connected", this.info);
  }

  /** @param {WebSocket} socket */
  lost(socket) {
    if (socket !== this.socket) return;
    this.fail(new BridgeError(this.closed ? "CANCELLED" : "BRIDGE_UNREACHABLE", "the session broke off"));
    const had = this.info !== null;
    this.info = null;
    if (had && !this.closed) {
      this.tell("disconnected", {});
      this.reconnect();
    }
  }

  reconnect() {
    const delay = RECONNECT_MS[Math.min(this.failures, RECONNECT_MS.length - 1)];
    this.failures += 1;
    setTimeout(async () => {
      if (this.closed) return;
      try {
        await this.open();
      } catch (error) {
        // A bridge that has been exchanged for an older one stays away; all else is tried again.
        if (!(error instanceof BridgeError && error.code === "BRIDGE_TOO_OLD")) this.reconnect();
      }
    }, delay);
  }

  /** @param {BridgeError} error */
  fail(error) {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const each of waiting) each.reject(error);
  }

  /** @param {string} event @param {any} params */
  tell(event, params) {
    for (const handler of this.handlers.get(event) ?? []) handler(params);
  }

  /** @param {string} text */
  receive(text) {
    const message = JSON.parse(text);
    if (message.method) {
      if (message.method === "progress") this.waiting.get(message.params.requestId)?.onProgress?.(message.params);
      this.tell(message.method, message.params);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error) {
      const { code, retriesLeft } = message.error.data ?? { code: "INTERNAL" };
      waiting?.reject(new BridgeError(code, message.error.message, retriesLeft ?? null));
    } else {
      waiting?.resolve(message.result);
    }
  }

  /** @param {string} method @param {object} params @param {number} defaultMs @param {Options} [options] @returns {Promise<any>} */
  async ask(method, params, defaultMs, options = {}) {
    if (!this.connected) throw new BridgeError(this.closed ? "CANCELLED" : "BRIDGE_UNREACHABLE", "no session");
    return this.send(method, params, options.timeoutMs ?? defaultMs, options);
  }

  /**
   * An abort asks the bridge to stop and then waits for what it says: the operation may have been
   * past stopping, and then its result counts.
   *
   * @param {string} method
   * @param {object} params
   * @param {number} timeoutMs
   * @param {Options} options
   * @returns {Promise<any>}
   */
  send(method, params, timeoutMs, { signal, onProgress }) {
    if (signal?.aborted) return Promise.reject(new BridgeError("CANCELLED"));
    const id = ++this.lastId;
    const stop = () => this.post(++this.lastId, "op.cancel", { requestId: id });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        this.waiting.get(id)?.reject(new BridgeError("TIMEOUT", `${method} took too long`));
        this.waiting.delete(id);
      }, timeoutMs);
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
      };
      this.waiting.set(id, {
        onProgress,
        resolve: (result) => (end(), resolve(result)),
        reject: (error) => (end(), reject(error)),
      });
      signal?.addEventListener("abort", stop);
      this.post(id, method, params);
    });
  }

  /** @param {number} id @param {string} method @param {object} params */
  post(id, method, params) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
  }
}
