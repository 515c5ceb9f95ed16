import type { ErrorCode } from "#shared/errors/codes.ts";
import type { RemoteKeysFile } from "./remote/read-authorized-keys.ts";

export interface PlaceObstacle {
  readonly code: ErrorCode;
  /** False: it depends on how this sshd was built; the login decides. */
  readonly blocks: boolean;
  /** A sentence for people: what is wrong and what to do. Keystead never repairs these silently (B12). */
  readonly says: string;
}

export interface PlaceQuestion {
  /** The account whose keys these are. */
  readonly uid: number;
  /** The home with every link followed: sshd compares real paths (misc.c, `safe_path`). */
  readonly realHome: string;
  /** sshd's StrictModes: owners and modes decide only when it is on. */
  readonly strictModes: boolean;
  /** The real path a person agreed to when the file is a link (B11). */
  readonly follow?: string | undefined;
}

/** Why sshd would ignore the file, or why it cannot be replaced safely; empty when it can (B8, B10–B12, B26). */
export function judgeKeysPlace(read: RemoteKeysFile, question: PlaceQuestion): readonly PlaceObstacle[] {
  const found: PlaceObstacle[] = [];
  const add = (code: ErrorCode, says: string) => found.push({ code, blocks: true, says });
  const linked = read.fileLink !== undefined || read.folderLink !== undefined;
  if (linked && question.follow !== read.realPath) {
    const says = `${read.path} is reached by a symbolic link and really is ${read.realPath}. Follow the link if it is meant.`;
    add("servers/authorized-keys-symlink", says);
  }
  if (read.file !== undefined && read.file.type !== "file" && read.file.type !== "link") {
    add(
      "servers/authorized-keys-not-regular",
      `${read.realPath} is not a regular file; sshd ignores it. Move it away.`,
    );
  }
  if (read.file?.type === "file" && read.file.links > 1) {
    const says = `${read.realPath} has ${read.file.links} names (hard links); replacing it would part them. Undo the links.`;
    add("servers/authorized-keys-not-regular", says);
  }
  if (read.attributes !== "") {
    const says = `${read.realPath} or its folder is immutable or append-only. Take the attribute off (chattr -i, -a).`;
    add("servers/not-permitted", says);
  }
  if (question.strictModes) found.push(...unsafeModes(read, question));
  return found;
}

/**
 * OpenSSH's `safe_path` (misc.c): file and folders up to the home, or to `/` for a file outside it. Debian's and Ubuntu's
 * sshd lets a group write whose only member is the user, as a private group is: so that alone does not block.
 */
function unsafeModes(read: RemoteKeysFile, { uid, realHome }: PlaceQuestion): PlaceObstacle[] {
  const chain = [...(read.file === undefined ? [] : [{ path: read.realPath, facts: read.file }]), ...read.above];
  const homeAt = chain.findIndex((one) => one.path === realHome);
  return chain.slice(0, homeAt < 0 ? undefined : homeAt + 1).flatMap(({ path, facts }): PlaceObstacle[] => {
    const code = "servers/authorized-keys-unsafe" as const;
    if (facts.uid !== 0 && facts.uid !== uid) {
      const says = `${path} belongs to another account, so sshd ignores the keys file. Correct its owner (chown).`;
      return [{ code, blocks: true, says }];
    }
    if ((facts.mode & 0o002) !== 0) {
      const says = `Everybody may write ${path}, so sshd ignores the keys file. Correct its mode (chmod go-w).`;
      return [{ code, blocks: true, says }];
    }
    if ((facts.mode & 0o020) !== 0) {
      const says = `The group may write ${path}; most sshd ignore the keys file then. Correct its mode (chmod g-w).`;
      return [{ code, blocks: false, says }];
    }
    return [];
  });
}
