import { canUse } from "./mechanism-choice.ts";
import { abilitiesOf } from "./token-abilities.ts";
import type { Mechanism, ObjectHandle } from "./token-port.ts";
import type { TokenInUse } from "./token-service.ts";

const BLOCK = 16;

/** A key check value: the first four bytes of a block of zeros encrypted, hex; `undefined` for a key that may not encrypt. */
export async function checkValueOf(token: TokenInUse, handle: ObjectHandle): Promise<string | undefined> {
  const abilities = await abilitiesOf(token);
  const zeros = Buffer.alloc(BLOCK);
  const { CKA_ENCRYPT: encrypts } = await token.module.read(token.slot.slotId, handle, ["CKA_ENCRYPT"]);
  if (encrypts !== true) return undefined;
  const mechanisms: Mechanism[] = [
    { name: "CKM_AES_ECB" },
    // One block under an IV of zeros is the same as ECB.
    { name: "CKM_AES_CBC", parameter: { kind: "bytes", bytes: zeros } },
  ];
  const mechanism = mechanisms.find(({ name }) => canUse(abilities, name, "ENCRYPT"));
  if (mechanism === undefined) return undefined;
  const block = await token.module.encrypt(token.slot.slotId, mechanism, handle, zeros);
  return block.subarray(0, 4).toString("hex");
}
