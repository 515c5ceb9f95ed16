import { expect, it } from "vitest";
import { FUSES } from "../../../resources/fuses.ts";

it("G01 the packaged program runs no foreign code: every fuse is set, none is left to Electron's default", () => {
  expect(FUSES).toEqual({
    RunAsNode: false,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
    EnableCookieEncryption: true,
    GrantFileProtocolExtraPrivileges: false,
    LoadBrowserProcessSpecificV8Snapshot: false,
    WasmTrapHandlers: true,
  });
});
