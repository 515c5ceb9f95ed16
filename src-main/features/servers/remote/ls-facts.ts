import { KeysteadError } from "#shared/errors/keystead-error.ts";

/** What `ls -ldn` tells of one name; it speaks alike on every POSIX system, where `stat` does not. */
export interface LsFacts {
  readonly type: "file" | "folder" | "link" | "other";
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  /** An ACL stands beside the bits (`+`). */
  readonly acl: boolean;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

/** Reads `mode,links,uid,gid,size`. Throws `servers/unexpected-answer` for anything else. */
export function parseLsFacts(text: string): LsFacts {
  const match = /^([-dlbcpsD])([r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-])([+.@]*),(\d+),(\d+),(\d+),(\d*),?$/.exec(
    text,
  );
  if (match === null) throw new KeysteadError("servers/unexpected-answer", `The server's ls answered "${text}".`);
  const [, type = "", bits = "", marks = "", links, uid, gid, size] = match;
  return {
    type: type === "-" ? "file" : type === "d" ? "folder" : type === "l" ? "link" : "other",
    mode: modeOf(bits),
    acl: marks.includes("+"),
    links: Number(links),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
  };
}

/** `rw-r--r--` with s, S, t, T as ls writes them. */
function modeOf(bits: string): number {
  let mode = 0;
  for (const [index, character] of [...bits].entries()) {
    if (/[rwxst]/.test(character)) mode |= 0o400 >> index;
    if (/[sStT]/.test(character)) mode |= 0o4000 >> ((index - 2) / 3);
  }
  return mode;
}
