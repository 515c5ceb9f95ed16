import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/**
 * Where the vault lives: `KEYSTEAD_HOME`, else the place the system has for a user's data. A relative `XDG_DATA_HOME` is to
 * be ignored (XDG Base Directory specification); a relative `KEYSTEAD_HOME` counts from the current folder.
 */
export function vaultFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env.KEYSTEAD_HOME) return resolve(env.KEYSTEAD_HOME);
  if (platform === "darwin") return join(home, "Library", "Application Support", "Keystead");
  if (platform === "win32") return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "Keystead");
  const data = env.XDG_DATA_HOME;
  return join(data && isAbsolute(data) ? data : join(home, ".local", "share"), "keystead");
}
