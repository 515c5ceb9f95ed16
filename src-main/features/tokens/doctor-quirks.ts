import type { DoctorReport } from "#shared/models/token.ts";
import type { KnownAbilities } from "./token-abilities.ts";
import { hasOwnSerial } from "./token-identity.ts";
import type { TokenInUse } from "./token-in-use.ts";

/** Where this library or token does otherwise than the standard or its own list says: what an expert would want to know. */
export function quirksOf(token: TokenInUse, abilities: KnownAbilities, probes: DoctorReport["probes"]): string[] {
  const { info } = token;
  const has = (flag: string) => info.flags.includes(flag);
  const outcome = (name: string) => probes.find((probe) => probe.name === name)?.outcome;
  const quirks: (string | false)[] = [
    !hasOwnSerial(info) && "The token has no serial of its own: two of its kind cannot be told apart.",
    has("PROTECTED_AUTHENTICATION_PATH") &&
      "It says that PINs are typed on the reader, which Keystead cannot ask for yet (C24).",
    !has("LOGIN_REQUIRED") && "It asks for no log-in: whoever has it can use it.",
    has("USER_PIN_INITIALIZED") &&
      !has("TOKEN_INITIALIZED") &&
      "It has a user PIN and says that it is not initialised.",
    info.maxPinLength > 255 && "It gives no sensible longest PIN.",
    outcome("RSA-OAEP with SHA-1") === "works" &&
      outcome("RSA-OAEP with SHA-256") === "fails" &&
      "RSA-OAEP works with SHA-1 only (C42).",
    abilities.wrapped.get("CKM_AES_KEY_WRAP_PAD") === "rfc5649" &&
      "What it calls CKM_AES_KEY_WRAP_PAD (0x210A) is RFC 5649, which the standard numbers 0x210B (C43).",
    abilities.wrapped.get("CKM_AES_KEY_WRAP_PAD") === "rfc3394-pkcs7" &&
      "CKM_AES_KEY_WRAP_PAD (0x210A) pads as PKCS #7 does: only a library of the same kind can unwrap it (C43).",
    outcome("ECDSA, hashed on the token") === "not-listed" &&
      outcome("ECDSA, hashed here") === "works" &&
      "It does not hash for ECDSA; Keystead hashes before it asks for a signature.",
  ];
  const lies = probes
    .filter((probe) => probe.outcome === "fails" && !probe.name.startsWith("Speed"))
    .map((probe) => `Listed and not working: ${probe.name}.`);
  return [...quirks.filter((quirk) => quirk !== false), ...lies];
}
