import { expect, it } from "vitest";
import { vaultFolder } from "#main/vault-folder.ts";

it.each<[NodeJS.ProcessEnv, NodeJS.Platform, string]>([
  [{ KEYSTEAD_HOME: "/srv/vault", XDG_DATA_HOME: "/data" }, "linux", "/srv/vault"],
  [{ XDG_DATA_HOME: "/data" }, "linux", "/data/keystead"],
  [{ XDG_DATA_HOME: "relative" }, "linux", "/home/o/.local/share/keystead"],
  [{ XDG_DATA_HOME: "" }, "linux", "/home/o/.local/share/keystead"],
  [{ KEYSTEAD_HOME: "" }, "linux", "/home/o/.local/share/keystead"],
  [{}, "darwin", "/home/o/Library/Application Support/Keystead"],
])("V01 with %o on %s the vault lives in %s", (env, platform, folder) => {
  expect(vaultFolder(env, platform, "/home/o")).toBe(folder);
});
