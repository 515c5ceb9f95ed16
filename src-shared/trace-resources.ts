/**
 * What a trace is about. One written by an older Keystead may name something else. Beside the models, for these need the
 * schema library, and the window's page takes none in (its probe for `eval` offends the page's policy).
 */
export const RESOURCE_TYPES = [
  "vault",
  "user",
  "administrator",
  "keypair",
  "server",
  "task",
  "token",
  "module",
  "token-key",
  "token-backup",
  "token-share",
  "token-shares",
  "token-series",
  "trace",
] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

export function isResourceType(type: string): type is ResourceType {
  return RESOURCE_TYPES.some((known) => known === type);
}
