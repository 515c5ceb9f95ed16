import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { OpenVault, Place } from "#main/features/vault/index.ts";
import type { JobMemory } from "./job.ts";

/** Passwords of a task by name, e.g. `password`, `sudoPassword`. */
export type TaskSecrets = Map<string, SecretBytes>;

const place = (taskId: string, column: "secretsSealed" | "memorySealed", version: number): Place => ({
  table: "tasks",
  rowId: taskId,
  column,
  version,
});

function sealJson(vault: OpenVault, where: Place, value: unknown): Buffer {
  using text = SecretBytes.fromText(JSON.stringify(value));
  return vault.seal(where, text);
}

function unsealJson(vault: OpenVault, where: Place, sealed: Uint8Array): unknown {
  using text = vault.unseal(where, sealed);
  return JSON.parse(text.reveal().toString("utf8"));
}

/** `null` when there is nothing to keep, which destroys what was kept. */
export function sealSecrets(
  vault: OpenVault,
  taskId: string,
  version: number,
  secrets: ReadonlyMap<string, SecretBytes>,
): Buffer | null {
  if (secrets.size === 0) return null;
  const plain = Object.fromEntries([...secrets].map(([name, secret]) => [name, secret.reveal().toString("base64")]));
  return sealJson(vault, place(taskId, "secretsSealed", version), plain);
}

export function unsealSecrets(
  vault: OpenVault,
  taskId: string,
  version: number,
  sealed: Uint8Array | null,
): TaskSecrets {
  const secrets: TaskSecrets = new Map();
  if (sealed === null) return secrets;
  const plain = unsealJson(vault, place(taskId, "secretsSealed", version), sealed) as Record<string, string>;
  for (const [name, value] of Object.entries(plain)) secrets.set(name, SecretBytes.take(Buffer.from(value, "base64")));
  return secrets;
}

export function sealMemory(vault: OpenVault, taskId: string, version: number, memory: JobMemory): Buffer {
  return sealJson(vault, place(taskId, "memorySealed", version), memory);
}

export function unsealMemory(vault: OpenVault, taskId: string, version: number, sealed: Uint8Array | null): JobMemory {
  return sealed === null ? {} : (unsealJson(vault, place(taskId, "memorySealed", version), sealed) as JobMemory);
}

export function disposeSecrets(secrets: ReadonlyMap<string, SecretBytes>): void {
  for (const secret of secrets.values()) secret.dispose();
}
