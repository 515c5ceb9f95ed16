import { posix, win32 } from "node:path";
import { describe, expect, it } from "vitest";
import { suggestedModules } from "#main/features/tokens/suggested-modules.ts";

describe.each([
  ["linux", posix],
  ["darwin", posix],
  ["win32", win32],
] as const)("suggested libraries of %s", (platform, path) => {
  const modules = suggestedModules(platform);

  it("H01 are absolute paths, each once", () => {
    expect(modules.length).toBeGreaterThan(8);
    expect(modules.every((module) => path.isAbsolute(module.path) && path.normalize(module.path) === module.path)).toBe(
      true,
    );
    expect(new Set(modules.map((module) => module.path)).size).toBe(modules.length);
  });

  it.each(["SoftHSM 2", "OpenSC", "YubiKey (ykcs11)", "Thales SafeNet eToken", "FEITIAN ePass2003"])(
    "H01 name %s",
    (name) => {
      expect(modules.some((module) => module.name === name)).toBe(true);
    },
  );
});
