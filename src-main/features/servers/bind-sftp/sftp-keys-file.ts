import { sha256 } from "#main/crypto/hash.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { judgeKeysPlace } from "../authorized-keys-place.ts";
import type { LsFacts } from "../remote/ls-facts.ts";
import { temporaryName } from "../remote/temporary-name.ts";
import type { SftpFacts, SftpFiles } from "../ssh-port.ts";

/** The account's keys file as SFTP shows it. */
export interface SftpKeysFile {
  readonly path: string;
  readonly folderPath: string;
  readonly file: SftpFacts | undefined;
  readonly folder: SftpFacts | undefined;
  /** Empty when there is no file. */
  readonly content: Buffer;
  /** Hex SHA-256 of `content`, or `absent`: the condition of a later write (B17). */
  readonly digest: string;
}

/**
 * OpenSSH's default place below the folder SFTP starts in: sshd cannot be asked without a shell, so the login decides whether
 * it is the right one (B14). Refuses links and what sshd would ignore, before anything is touched (B10 to B12).
 */
export async function readKeysFile(sftp: SftpFiles): Promise<SftpKeysFile> {
  const home = (await sftp.realPath(".")).replace(/\/+$/, "");
  const folderPath = `${home}/.ssh`;
  const path = `${folderPath}/authorized_keys`;
  const [above, folder, file] = await Promise.all([sftp.facts(home || "/"), sftp.facts(folderPath), sftp.facts(path)]);
  refuseUnusable({ home: home || "/", path, folderPath, above, folder, file });
  const content = file === undefined ? undefined : await sftp.read(path, LIMITS.requestBytes);
  return {
    path,
    folderPath,
    file,
    folder,
    content: content ?? Buffer.alloc(0),
    digest: digestOf(content),
  };
}

interface Place extends Pick<SftpKeysFile, "path" | "folderPath" | "file" | "folder"> {
  readonly home: string;
  readonly above: SftpFacts | undefined;
}

function refuseUnusable({ home, path, folderPath, above, folder, file }: Place): void {
  // SFTP tells neither links, attributes nor ACLs.
  const ls = (facts: SftpFacts): LsFacts => ({ ...facts, acl: false, links: 1 });
  const chain = [
    ...(folder === undefined ? [] : [{ path: folderPath, facts: ls(folder) }]),
    ...(above === undefined ? [] : [{ path: home, facts: ls(above) }]),
  ];
  const read = {
    path,
    realPath: path,
    realFolder: folderPath,
    content: Buffer.alloc(0),
    digest: "",
    file: file && ls(file),
    folder: folder && ls(folder),
    fileLink: file?.type === "link" ? path : undefined,
    folderLink: folder?.type === "link" ? folderPath : undefined,
    above: chain,
    attributes: "",
    runsAsUid: 0,
    others: [],
  };
  // The account's own number is not told either: who owns the innermost thing must be the one.
  const uid = (file ?? folder ?? above)?.uid ?? 0;
  const [first, ...others] = judgeKeysPlace(read, { uid, realHome: home, strictModes: true }).filter(
    ({ blocks }) => blocks,
  );
  if (first === undefined) return;
  const says = [first, ...others].map((obstacle) => obstacle.says).join(" ");
  throw new KeysteadError(first.code, `${says} Nothing was changed.`, { path });
}

export function temporaryBeside({ folderPath }: SftpKeysFile): string {
  return `${folderPath}/${temporaryName()}`;
}

/**
 * Replaces the file if it is still what was read (B17): exclusive temporary file beside it, synced, with the old mode, renamed
 * over it, read back (B7 to B9). SFTP cannot sync a folder. Answers the digest now on the server. After a failure the
 * temporary file is gone, unless the connection is too: then `clearAway` does it over the next one.
 */
export async function writeKeysFile(
  sftp: SftpFiles,
  read: SftpKeysFile,
  content: Uint8Array,
  temporary: string = temporaryBeside(read),
): Promise<string> {
  const wanted = digestOf(content);
  const made = read.folder === undefined;
  try {
    // 0700 only for what we make (B12).
    if (made) await sftp.makeFolder(read.folderPath, 0o700);
    await sftp.writeNew(temporary, content, read.file?.mode ?? 0o600);
    await refuseStranger(sftp, read, temporary);
    await assertUnchanged(sftp, read);
    await sftp.replace(temporary, read.path);
  } catch (error) {
    await tidy(sftp, temporary, made ? read.folderPath : undefined);
    throw error;
  }
  const now = digestOf(await sftp.read(read.path, LIMITS.requestBytes));
  if (now === wanted) return now;
  throw new KeysteadError(
    "servers/changed-meanwhile",
    "The keys file on the server is not what was written: another program changed it at once. Look there.",
    { path: read.path },
  );
}

/** The file that we write is ours; over one of another account or group it would change hands (B8). */
async function refuseStranger(sftp: SftpFiles, { file, path }: SftpKeysFile, temporary: string): Promise<void> {
  if (file === undefined) return;
  const ours = await sftp.facts(temporary);
  if (ours?.uid === file.uid && ours.gid === file.gid) return;
  const says = `${path} belongs to another account or group, which SFTP cannot keep. Correct its owner (chown); nothing was changed.`;
  throw new KeysteadError("servers/authorized-keys-unsafe", says, { path });
}

async function tidy(sftp: SftpFiles, temporary: string, madeFolder: string | undefined): Promise<void> {
  try {
    await clearAway(sftp, temporary);
    if (madeFolder !== undefined && (await sftp.facts(madeFolder))) await removeIfEmpty(sftp, madeFolder);
  } catch (error) {
    // Why the write failed is what counts; a connection that is gone cannot clear away either.
    if (!isKeysteadError(error)) throw error;
  }
}

/** A temporary file that an attempt which was cut off has left. */
export async function clearAway(sftp: SftpFiles, temporary: string | undefined): Promise<void> {
  if (temporary !== undefined && (await sftp.facts(temporary))) await sftp.remove(temporary);
}

/** Takes the file away under the same condition, and the folder when we made it and it is empty. */
export async function removeKeysFile(sftp: SftpFiles, read: SftpKeysFile, removeFolder: boolean): Promise<void> {
  await assertUnchanged(sftp, read);
  if (read.file !== undefined) await sftp.remove(read.path);
  if (removeFolder) await removeIfEmpty(sftp, read.folderPath);
}

async function removeIfEmpty(sftp: SftpFiles, folder: string): Promise<void> {
  try {
    await sftp.removeFolder(folder);
  } catch (error) {
    // SFTP's plain "failure": somebody has put something into it meanwhile, and it is his now.
    if (!isKeysteadError(error) || error.code !== "servers/unexpected-answer") throw error;
  }
}

async function assertUnchanged(sftp: SftpFiles, { path, digest }: SftpKeysFile): Promise<void> {
  if (digestOf(await sftp.read(path, LIMITS.requestBytes)) === digest) return;
  const says = "The file changed on the server between reading and writing; nothing was written. Try again.";
  throw new KeysteadError("servers/changed-meanwhile", says, { path });
}

function digestOf(content: Uint8Array | undefined): string {
  return content === undefined ? "absent" : sha256(content).toString("hex");
}
