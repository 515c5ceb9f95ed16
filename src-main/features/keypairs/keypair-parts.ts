import type { Resource } from "#main/dispatch/handlers.ts";
import type { TokenSshKeys } from "#main/features/tokens/index.ts";

/** What the key pair operations work with. */
export interface KeypairParts {
  /** Where private key files go when a request names no folder. */
  readonly exportFolder: string;
  readonly tokenKeys: TokenSshKeys;
}

/** The comment of a key that was given none: its name, without what would break out of a line of authorized_keys (B21). */
export function plainCommentOf(name: string): string {
  return name.replace(/["'\\]/g, "");
}

export function keypairResource(row: { readonly id: string; readonly name: string }): Resource {
  return { type: "keypair", id: row.id, name: row.name };
}
