import type { Resource } from "#main/dispatch/handlers.ts";
import type { TaskRunner } from "#main/features/jobs/index.ts";
import type { KeypairSigners } from "#main/features/keypairs/index.ts";
import type { ReadKnownHosts } from "./known-hosts-port.ts";
import type { Ssh } from "./ssh-port.ts";

/** What the server operations work with. */
export interface ServersParts {
  readonly ssh: Ssh;
  readonly runner: TaskRunner;
  /** The officer's own known_hosts files, read anew each time. */
  readonly readKnownHosts: ReadKnownHosts;
  readonly signers: KeypairSigners;
  /** One answer from a server, milliseconds: connect, key exchange and login together. */
  readonly contactMs: number;
}

export const CONTACT_MS = 20_000;

export function serverResource(row: { readonly id: string; readonly name: string }): Resource {
  return { type: "server", id: row.id, name: row.name };
}
