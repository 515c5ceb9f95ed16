import type { Resource } from "#main/dispatch/handlers.ts";

/** What the key pair operations work with. */
export interface KeypairParts {
  /** Where private key files go when a request names no folder. */
  readonly exportFolder: string;
}

export function keypairResource(row: { readonly id: string; readonly name: string }): Resource {
  return { type: "keypair", id: row.id, name: row.name };
}
