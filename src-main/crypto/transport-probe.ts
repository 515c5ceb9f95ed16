import { createCipheriv, getDiffieHellman, getHashes } from "node:crypto";

/**
 * What this runtime's crypto library can really do for an SSH transport. Electron's BoringSSL lacks ciphers and groups that
 * Node has, and ssh2 fails in the middle of a handshake on some of them (B57): so each is tried once, never assumed.
 */
export function isCipherUsable(name: string, keyBytes: number, ivBytes: number): boolean {
  return works(() => createCipheriv(name, Buffer.alloc(keyBytes), ivBytes === 0 ? null : Buffer.alloc(ivBytes)));
}

/**
 * `name` as RFC 3526 groups are called: `modp14` … BoringSSL is not asked: it tests every prime anew and blocks the thread,
 * measured 0.4 s for 2048 bits (modp14), 3.4 s for 4096 and 30 s for 8192, and it does not know modp2.
 */
export function isDhGroupUsable(name: string): boolean {
  return isBoringSsl() ? name === "modp14" : works(() => getDiffieHellman(name));
}

/** Group exchange: the server chooses a prime of up to 8192 bits, and BoringSSL would test that too. */
export function isDhGroupExchangeUsable(): boolean {
  return !isBoringSsl();
}

export function isHashUsable(name: string): boolean {
  return getHashes().includes(name);
}

/** BoringSSL reads DSA keys but neither signs nor verifies with them. */
export function isDsaUsable(): boolean {
  return !isBoringSsl();
}

function isBoringSsl(): boolean {
  // Node has the flag; its published types do not yet.
  return "openssl_is_boringssl" in process.features && process.features.openssl_is_boringssl === true;
}

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false; // any refusal means the same: do not offer it
  }
}
