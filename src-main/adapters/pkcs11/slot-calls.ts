import type { MechanismInfo, SlotInfo, TokenInfo } from "#main/features/tokens/token-port.ts";
import { flagNames, MECHANISM_FLAGS, mechanismName, SLOT_FLAGS, TOKEN_FLAGS } from "./constant-names.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { ask, hasCkr, ModuleFailure } from "./module-failure.ts";
import { fixedText, memorySize, slotBuffer, slotText, versionText } from "./native-values.ts";

/** No reader bank has more; a module that lists thousands is broken and would keep its process busy for ever. */
const MAX_SLOTS = 128;
const MAX_MECHANISMS = 2048;

export function listSlots(loaded: LoadedModule): readonly SlotInfo[] {
  const list = (): readonly Buffer[] => ask("C_GetSlotList", () => loaded.module.C_GetSlotList(false));
  const first = list();
  // C30: some modules count 0 the first time and the right number the second.
  const slots = first.length > 0 ? first : list();
  return slots.slice(0, MAX_SLOTS).flatMap((slot) => {
    const info = describeSlot(loaded, slot);
    return info ? [info] : [];
  });
}

function describeSlot(loaded: LoadedModule, slot: Buffer): SlotInfo | undefined {
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

export function listMechanisms(loaded: LoadedModule, slotId: string): readonly MechanismInfo[] {
  const slot = slotBuffer(slotId);
  const types = ask("C_GetMechanismList", () => loaded.module.C_GetMechanismList(slot));
  return [...new Set(types)].slice(0, MAX_MECHANISMS).flatMap((type) => {
    try {
      const info = ask("C_GetMechanismInfo", () => loaded.module.C_GetMechanismInfo(slot, type));
      return [
        {
          name: mechanismName(type),
          type,
          flags: flagNames(info.flags, MECHANISM_FLAGS),
          minKeySize: info.minKeySize,
          maxKeySize: info.maxKeySize,
        },
      ];
    } catch (error) {
      // Listed, and then unknown to the same module (C41): as good as absent.
      if (hasCkr(error, "CKR_MECHANISM_INVALID")) return [];
      throw error;
    }
  });
}
