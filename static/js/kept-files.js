// @ts-check
/**
 * What a file certificate leaves in this browser, on this computer: the key, encrypted under the 保护口令, until the
 * certificate is there; then the .pfx, for 24 hours (RULES B5, B7). Nothing in clear, nothing for long.
 */
const NAME = "certhall-files";
const STORE = "files";
const KEY_DAYS = 31; // an envelope is good for 30
const FILE_HOURS = 24;

/**
 * @typedef {{item: string, at: number, key?: ArrayBuffer, csr?: string, pfx?: ArrayBuffer, fileName?: string}} Kept
 */

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "item" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
async function using(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request.error);
    });
  } finally {
    database.close();
  }
}

/** @param {string} item @returns {Promise<Kept | undefined>} */
export const find = (item) => using("readonly", (store) => store.get(item));

/** @param {Omit<Kept, "at">} kept */
export const keep = (kept) => using("readwrite", (store) => store.put({ ...kept, at: Date.now() }));

/** Forgets what is past its time. */
export async function tidy() {
  /** @type {Kept[]} */
  const all = await using("readonly", (store) => store.getAll());
  for (const { item, at, pfx } of all) {
    const hours = pfx ? FILE_HOURS : KEY_DAYS * 24;
    if (at + hours * 3_600_000 < Date.now()) await using("readwrite", (store) => store.delete(item));
  }
}

/** Hands a file to the browser's own download. @param {ArrayBuffer} content @param {string} name */
export function download(content, name) {
  const address = URL.createObjectURL(new Blob([content], { type: "application/x-pkcs12" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
