import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import type { KnownHostsFile, ReadKnownHosts } from "#main/features/servers/known-hosts-port.ts";
import type { UnreadReason } from "#shared/models/server.ts";

/** Tens of thousands of hosts; more is no known_hosts that a person keeps. */
const LIMIT_BYTES = 8 * 1024 * 1024;

/** Where ssh looks by itself (ssh_config(5), UserKnownHostsFile and GlobalKnownHostsFile). */
export function usualKnownHosts(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homeOfAccount(),
): readonly string[] {
  const machine = platform === "win32" ? join(env.ProgramData || "C:\\ProgramData", "ssh") : "/etc/ssh";
  return [
    join(home, ".ssh", "known_hosts"),
    join(home, ".ssh", "known_hosts2"),
    join(machine, "ssh_known_hosts"),
    join(machine, "ssh_known_hosts2"),
  ];
}

/** Like ssh, which asks the account database and not HOME. */
function homeOfAccount(): string {
  try {
    return userInfo().homedir;
  } catch {
    // No entry for this user id, as in some containers: userInfo has nothing to tell then.
    return homedir();
  }
}

export function readKnownHostsFrom(paths: readonly string[]): ReadKnownHosts {
  return () => Promise.all(paths.map(readOne));
}

async function readOne(path: string): Promise<KnownHostsFile> {
  try {
    // Not to wait for a writer when somebody has put a pipe there. The flag is absent on Windows.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) return { path, state: "unreadable", why: "not-a-file" };
      if (facts.size > LIMIT_BYTES) return { path, state: "unreadable", why: "too-large" };
      return { path, state: "read", bytes: await handle.readFile() };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "") throw error;
    if (code === "ENOENT" || code === "ENOTDIR") return { path, state: "absent" };
    return { path, state: "unreadable", why: WHY[code] ?? "failed" };
  }
}

const WHY: Readonly<Record<string, UnreadReason>> = {
  EACCES: "no-permission",
  EPERM: "no-permission",
  EISDIR: "not-a-file",
  ENXIO: "not-a-file",
  ELOOP: "circular-link",
  EIO: "disk-error",
};
