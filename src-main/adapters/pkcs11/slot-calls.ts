import type { MechanismInfo, SlotInfo, TokenInfo } from "#main/features/tokens/token-port.ts";
import { flagNames, MECHANISM_FLAGS, mechanismName, SLOT_FLAGS, TOKEN_FLAGS } from "./constant-names.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { ask, hasCkr, isGone, ModuleFailure } from "./module-failure.ts";
import { fixedText, memorySize, slotBuffer, slotText, versionText } from "./native-values.ts";

/** No reader bank has more; a module that lists thousands is broken and would keep its process busy for ever. */
const MAX_SLOTS = 128;
const MAX_MECHANISMS = 2048;

export function listSlots(loaded: LoadedModule): readonly SlotInfo[] {
  const list = (): readonly Buffer[] => ask("C_GetSlotList", () => loaded.module.C_GetSlotList(false));
  const first = list();
  // C30: some modules count 0 the first time and the right number the second.
  const counted = first.length > 0 ? first : list();
  // One listed twice is one: its token would be shown as two, neither under its own id.
  const few = counted.slice(0, 2 * MAX_SLOTS);
  const slots = [...new Map(few.map((slot) => [slotText(slot), slot])).values()].slice(0, MAX_SLOTS);
  const answers = slots.map((slot) => describeSlot(loaded, slot));
  const [failed] = answers.filter((answer) => answer instanceof ModuleFailure);
  // Where none answers it is the library that fails, and not a reader.
  if (failed !== undefined && answers.every((answer) => answer instanceof ModuleFailure)) throw failed;
  return answers.flatMap((answer, index) => {
    if (answer instanceof ModuleFailure) return [unreadable(slots[index])];
    return answer === undefined ? [] : [answer];
  });
}

/** A reader that fails hides no other. What is in it cannot be told, so nothing there may be taken for pulled out. */
function unreadable(slot: Buffer = Buffer.alloc(0)): SlotInfo {
  return { slotId: slotText(slot), description: "", manufacturer: "", flags: ["TOKEN_PRESENT"], token: undefined };
}

/** `undefined` for one that has gone, the failure for one that does not answer. */
function describeSlot(loaded: LoadedModule, slot: Buffer): SlotInfo | ModuleFailure | undefined {
  const slotId = slotText(slot);
  try {
    const info = ask("C_GetSlotInfo", () => loaded.module.C_GetSlotInfo(slot));
    const flags = flagNames(info.flags, SLOT_FLAGS);
    const present = flags.includes("TOKEN_PRESENT");
    if (!present && loaded.sessions.has(slotId)) loaded.sessions.closeAll(slotId);
    return {
      slotId,
      description: fixedText(info.slotDescription),
      manufacturer: fixedText(info.manufacturerID),
      flags,
      token: present ? readToken(loaded, slot) : undefined,
    };
  } catch (error) {
    // The reader went between the listing and the question.
    if (hasCkr(error, "CKR_SLOT_ID_INVALID", "CKR_DEVICE_REMOVED", "CKR_TOKEN_NOT_PRESENT")) return undefined;
    if (error instanceof ModuleFailure) return error;
    throw error;
  }
}

/** `undefined` too for a token that cannot be read; the slot's TOKEN_PRESENT flag tells the two apart. */
export function readToken(loaded: LoadedModule, slot: Buffer): TokenInfo | undefined {
  const slotId = slotText(slot);
  try {
    return tokenInfo(loaded, slot);
  } catch (error) {
    if (!(error instanceof ModuleFailure)) throw error;
    if (hasCkr(error, "CKR_TOKEN_NOT_PRESENT", "CKR_DEVICE_REMOVED")) {
      if (loaded.sessions.has(slotId)) loaded.sessions.closeAll(slotId);
      return undefined;
    }
  }
  try {
    // C30: a few tokens tell about themselves only once a session is open.
    return loaded.sessions.within(slotId, () => tokenInfo(loaded, slot));
  } catch (error) {
    if (!(error instanceof ModuleFailure)) throw error;
    return undefined;
  }
}

export function tokenInfo(loaded: LoadedModule, slot: Buffer): TokenInfo {
  const info = ask("C_GetTokenInfo", () => loaded.module.C_GetTokenInfo(slot));
  return {
    label: fixedText(info.label),
    manufacturer: fixedText(info.manufacturerID),
    model: fixedText(info.model),
    serial: fixedText(info.serialNumber),
    flags: flagNames(info.flags, TOKEN_FLAGS),
    minPinLength: info.minPinLen,
    maxPinLength: info.maxPinLen,
    totalPublicMemory: memorySize(info.totalPublicMemory),
    freePublicMemory: memorySize(info.freePublicMemory),
    totalPrivateMemory: memorySize(info.totalPrivateMemory),
    freePrivateMemory: memorySize(info.freePrivateMemory),
    hardwareVersion: versionText(info.hardwareVersion),
    firmwareVersion: versionText(info.firmwareVersion),
  };
}

/** One of which nothing can be learned is as good as absent, whatever the module says of it (C41), and hides no other. */
export function listMechanisms(loaded: LoadedModule, slotId: string): readonly MechanismInfo[] {
  const slot = slotBuffer(slotId);
  const types = ask("C_GetMechanismList", () => loaded.module.C_GetMechanismList(slot));
  let failed: unknown;
  const known = [...new Set(types)].slice(0, MAX_MECHANISMS).flatMap((type) => {
    try {
      return [mechanismInfo(loaded, slot, type)];
    } catch (error) {
      if (!(error instanceof ModuleFailure) || isGone(error)) throw error;
      if (!hasCkr(error, "CKR_MECHANISM_INVALID")) failed ??= error;
      return [];
    }
  });
  // Where all fail it is the module that does.
  if (known.length === 0 && failed !== undefined) throw failed;
  return known;
}

function mechanismInfo(loaded: LoadedModule, slot: Buffer, type: number): MechanismInfo {
  const info = ask("C_GetMechanismInfo", () => loaded.module.C_GetMechanismInfo(slot, type));
  return {
    name: mechanismName(type),
    type,
    flags: flagNames(info.flags, MECHANISM_FLAGS),
    minKeySize: info.minKeySize,
    maxKeySize: info.maxKeySize,
  };
}
