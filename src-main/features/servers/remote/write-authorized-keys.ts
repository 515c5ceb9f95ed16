import { sha256 } from "#main/crypto/hash.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { RemoteKeysFile } from "./read-authorized-keys.ts";
import { makeProgram, type RemoteProgram, type RunAs } from "./remote-program.ts";
import { FILES } from "./shell-library.ts";
import { temporaryName } from "./temporary-name.ts";

export interface WrittenKeysFile {
  /** `unchanged`: the wanted bytes were there already, as after a lost connection (B18). */
  readonly state: "written" | "removed" | "unchanged";
  /** Read back from the server after the rename (B9); `absent` after a removal. */
  readonly digest: string;
  /** ~/.ssh was made by this run: a rollback takes it away again. */
  readonly madeFolder: boolean;
}

const SCRIPT = `${FILES}
dir=\${path%/*}
made=no
if [ -L "$dir" ]; then fail symlink "$dir"; fi
if [ ! -d "$dir" ]; then
  [ "$makedir" = yes ] || fail no-directory "$dir"
  # 0700 only for what we make (B12).
  out=$(mkdir -m 700 -- "$dir" 2>&1) || because "$out" "\${dir%/*}"
  made=yes
fi
cleanup() {
  [ -z "$tmp" ] || rm -f -- "$tmp"; tmp=
  if [ $made = yes ]; then cd / && rmdir -- "$dir" 2>/dev/null; fi
}
enter "$dir" "$folder"
# Only the folder's owner writes in it: as root in a user's folder any name could be swapped for a link (B10).
me=$(id -u)
facts .
[ "$owner" = "$me" ] || fail not-owner
base=\${path##*/}
look "$base"
if [ "$now" = "$wanted" ]; then put state unchanged
elif [ "$wanted" = absent ]; then
  discard "$base" "$expected"
  if [ "$rmdir" = yes ]; then cd / && rmdir -- "$dir" 2>/dev/null; fi
  put state removed; put digest absent; put made no; end
else
  [ "$now" = "$expected" ] || fail changed
  facts "$base"
  if [ -n "$facts" ] && [ "$owner" != "$me" ] && [ "$me" != 0 ]; then fail not-owner; fi
  stage "$wanted" "$size"
  dress "$base" "$mode" "$uid" "$gid"
  commit "$base" "$expected"
  if [ $made = yes ] && has restorecon; then restorecon -- . 2>/dev/null; fi
  put state written
fi
look "$base"
put digest "$now"
put made $made
`;

export interface WriteAuthorizedKeys {
  /** As it was read: path, digest, owner and mode are the conditions of the write. */
  readonly read: RemoteKeysFile;
  /** The whole new file, or `absent` to take it away (a rollback to where there was none). */
  readonly content: Uint8Array | "absent";
  /** The account that logs in: owner of what is made. */
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly runAs: RunAs;
  /** The real path a person agreed to when the file is a link (B11). */
  readonly follow?: string | undefined;
  /** With `absent`: also take away the folder, if it is empty, because we made it. */
  readonly removeFolder?: boolean | undefined;
  /** Absolute, of `temporaryBeside`: known before, so that whoever undoes can take it away first (see `clearTemporary`). */
  readonly temporary?: string | undefined;
}

/** Where the file itself lies, every link followed. */
function folderOf({ realPath, realFolder, fileLink, folderLink }: RemoteKeysFile): string {
  const linked = fileLink !== undefined || folderLink !== undefined;
  return linked ? realPath.replace(/\/[^/]*$/, "") || "/" : realFolder;
}

export function temporaryBeside(read: RemoteKeysFile): string {
  return `${folderOf(read).replace(/\/$/, "")}/${temporaryName()}`;
}

/**
 * Replaces the file if it is still what was read (B17): unpredictable temporary name beside it, synced, dressed as the old
 * one, renamed, folder synced, read back (B7, B8, B9). On failure the old file is untouched and the temporary one gone.
 * Throws `servers/authorized-keys-symlink` at once for a link nobody agreed to (B10, B11).
 */
export function writeAuthorizedKeys(request: WriteAuthorizedKeys): RemoteProgram<WrittenKeysFile> {
  const { read, content, owner, runAs, follow, removeFolder, temporary = temporaryBeside(read) } = request;
  const linked = read.fileLink !== undefined || read.folderLink !== undefined;
  if (linked && follow !== read.realPath) {
    const says = `The keys file is reached by a symbolic link, to ${read.realPath}. Follow it by name if it is meant.`;
    throw new KeysteadError("servers/authorized-keys-symlink", says, { realPath: read.realPath });
  }
  const wanted = content === "absent" ? "absent" : sha256(content).toString("hex");
  const path = linked ? read.realPath : read.path;
  return makeProgram({
    name: "write authorized_keys",
    script: SCRIPT,
    values: {
      path,
      folder: folderOf(read),
      temporary: temporary.replace(/^.*\//, ""),
      expected: read.digest,
      wanted,
      size: String(content.length),
      mode: (read.file?.mode ?? 0o600).toString(8),
      uid: String(read.file?.uid ?? owner.uid),
      gid: String(read.file?.gid ?? owner.gid),
      makedir: read.folder === undefined ? "yes" : "no",
      rmdir: removeFolder === true ? "yes" : "no",
    },
    input: content === "absent" ? undefined : content,
    agrees: true,
    runAs,
    read: (answer) => {
      const digest = answer.text("digest");
      if (digest !== wanted) {
        const says =
          "The keys file on the server is not what was written: another program changed it at once. Look there.";
        throw new KeysteadError("servers/changed-meanwhile", says);
      }
      const state = answer.text("state");
      return {
        state: state === "written" || state === "removed" ? state : "unchanged",
        digest,
        madeFolder: answer.flag("made"),
      };
    },
  });
}
