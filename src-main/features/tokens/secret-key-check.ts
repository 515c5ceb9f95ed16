import type { BackupKey } from "./backup-file.ts";
import { canUse } from "./mechanism-choice.ts";
import { abilitiesOf } from "./token-abilities.ts";
import type { TokenInUse } from "./token-in-use.ts";
import type { Mechanism, ObjectHandle } from "./token-port.ts";
import type { WrappedFormat } from "./wrapped-content.ts";
import { checkOf, type WrappingHandle } from "./wrapping-key.ts";

/** What a secret key is tried by. The same key shows another value by each, so a backup's file names the one it holds. */
export type CheckKind = NonNullable<BackupKey["checkedBy"]>;

/** In the order of preference: encrypting takes no other key to try it with. */
export const CHECK_KINDS: readonly CheckKind[] = ["encrypt", "wrap"];

/** Bytes of an encrypted block that make a check value. */
const BLOCK_CHECK_BYTES = 4;

/** Files from before the kind was named: a block's check has 4 bytes, that of a wrap 8. */
export function checkKindIn({ check, checkedBy }: BackupKey): CheckKind {
  return checkedBy ?? (check?.length === 2 * BLOCK_CHECK_BYTES ? "encrypt" : "wrap");
}

/** The key's check value of this kind, hex; `undefined` where the token cannot make it. The key must have the use of that name. */
export function checkValueOf(key: WrappingHandle, kind: CheckKind, format: WrappedFormat): Promise<string | undefined> {
  return kind === "wrap" ? checkOf(key, format) : blockCheck(key.token, key.object.handle);
}

const BLOCK = 16;

/** A key check value as the field has it: the beginning of a block of zeros encrypted. */
async function blockCheck(token: TokenInUse, handle: ObjectHandle): Promise<string | undefined> {
  const abilities = await abilitiesOf(token);
  const zeros = Buffer.alloc(BLOCK);
  const mechanisms: Mechanism[] = [
    { name: "CKM_AES_ECB" },
    // One block under an IV of zeros is the same as ECB.
    { name: "CKM_AES_CBC", parameter: { kind: "bytes", bytes: zeros } },
  ];
  const mechanism = mechanisms.find(({ name }) => canUse(abilities, name, "ENCRYPT"));
  if (mechanism === undefined) return undefined;
  const block = await token.module.encrypt(token.slot.slotId, mechanism, handle, zeros);
  return block.subarray(0, BLOCK_CHECK_BYTES).toString("hex");
}
