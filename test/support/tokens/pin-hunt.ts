import { readdirSync, readFileSync } from "node:fs";

/** Which processes of this machine show `secret` to others of their user: in their arguments or their environment. */
export function processesShowing(secret: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => ["cmdline", "environ"].map((file) => `/proc/${pid}/${file}`))
    .filter((file) => {
      try {
        return readFileSync(file, "latin1").includes(secret);
      } catch {
        // Ended meanwhile, or another user's.
        return false;
      }
    });
}
