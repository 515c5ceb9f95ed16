import { createHmac } from "node:crypto";

/** Bytes of the salt, as OpenSSH demands them: the length of a SHA-1. */
const SALT_BYTES = 20;

/**
 * A host name as OpenSSH hides it in known_hosts (hostfile.c, `host_hash`): `|1|base64(salt)|base64(HMAC-SHA1(salt, name))`.
 * SHA-1 is the format's, not our choice; it hides the name, no trust rests on it.
 *
 * Tells whether `hashed` is `name`, which must be in lower case. False for whatever is not of this form; never throws.
 */
export function isHashOfName(hashed: string, name: string): boolean {
  const [, salt64 = ""] = /^\|1\|([A-Za-z0-9+/]+=*)\|[A-Za-z0-9+/]+=*$/.exec(hashed) ?? [];
  const salt = Buffer.from(salt64, "base64");
  if (salt.length !== SALT_BYTES) return false;
  return hashed === `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name, "utf8").digest("base64")}`;
}
