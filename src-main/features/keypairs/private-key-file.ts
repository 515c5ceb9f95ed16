import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeNewPrivateFile } from "#main/adapters/files/atomic-write.ts";
import { writePrivateKey } from "#main/crypto/formats/write-private-key.ts";
import type { KeyMaterial } from "#main/crypto/key-material.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Call, Resource } from "#main/dispatch/handlers.ts";
import { note } from "#main/dispatch/note.ts";
import { fileNameOf } from "#main/file-name.ts";
import type { Params } from "#shared/contract/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { PrivateKeyFormat } from "#shared/models/keypair.ts";

type FileWish = Params<"keypairs", "exportPrivateKey">["file"];

const ENDING: Readonly<Record<PrivateKeyFormat, string>> = { openssh: "", pkcs8: ".pem", ppk: ".ppk" };

/**
 * On record before a private key leaves the vault: a crash between the file and its trace must not leave one that nothing tells
 * of (D22).
 */
export function noteKeyFiles(call: Call, operation: string, resource: Resource, wish: FileWish): Promise<void> {
  const text = JSON.stringify({ folder: wish.folder ?? null, format: wish.format });
  return note(call, { name: "writePrivateKeyFile", operation, resource, status: "normal", text });
}

/**
 * Writes one private key file, mode 0600, never over an existing one, and says where.
 * Errors: files/exists, files/not-writable. `exports` is the folder when the wish names none.
 */
export async function writeKeyFile(
  key: { readonly name: string; readonly comment: string; readonly material: KeyMaterial },
  wish: FileWish,
  exports: string,
): Promise<string> {
  const folder = wish.folder ?? exports;
  try {
    // Only our own export folder is made; a mistyped one is an error, not a new folder somewhere.
    if (wish.folder === undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new KeysteadError("files/not-writable", `The folder ${folder} cannot be made.`, { folder }, { cause });
  }
  using passphrase = wish.passphrase === undefined ? undefined : SecretBytes.fromText(wish.passphrase);
  using text = await writePrivateKey(key.material, { format: wish.format, passphrase, comment: key.comment });
  const path = join(folder, fileNameOf(key.name, ENDING[wish.format]));
  writeNewPrivateFile(path, text.reveal());
  return path;
}

/** Takes files back that were written for an operation which then could not be traced. */
export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { force: true });
}
