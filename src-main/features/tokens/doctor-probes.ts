import { digest } from "#main/crypto/digest.ts";
import type { Probe } from "./doctor-probe.ts";
import { aesGcm, decryptsOaep, ecdh, wraps } from "./doctor-secrets.ts";
import { hmac, signs, signsBare } from "./doctor-signatures.ts";
import type { Mechanism } from "./token-port.ts";

const same = (message: Buffer): Buffer => message;

const pss: Mechanism = { name: "CKM_SHA256_RSA_PKCS_PSS", parameter: { kind: "pss", hash: "sha256", saltLength: 32 } };

/** In the order they are tried and shown. */
export const DOCTOR_PROBES: readonly Probe[] = [
  signs("RSA-2048 signature", "rsa-2048", ["CKM_RSA_PKCS_KEY_PAIR_GEN", "CKM_RSA_PKCS"]),
  signsBare(
    "RSA, hashed on the token",
    "rsa-2048",
    { name: "CKM_SHA256_RSA_PKCS" },
    { kind: "rsa-pkcs1", hash: "sha256" },
    same,
  ),
  signsBare("RSA-PSS", "rsa-2048", pss, { kind: "rsa-pss", hash: "sha256", saltLength: 32 }, same),
  decryptsOaep("sha1"),
  decryptsOaep("sha256"),
  signs("ECDSA P-256 signature", "ecdsa-p256", ["CKM_EC_KEY_PAIR_GEN", "CKM_ECDSA"]),
  signs("ECDSA P-384 signature", "ecdsa-p384", ["CKM_EC_KEY_PAIR_GEN", "CKM_ECDSA"]),
  signsBare(
    "ECDSA, hashed on the token",
    "ecdsa-p256",
    { name: "CKM_ECDSA_SHA256" },
    { kind: "ecdsa", hash: "sha256", form: "rs" },
    same,
  ),
  signsBare(
    "ECDSA, hashed here",
    "ecdsa-p256",
    { name: "CKM_ECDSA" },
    { kind: "ecdsa", hash: "sha256", form: "rs" },
    (message) => digest("sha256", message),
  ),
  signs("Ed25519 signature", "ed25519", ["CKM_EC_EDWARDS_KEY_PAIR_GEN", "CKM_EDDSA"]),
  ecdh,
  aesGcm,
  hmac,
  ...["CKM_AES_KEY_WRAP", "CKM_AES_KEY_WRAP_PAD", "CKM_AES_KEY_WRAP_KWP"].map(wraps),
];
