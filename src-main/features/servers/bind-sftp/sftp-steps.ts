import { sha256 } from "#main/crypto/hash.ts";
import type { StepProof } from "#main/features/jobs/index.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { findKey, parseAuthorizedKeys } from "../authorized-keys.ts";
import { planAdd, planRemove } from "../authorized-keys-edit.ts";
import { recordBinding } from "../bind/record-binding.ts";
import { restrictedKey } from "../restricted-key.ts";
import type { SshSession } from "../ssh-port.ts";
import type { SftpBench } from "./sftp-bench.ts";
import {
  clearAway,
  readKeysFile,
  removeKeysFile,
  type SftpKeysFile,
  temporaryBeside,
  writeKeysFile,
} from "./sftp-keys-file.ts";

export async function lookBySftp(bench: SftpBench): Promise<StepProof> {
  const found = await bench.withSftp(readKeysFile);
  const keys = parseAuthorizedKeys(found.content).lines.filter((line) => line.kind === "key").length;
  const there =
    found.file === undefined ? "There is no such file yet." : `It holds ${keys} ${keys === 1 ? "key" : "keys"}.`;
  return {
    proof: `SFTP works for ${bench.user}. sshd cannot be asked without a shell: its default ${found.path} is taken, and the login with the key decides. ${there}`,
  };
}

/** The same rules of editing as with a shell (B1 to B5, B18): one line at the end, everything else byte for byte. */
export async function addKeyBySftp(bench: SftpBench): Promise<StepProof> {
  return bench.withSftp(async (sftp) => {
    await clearAway(sftp, bench.memory.keysEdit?.temporary);
    const found = await readKeysFile(sftp);
    const plan = planAdd(parseAuthorizedKeys(found.content), bench.keyLine);
    if (plan.kind === "restricted-twin") throw restrictedKey(found.path, plan);
    if (plan.kind === "unchanged")
      return {
        proof: `The key was in ${found.path} already; the file was not touched.`,
        skipped: bench.memory.keysEdit === undefined,
      };
    const temporary = temporaryBeside(found);
    await bench.context.remember({ keysEdit: { ...editOf(bench, found, plan.bytes), temporary } });
    const digest = await writeKeysFile(sftp, found, plan.bytes, temporary);
    return {
      proof: `One line was added to ${found.path}; read back, the file has the SHA-256 ${digest.slice(0, 16)}… that was meant. Every other line is unchanged.`,
    };
  });
}

function editOf(bench: SftpBench, found: SftpKeysFile, bytes: Uint8Array) {
  return {
    path: found.path,
    ...(found.file === undefined ? {} : { before: found.content.toString("base64") }),
    type: bench.keyLine.type,
    blob: Buffer.from(bench.keyLine.blob).toString("base64"),
    digestAfter: sha256(bytes).toString("hex"),
    // An attempt that was cut off may have made it already.
    madeFolder: found.folder === undefined || bench.memory.keysEdit?.madeFolder === true,
  };
}

/** Takes our line out again: the whole pre-image when nobody else has written since, else only the line. */
export async function removeKeyBySftp(bench: SftpBench): Promise<StepProof> {
  const edit = bench.memory.keysEdit;
  if (edit === undefined) return { proof: "Nothing had been added.", skipped: true };
  return bench.withSftp(async (sftp) => {
    await clearAway(sftp, edit.temporary);
    const found = await readKeysFile(sftp);
    if (found.digest === edit.digestAfter) {
      if (edit.before === undefined) await removeKeysFile(sftp, found, edit.madeFolder);
      else await writeKeysFile(sftp, found, Buffer.from(edit.before, "base64"));
      return { proof: `${edit.path} is as it was before, byte for byte.` };
    }
    const ours = { type: edit.type, blob: Buffer.from(edit.blob, "base64") };
    const plan = planRemove(parseAuthorizedKeys(found.content), ours);
    if (plan.kind === "unchanged") {
      // Cut off between the folder and the file.
      if (edit.madeFolder && found.folder !== undefined && found.file === undefined)
        await removeKeysFile(sftp, found, true);
      return { proof: `The key is not in ${edit.path}.` };
    }
    await writeKeysFile(sftp, found, plan.bytes);
    return { proof: `Another program has written ${edit.path} meanwhile: only the key's own line was taken out.` };
  });
}

/** A new connection, the key alone, and SFTP that really answers: it reads the file with the key's own line in it (B6). */
export async function proveSftpLogin(bench: SftpBench): Promise<StepProof> {
  const session = await keyLogin(bench);
  const found = await bench.withSftp(readKeysFile, session);
  if (findKey(parseAuthorizedKeys(found.content), bench.keyLine).length === 0) {
    throw new KeysteadError(
      "servers/changed-meanwhile",
      `The key logs in, but it is not in ${found.path} any more: another program writes that file. What was added is taken out again.`,
      { path: found.path },
    );
  }
  await bench.context.remember({ keyProved: true });
  const offered = bench.offered ?? [];
  const open = offered.includes("none") ? " It lets anybody in without a key or a password: look at it." : "";
  return {
    proof: `A new connection logged in with the key alone (${session.method}) and read ${found.path} by SFTP. The server offers ${offered.join(", ")} to ${bench.user}.${open}`,
  };
}

async function keyLogin(bench: SftpBench): Promise<SshSession> {
  try {
    const asked = await bench.freshKeyLogin(true);
    bench.offered = asked.offeredMethods;
    // A server that lets in on `none` has not looked at the key.
    return asked.method === "publickey" ? asked : await bench.freshKeyLogin();
  } catch (error) {
    if (!isKeysteadError(error) || error.code !== "servers/login-refused") throw error;
    throw new KeysteadError(
      "servers/key-not-accepted",
      "The server refused a login with the key although it is in the default keys file: sshd may read another one (AuthorizedKeysFile), or none for this account. Ask its administrator. What was added is taken out again.",
      {},
      { cause: error },
    );
  }
}

export async function recordSftpBinding(bench: SftpBench): Promise<StepProof> {
  const session = await bench.keyLogin();
  const { path } = await bench.withSftp(readKeysFile, session);
  const takesPasswords = bench.offered?.some((method) => /^(none|password|keyboard-interactive)$/.test(method));
  // "Off" is sshd's to say, for every class of user, and it could not be asked.
  return recordBinding(bench, { authorizedKeysPath: path, passwordLogin: takesPasswords ? "on" : "unknown" });
}
