import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

const OTHERS_MAY_WRITE = 0o002;
const GROUP_MAY_WRITE = 0o020;
const STICKY = 0o1000;

/**
 * While the vault is locked nothing vouches for vault.json: whoever can write to the vault's folder (a synchronised one, a
 * stick) could name a library of his own there, and it would be given the PIN. So only a library counts that nobody but the
 * system's administrator could have put there: file and folders belong to root and are writable by nobody else. Windows has no
 * such bits; there the folder's own rights are all there is.
 * Error: `tokens/module-unloadable`. A file that is not there is left to whoever opens it.
 */
export async function assertTrustedLibrary(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return;
  for (let place = real; ; place = dirname(place)) {
    const { uid, gid, mode } = await stat(place);
    const shared = (mode & OTHERS_MAY_WRITE) !== 0 || ((mode & GROUP_MAY_WRITE) !== 0 && gid !== 0);
    // In a sticky folder such as /tmp nobody can replace what is root's.
    const open = shared && (mode & STICKY) === 0;
    if (uid !== 0 || open) throw untrusted(path, place);
    if (place === dirname(place)) return;
  }
}

function untrusted(path: string, place: string): KeysteadError {
  const where = place === path ? "It" : `Its place ${place}`;
  return new KeysteadError(
    "tokens/module-unloadable",
    `${path} cannot be used to unlock the vault: ${where} can be changed by others than the system's administrator, and nothing vouches for a library while the vault is locked. Install it for the whole system.`,
    { path, place },
  );
}
