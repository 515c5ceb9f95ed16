import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import bcrypt from "bcrypt-pbkdf";

const OUT = 32;

/**
 * OpenBSD's bcrypt_pbkdf, which derives the key of an encrypted OpenSSH file.
 *
 * The package computes it in one go and blocks for a quarter of a second at 24 rounds. Its single bcrypt hash is exported
 * too (about 5 ms), so the outer loop is here and lets the event loop run after each. A worker thread would be no faster,
 * would be one more file to bundle, and would need the passphrase copied into a second heap.
 */
export async function bcryptKdf(
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  length: number,
): Promise<Buffer> {
  const sha2pass = sha512(passphrase);
  const key = Buffer.alloc(length);
  const stride = Math.ceil(length / OUT);
  const share = Math.ceil(length / stride);
  try {
    for (let block = 1; block <= stride; block++) {
      const out = await oneBlock(sha2pass, salt, rounds, block);
      // The output bytes are dealt out like cards, so that a part of the key alone does not save an attacker work.
      for (let i = 0; i < share && i * stride + block - 1 < length; i++) key[i * stride + block - 1] = out[i] ?? 0;
      out.fill(0);
    }
    return key;
  } finally {
    sha2pass.fill(0);
  }
}

async function oneBlock(sha2pass: Buffer, salt: Uint8Array, rounds: number, block: number): Promise<Buffer> {
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(block);
  const out = Buffer.alloc(OUT);
  const latest = Buffer.alloc(OUT);
  let sha2salt = sha512(salt, counter);
  for (let round = 0; round < rounds; round++) {
    bcrypt.hash(sha2pass, sha2salt, latest);
    for (let i = 0; i < OUT; i++) out[i] = (out[i] ?? 0) ^ (latest[i] ?? 0);
    sha2salt = sha512(latest);
    await setImmediate();
  }
  latest.fill(0);
  return out;
}

function sha512(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
