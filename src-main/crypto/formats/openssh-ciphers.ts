import { createCipheriv, createDecipheriv } from "node:crypto";
import { poly1305 } from "@noble/ciphers/_poly1305.js";
import { chacha20orig } from "@noble/ciphers/chacha.js";
import { equalBytes } from "../hash.ts";

/** A cipher of an OpenSSH key file. The KDF yields `keyBytes + ivBytes`; `tagBytes` follow the encrypted field. */
export interface OpensshCipher {
  readonly keyBytes: number;
  readonly ivBytes: number;
  readonly blockBytes: number;
  readonly tagBytes: number;
  /** The plaintext, or `undefined` when the tag does not fit. */
  decrypt(key: Buffer, iv: Buffer, text: Buffer, tag: Buffer): Buffer | undefined;
}

function plain(name: string, keyBytes: number, blockBytes: number): OpensshCipher {
  return {
    keyBytes,
    ivBytes: blockBytes,
    blockBytes,
    tagBytes: 0,
    decrypt(key, iv, text) {
      const decipher = createDecipheriv(name, key, iv).setAutoPadding(false);
      return Buffer.concat([decipher.update(text), decipher.final()]);
    },
  };
}

function gcm(name: "aes-128-gcm" | "aes-256-gcm", keyBytes: number): OpensshCipher {
  return {
    keyBytes,
    ivBytes: 12,
    blockBytes: 16,
    tagBytes: 16,
    decrypt(key, iv, text, tag) {
      const decipher = createDecipheriv(name, key, iv, { authTagLength: 16 }).setAuthTag(tag);
      const plaintext = decipher.update(text);
      try {
        decipher.final();
        return plaintext;
      } catch {
        plaintext.fill(0); // nobody vouches for these bytes
        return undefined;
      }
    },
  };
}

/**
 * PROTOCOL.chacha20poly1305 with sequence number 0 and no separate length: the first half of the key encrypts, block 0 of
 * its stream is the Poly1305 key. From noble, because BoringSSL has no ChaCha20 under node:crypto.
 */
const chacha: OpensshCipher = {
  keyBytes: 64,
  ivBytes: 0,
  blockBytes: 8,
  tagBytes: 16,
  decrypt(key, _iv, text, tag) {
    const main = key.subarray(0, 32);
    const nonce = new Uint8Array(8);
    const polyKey = chacha20orig(main, nonce, new Uint8Array(32));
    const fits = equalBytes(poly1305(text, polyKey), tag);
    polyKey.fill(0);
    return fits ? Buffer.from(chacha20orig(main, nonce, text, undefined, 1)) : undefined;
  },
};

export const OPENSSH_CIPHERS: Readonly<Record<string, OpensshCipher>> = {
  "aes128-cbc": plain("aes-128-cbc", 16, 16),
  "aes192-cbc": plain("aes-192-cbc", 24, 16),
  "aes256-cbc": plain("aes-256-cbc", 32, 16),
  "aes128-ctr": plain("aes-128-ctr", 16, 16),
  "aes192-ctr": plain("aes-192-ctr", 24, 16),
  "aes256-ctr": plain("aes-256-ctr", 32, 16),
  "3des-cbc": plain("des-ede3-cbc", 24, 8),
  "aes128-gcm@openssh.com": gcm("aes-128-gcm", 16),
  "aes256-gcm@openssh.com": gcm("aes-256-gcm", 32),
  "chacha20-poly1305@openssh.com": chacha,
};

/** The one cipher Keystead writes. */
export function encryptAes256Ctr(key: Buffer, iv: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-ctr", key, iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}
