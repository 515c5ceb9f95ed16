/** What keeps a file from being read or written, as a clause with its remedy; the system's own code where none is known here. */
export function fileTrouble(error: unknown): string {
  const code = systemCode(error);
  return TROUBLE[code] ?? `the system says ${code}.`;
}

/** `ENOENT` and the like; `unknown` for anything that no system call has said. */
export function systemCode(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown";
}

const TROUBLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder. Check the path.",
  ENOTDIR: "a part of the path is a file, not a folder. Check the path.",
  EISDIR: "it is a folder. Give the path of a file in it.",
  EACCES: "you may not. Choose another place, or change its permissions.",
  EPERM: "you may not. Choose another place, or change its permissions.",
  EROFS: "the disk is read-only. Choose another place.",
  ENOSPC: "the disk is full. Free some space, or choose another place.",
  EDQUOT: "your quota on this disk is used up. Free some space, or choose another place.",
  ENAMETOOLONG: "the path is too long. Choose a shorter one.",
  ELOOP: "the path leads through a link that is not followed. Give the path of the file itself.",
  EIO: "the disk reports an error. Check it.",
};
