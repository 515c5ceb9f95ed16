import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

export const MACHINE_SCRIPT = join(import.meta.dirname, "machine.sh");
export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** New namespaces for everything but the network; the child dies with `unshare`. */
export const UNSHARE = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child=KILL"] as const;

/** What machine.sh and fleet.ts run, and the Debian package that has it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  sshd: "openssh-server",
  "ssh-keygen": "openssh-client",
  unshare: "util-linux",
  nsenter: "util-linux",
  setpriv: "util-linux",
  mount: "mount",
  bash: "bash",
  awk: "mawk",
  openssl: "openssl",
};

let answer: { readonly reason: string | undefined } | undefined;

/**
 * Why this computer cannot run throw-away servers, or `undefined` when it can. The first call that finds a reason says so
 * on standard error, so that a skipped suite is never a silent one: `describe.skipIf(fleetUnavailable())`.
 */
export function fleetUnavailable(): string | undefined {
  if (answer === undefined) {
    answer = { reason: findReason() };
    if (answer.reason !== undefined) console.error(`\n*** REAL SSH SERVERS CANNOT START HERE: ${answer.reason} ***\n`);
  }
  return answer.reason;
}

function findReason(): string | undefined {
  if (process.platform !== "linux") return `the fleet needs Linux namespaces, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return "the fleet must be started by root";
  const missing = Object.keys(PROGRAMS).filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((program) => PROGRAMS[program]))].join(" ");
    return `missing programs: ${missing.join(", ")} (Debian packages: ${packages})`;
  }
  const [program, ...args] = [...UNSHARE, "/bin/bash", MACHINE_SCRIPT, "probe"];
  const probe = spawnSync(program ?? "", args, { encoding: "utf8", timeout: 20_000, env: { PATH: SYSTEM_PATH } });
  if (probe.stdout?.includes("probed")) return undefined;
  return `namespaces or overlay mounts are refused: ${(probe.stderr || probe.error?.message || "no reason given").trim()}`;
}

function isInstalled(program: string): boolean {
  return SYSTEM_PATH.split(":").some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder; the next one may have it
    }
  });
}
