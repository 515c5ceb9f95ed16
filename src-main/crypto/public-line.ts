import { decodeBase64 } from "./formats/base64.ts";
import { FormatFault } from "./formats/format-fault.ts";
import { unreadable } from "./key-errors.ts";
import { toPlainComment } from "./plain-comment.ts";
import { bitsOfParts, decodePublicBlob, keyTypeOf, type SshKeyType } from "./public-key.ts";
import { WireReader } from "./ssh-wire.ts";

/** A public key line understood. An unsupported one is still identified, so that a list can show it with the reason. */
export type PublicLine =
  | {
      readonly kind: "supported";
      readonly keyType: SshKeyType;
      readonly blob: Buffer;
      readonly bits: number;
      readonly comment: string;
    }
  | {
      readonly kind: "unsupported";
      readonly keyType: string;
      readonly blob: Buffer;
      readonly comment: string;
      /** A sentence. */
      readonly reason: string;
    };

const LONGEST = 64 * 1024;
const NAME = /^[a-z0-9][a-z0-9@.-]{0,63}$/;

/**
 * Reads one line `<type> <base64> [comment]` as in a `.pub` file; one line end may follow. The comment is kept without
 * control characters and double quotes (B21). Rejects with `keypairs/unreadable`.
 */
export function parsePublicLine(text: string): PublicLine {
  try {
    return parse(text);
  } catch (cause) {
    throw cause instanceof FormatFault ? unreadable("The public key", cause) : cause;
  }
}

function parse(text: string): PublicLine {
  if (text.length > LONGEST) throw new FormatFault("it is longer than 64 KiB");
  if (text.includes("PRIVATE KEY-----") || text.startsWith("PuTTY-User-Key-File-")) {
    throw new FormatFault("this is a private key; import it as one");
  }
  const line = text.replace(/^\ufeff/, "").trim();
  if (/[\r\n\0]/.test(line)) throw new FormatFault("it is more than one line");
  const match = /^(\S+)[ \t]+(\S+)(?:[ \t]+(.*))?$/s.exec(line);
  const [, name = "", base64 = "", rest = ""] = match ?? [];
  if (match === null || !NAME.test(name)) throw new FormatFault("it is not of the form 'type base64 comment'");
  // authorized_keys may put options in front; they bind a server, not the key, and are never dropped unseen (B5).
  if (!base64.startsWith("AAAA") && / AAAA/.test(line)) {
    throw new FormatFault("it begins with options for a server, give the key alone");
  }
  const blob = decodeBase64(Buffer.from(base64, "utf8"));
  const inner = new WireReader(blob).name();
  if (inner !== name) throw new FormatFault("the type in front is not the type inside");
  const comment = toPlainComment(rest);
  const reason = unsupportedReason(name);
  if (reason !== undefined) return { kind: "unsupported", keyType: name, blob, comment, reason };
  const parts = decodePublicBlob(blob);
  const bits = bitsOfParts(parts);
  if (parts.type === "rsa" && (bits < 2048 || bits > 8192)) {
    const reason = `RSA keys of ${bits} bits are ${bits < 2048 ? "too short to be safe" : "longer than is supported"}.`;
    return { kind: "unsupported", keyType: name, blob, comment, reason };
  }
  return { kind: "supported", keyType: keyTypeOf(parts), blob, bits, comment };
}

function unsupportedReason(name: string): string | undefined {
  if (/-cert-v0[01]@openssh\.com$/.test(name))
    return "This is a certificate, not a key. Import the key it was made for.";
  if (name.startsWith("sk-")) return "The private half is inside a FIDO security key, which Keystead cannot use yet.";
  if (name === "ssh-dss") return "DSA keys are weak and OpenSSH has dropped them. Make a new key pair.";
  if (/^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/.test(name)) return undefined;
  return `Keys of type ${name} are not supported.`;
}
