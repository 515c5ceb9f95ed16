import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { orUnreadable } from "../key-errors.ts";
import type { KeyMaterial } from "../key-material.ts";
import { isPlainComment } from "../plain-comment.ts";
import { decodePkcs8, wipeParts } from "../private-key.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { writeOpenssh } from "./openssh.ts";
import { encryptPbes2 } from "./pbes2.ts";
import { armour } from "./pem.ts";
import { writePpk } from "./ppk.ts";

export interface WritePrivateKeyOptions {
  readonly format: "pkcs8" | "openssh" | "ppk";
  /** Encrypts the file; without it the key stands there in the clear. */
  readonly passphrase?: SecretBytes | undefined;
  /** OpenSSH and PPK carry it, PKCS#8 cannot. */
  readonly comment: string;
}

/** The text of a private key file, ready to be written 0600. */
export async function writePrivateKey(
  material: Pick<KeyMaterial, "pkcs8">,
  { format, passphrase, comment }: WritePrivateKeyOptions,
): Promise<SecretBytes> {
  // An empty passphrase is a mistake, never the wish for an unprotected file.
  if (passphrase?.length === 0) {
    throw new KeysteadError("keypairs/passphrase-required", "The passphrase is empty. Give one, or export without.");
  }
  if (!isPlainComment(comment)) {
    throw new KeysteadError(
      "request/invalid-params",
      "A key's comment must not hold control characters or double quotes.",
    );
  }
  if (format === "pkcs8") return writePkcs8(material.pkcs8, passphrase);
  const parts = orUnreadable("The private key", () => decodePkcs8(material.pkcs8.reveal()));
  try {
    return await (format === "openssh" ? writeOpenssh : writePpk)(parts, comment, passphrase);
  } finally {
    wipeParts(parts);
  }
}

async function writePkcs8(pkcs8: SecretBytes, passphrase: SecretBytes | undefined): Promise<SecretBytes> {
  if (passphrase === undefined) return SecretBytes.take(armour("PRIVATE KEY", Buffer.from(pkcs8.reveal()), 64));
  const file = await encryptPbes2(pkcs8.reveal(), passphrase);
  return SecretBytes.take(armour("ENCRYPTED PRIVATE KEY", file, 64));
}
