/**
 * Electron's fuses for the packaged program, by the names of `FuseV1Options` of @electron/fuses, which the packaging step flips
 * before signing. Development and test builds keep Electron's defaults: Playwright needs the inspect arguments.
 */
export const FUSES = {
  /** `child_process.fork` would let anybody use our signed binary as a Node; utility processes do not need it. */
  RunAsNode: false,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  /** macOS and Windows; without the next one it could be walked round. */
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  EnableCookieEncryption: true,
  /** The console has a scheme of its own; `file:` needs no privileges. */
  GrantFileProtocolExtraPrivileges: false,
  LoadBrowserProcessSpecificV8Snapshot: false,
  WasmTrapHandlers: true,
} as const;
