import type { Keypair, KeySpec, PrivateKeyFormat } from "#shared/models/keypair.ts";
import type { Tone } from "../../components/StateTag.tsx";

/** In the order they are offered. A record, so that a spec the contract gains must be placed here before it compiles. */
const SPECS: Readonly<Record<KeySpec, true>> = {
  ed25519: true,
  "rsa-2048": true,
  "rsa-3072": true,
  "rsa-4096": true,
  "ecdsa-p256": true,
  "ecdsa-p384": true,
  "ecdsa-p521": true,
};
export const KEY_SPECS = Object.keys(SPECS) as readonly KeySpec[];

/** Tokens are asked for no nistp521 here: few make it, and SSH has no need of it. */
export type TokenKeySpec = Exclude<KeySpec, "ecdsa-p521">;
export function isTokenKeySpec(spec: KeySpec): spec is TokenKeySpec {
  return spec !== "ecdsa-p521";
}

const FORMATS: Readonly<Record<PrivateKeyFormat, true>> = { openssh: true, pkcs8: true, ppk: true };
export const FORMATS_OFFERED = Object.keys(FORMATS) as readonly PrivateKeyFormat[];

export const HALF_TONE: Readonly<Record<Keypair["privateHalf"], Tone>> = {
  kept: "good",
  "never-kept": "quiet",
  cleared: "quiet",
  "on-token": "good",
};

/** A name that is free to change, like `KeyPair-552d`. */
export function suggestedName(): string {
  const digits = crypto.getRandomValues(new Uint8Array(2));
  return `KeyPair-${[...digits].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
