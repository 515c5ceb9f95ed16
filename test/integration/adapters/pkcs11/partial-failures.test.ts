import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  buildHostileModule,
  type HostileModule,
  hostileModuleUnavailable,
} from "#test/support/hostile-module/hostile-module.ts";
import { closeModules, failureOf, modulesWith, pin } from "./open-tokens.ts";

const SLOT = "0";
const HERE = { slotId: SLOT, marks: { label: "Hostile token", manufacturer: "", model: "", serial: "H1" } };
/** CKA_CLASS, CKA_ID, CKA_SENSITIVE, CKA_EXTRACTABLE. */
const ASKED = ["CKA_CLASS", "CKA_ID", "CKA_SENSITIVE", "CKA_EXTRACTABLE"];

describe.skipIf(hostileModuleUnavailable() !== undefined)("a module of which one part fails", () => {
  let hostile: HostileModule;

  beforeEach(async () => {
    hostile = await buildHostileModule();
  });
  afterEach(async () => {
    await closeModules();
    await hostile.dispose();
  });

  const open = () => modulesWith(hostile.env, { limits: { objects: 2000, short: 2000 } }).open(hostile.module);

  // CKR: GENERAL_ERROR, FUNCTION_FAILED, DEVICE_ERROR, a vendor's own.
  it.each(["0x5", "0x6", "0x30", "0x8000002f"])(
    "H02 C31 one reader that answers %s does not hide the tokens in the others",
    async (ckr) => {
      await hostile.behave({ "slot.ids": "0,7", "slot.0.C_GetSlotInfo": ckr });
      const slots = await (await open()).slots();
      expect(slots.map(({ slotId, token }) => [slotId, token?.serial])).toEqual([
        ["0", undefined],
        ["7", "H1"],
      ]);
      // Whether a token is in it is not known, so nobody may take it for pulled out.
      expect(slots[0]?.flags).toContain("TOKEN_PRESENT");
    },
  );

  it("H02 says what is wrong where no reader answers", async () => {
    await hostile.behave({ "slot.ids": "0,7", C_GetSlotInfo: "0x30" });
    expect(await failureOf((await open()).slots())).toMatchObject({ details: { ckr: "CKR_DEVICE_ERROR" } });
  });

  it("H02 C29 a slot that is listed twice is one", async () => {
    await hostile.behave({ "slot.ids": "3,3,4" });
    expect((await (await open()).slots()).map(({ slotId }) => slotId)).toEqual(["3", "4"]);
  });

  it.each(["0x6", "0x7", "0x54", "0x8000002f"])(
    "C41 one mechanism about which the module says %s does not hide the others",
    async (ckr) => {
      await hostile.behave({ mechanisms: 3, "C_GetMechanismInfo.0x80000001": ckr });
      const names = (await (await open()).mechanisms(SLOT)).map(({ name }) => name);
      expect(names).toEqual(["CKM_ECDSA", "0x80000002"]);
      await hostile.behave({ mechanisms: 3, C_GetMechanismInfo: ckr });
      expect((await failureOf((await open()).mechanisms(SLOT))).details.call).toBe("C_GetMechanismInfo");
    },
  );

  it.each(["0x5", "0x6", "0x13", "0x54", "0x8000002f"])(
    "H07 C34 one attribute for which the module says %s does not hide the objects, nor the rest of their attributes",
    async (ckr) => {
      const module = await open();
      await module.logIn(HERE, "user", pin(hostile.userPin));
      await hostile.behave({ objects: 3, "attribute.0x103": ckr });
      const found = await module.find(SLOT, {}, ASKED);
      expect(found.map(({ attributes }) => Object.keys(attributes))).toEqual(
        Array(3).fill(["CKA_ID", "CKA_EXTRACTABLE"]),
      );
      const further = [{ where: {}, attributes: ["CKA_SENSITIVE"] }];
      expect(await module.find(SLOT, {}, ["CKA_ID"], further)).toHaveLength(3);
      // A module that answers nothing at all is at fault as a whole.
      await hostile.behave({ objects: 3, C_GetAttributeValue: ckr });
      expect((await failureOf(module.find(SLOT, {}, ASKED))).details.call).toBe("C_GetAttributeValue");
    },
  );

  it("H07 a token that fails while its objects are read is told, and not shown with half of them", async () => {
    const module = await open();
    await module.logIn(HERE, "user", pin(hostile.userPin));
    await hostile.behave({ objects: 3, "attribute.0x103": "0x30" });
    expect((await failureOf(module.find(SLOT, {}, ASKED))).code).toBe("tokens/device-failed");
  });
});
