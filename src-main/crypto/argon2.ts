import { type Algorithm, hashRaw } from "@node-rs/argon2";

/** Cost and salt of one Argon2 call. */
export interface Argon2Params {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Buffer;
}

// The package declares ambient const enums, which type stripping cannot inline; RFC 9106 section 3.1 has the same numbers.
const FLAVOURS = { d: 0 as Algorithm, i: 1 as Algorithm, id: 2 as Algorithm } as const;

export type Argon2Flavour = keyof typeof FLAVOURS;

/** Argon2 version 1.3 (RFC 9106), `length` bytes, off the main thread. node:crypto's own is missing under BoringSSL (D8). */
export function argon2(
  flavour: Argon2Flavour,
  password: Uint8Array,
  params: Argon2Params,
  length: number,
): Promise<Buffer> {
  return hashRaw(password, {
    algorithm: FLAVOURS[flavour],
    memoryCost: params.memoryKiB,
    timeCost: params.passes,
    parallelism: params.lanes,
    outputLen: length,
    salt: params.salt,
  });
}
