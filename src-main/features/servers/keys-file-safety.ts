import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { LsFacts } from "./remote/ls-facts.ts";
import type { RemoteKeysFile } from "./remote/read-authorized-keys.ts";

interface Judged {
  readonly path: string;
  readonly facts: LsFacts;
}

/**
 * sshd with StrictModes ignores a keys file that others could have written: wrong owner, or group or world writable, on the
 * file, its folder, or any folder up to the home. We report and never chmod what is not ours (B12).
 * Error: `servers/authorized-keys-unsafe`.
 */
export function assertKeysFileSafe(
  read: RemoteKeysFile,
  account: { readonly uid: number; readonly home: string; readonly user: string },
): void {
  for (const { path, facts } of judged(read, account.home)) {
    if (facts.uid !== 0 && facts.uid !== account.uid) {
      throw unsafe(
        `${path} belongs to user id ${facts.uid}, not to ${account.user} or root`,
        `chown ${account.user} ${path}`,
        path,
      );
    }
    if ((facts.mode & 0o022) !== 0) {
      const mode = (facts.mode & 0o7777).toString(8).padStart(4, "0");
      throw unsafe(`${path} can be written by others (mode ${mode})`, `chmod go-w ${path}`, path);
    }
  }
}

/** The file and its folders up to the home; the whole way to the root for a file elsewhere, as sshd goes. */
function judged(read: RemoteKeysFile, home: string): readonly Judged[] {
  const found: Judged[] = [];
  if (read.file !== undefined) found.push({ path: read.realPath, facts: read.file });
  for (const step of read.above) {
    found.push(step);
    if (step.path === home) break;
  }
  return found;
}

function unsafe(what: string, remedy: string, path: string): KeysteadError {
  return new KeysteadError(
    "servers/authorized-keys-unsafe",
    `sshd ignores the keys file: ${what}. On the server, run “${remedy}” and try again; nothing was changed.`,
    { path },
  );
}
