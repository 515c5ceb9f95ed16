import type { UnreadReason } from "#shared/models/server.ts";

/** One of the officer's own known_hosts files as it was found. */
export type KnownHostsFile =
  | { readonly path: string; readonly state: "read"; readonly bytes: Buffer }
  | { readonly path: string; readonly state: "absent" }
  /** There, but not to be read. Never taken for "knows nothing" (B47). */
  | { readonly path: string; readonly state: "unreadable"; readonly why: UnreadReason };

/** Reads the files ssh itself would ask; never writes them. `adapters/files` implements it. */
export type ReadKnownHosts = () => Promise<readonly KnownHostsFile[]>;
