import { createHash, createPublicKey, verify } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SlotInfo, TokenModule } from "#main/features/tokens/token-port.ts";
import type { KeysteadError } from "#shared/errors/keystead-error.ts";
import { at } from "#test/support/tokens/token-now.ts";
import { startVirtualUsb, type VirtualUsb, virtualUsbUnavailable } from "#test/support/tokens/virtual-usb.ts";
import { closeModules, failureOf, modulesWith, pin } from "./open-tokens.ts";

/** Bounds a miss, not the speed: a busy machine takes its time with the emulated card. Quiet, it is one to two seconds. */
const NOTICED_MS = 10_000;

/** GENERAL AUTHENTICATE: the card's private key at work. */
const SIGNING = 0x87;

/** OpenSC 0.23 may lock itself out for ever when the card goes in mid-command (OpenSC#2707): the watchdog is the only help. */
const LIMITS = { relist: 4000, use: 4000 };
const HUNG = "tokens/module-hung";

describe.skipIf(virtualUsbUnavailable() !== undefined)("a PIV card under OpenSC", () => {
  let usb: VirtualUsb;
  let module: TokenModule;

  beforeAll(async () => {
    usb = await startVirtualUsb();
  });
  beforeEach(async () => {
    await usb.insert();
    module = await modulesWith(usb.env, { limits: LIMITS }).open(usb.module);
  });
  afterEach(async () => {
    await closeModules();
    await usb.remove();
  });
  afterAll(() => usb.dispose());

  async function present(): Promise<SlotInfo> {
    const slot = (await module.slots()).find(({ token }) => token !== undefined);
    if (!slot) throw new Error("no token in any slot");
    return slot;
  }

  /** Asks until `wanted` holds; the reader takes up to half a second to notice. Answers the time beyond hung listings. */
  async function until(wanted: (slots: readonly SlotInfo[]) => boolean): Promise<number> {
    const begun = performance.now();
    let hung = 0;
    for (;;) {
      const asked = performance.now();
      const slots = await module.slots().catch((error: unknown) => {
        if ((error as KeysteadError).code !== HUNG) throw error;
        hung += performance.now() - asked;
      });
      if (slots && wanted(slots)) return performance.now() - begun - hung;
      if (performance.now() - begun - hung > 8000) throw new Error("never");
      await sleep(100);
    }
  }

  async function signer(): Promise<{ readonly slotId: string; readonly key: string; readonly id: Buffer }> {
    const { slotId } = await present();
    await module.logIn(await at(module, slotId), "user", pin(usb.pin));
    const [found] = await module.find(slotId, { CKA_CLASS: 3, CKA_KEY_TYPE: 0 }, ["CKA_ID"]);
    return { slotId, key: found?.handle ?? "", id: found?.attributes.CKA_ID as Buffer };
  }

  const PKCS1 = { name: "CKM_SHA256_RSA_PKCS" };

  it("P21 signs on the card what node verifies with the card's own public key", async () => {
    const { slotId, key, id } = await signer();
    const [signature = Buffer.alloc(0)] = await module.sign(slotId, PKCS1, key, [Buffer.from("m")]);
    const [pub] = await module.find(slotId, { CKA_CLASS: 2, CKA_ID: id }, ["CKA_MODULUS", "CKA_PUBLIC_EXPONENT"]);
    const { CKA_MODULUS: n, CKA_PUBLIC_EXPONENT: e } = pub?.attributes ?? {};
    const jwk = { kty: "RSA", n: (n as Buffer).toString("base64url"), e: (e as Buffer).toString("base64url") };
    expect(verify("sha256", Buffer.from("m"), createPublicKey({ key: jwk, format: "jwk" }), signature)).toBe(true);
  });

  it("H02 C27 sees the card go, and come as soon as OpenSC has read it; nobody is logged in to the one that came", async () => {
    const { slotId } = await signer();
    await usb.remove();
    expect(await until((slots) => slots.every(({ token }) => token === undefined))).toBeLessThan(NOTICED_MS);
    expect(await module.loggedIn(slotId)).toBeUndefined();
    await usb.insert();
    // OpenSC reads the whole card before it shows it: about 1.7 s here, as the virtual reader takes 44 ms a command.
    expect(await until((slots) => slots.some(({ token }) => token !== undefined))).toBeLessThan(NOTICED_MS);
    expect(await module.loggedIn((await present()).slotId)).toBeUndefined();
    expect((await signer()).key).not.toBe("");
  });

  it("H02 C32 ends a signature whose card is pulled out under it, and those behind it", async () => {
    const { slotId, key } = await signer();
    usb.pullOutAt(SIGNING);
    const errors = await Promise.all(
      [1, 2, 3].map((n) => failureOf(module.sign(slotId, PKCS1, key, [createHash("sha256").update(`${n}`).digest()]))),
    );
    for (const { code } of errors) {
      expect([
        HUNG,
        "tokens/removed",
        "tokens/not-present",
        "tokens/device-failed",
        "tokens/failed",
        "tokens/object-not-found",
      ]).toContain(code);
    }
    await until((slots) => slots.every(({ token }) => token === undefined));
    expect((await failureOf(module.sign(slotId, PKCS1, key, [Buffer.from("m")]))).code).toMatch(
      /removed|not-present|object-not-found|module-hung/,
    );
    await usb.insert();
    await until((slots) => slots.some(({ token }) => token !== undefined));
    const again = await signer();
    expect(await module.sign(again.slotId, PKCS1, again.key, [Buffer.from("m")])).toHaveLength(1);
  });

  it("C10 C25 a PIN for one use of 9c, refused or right, keeps the session and the handles that others have found", async () => {
    const { slotId, key, id } = await signer();
    const here = await at(module, slotId);
    const [strict] = await module.find(slotId, { CKA_CLASS: 3, CKA_KEY_TYPE: 3 }, [
      "CKA_ALWAYS_AUTHENTICATE",
      "CKA_ID",
    ]);
    expect(strict?.attributes.CKA_ALWAYS_AUTHENTICATE).toBe(true);
    const message = createHash("sha256").update("m").digest();
    const sign = (text: string) =>
      module.signWithPin(here, { name: "CKM_ECDSA" }, strict?.handle ?? "", message, pin(text));
    for (let time = 0; time < 2; time += 1) {
      expect((await failureOf(sign("999999"))).code).toBe("tokens/pin-incorrect");
      expect(usb.card.pinTriesLeft).toBe(2);
      expect(await sign(usb.pin)).toHaveLength(64);
      expect(usb.card.pinTriesLeft).toBe(3);
      expect(await module.sign(slotId, PKCS1, key, [Buffer.from("m")])).toHaveLength(1);
    }
    expect((await failureOf(sign("999999"))).code).toBe("tokens/pin-incorrect");
    // The card itself forgets who was there at a wrong PIN (SP 800-73-4 part 2 section 3.2.1), whatever session it came by …
    expect((await failureOf(module.sign(slotId, PKCS1, key, [Buffer.from("m")]))).code).toBe("tokens/not-logged-in");
    // … and OpenSC then wants a whole login before it takes a PIN for one use: that is no fault of this PIN.
    expect(await failureOf(sign(usb.pin))).toMatchObject({
      code: "tokens/not-logged-in",
      details: { call: "C_Login", ckr: "CKR_OPERATION_NOT_INITIALIZED" },
    });
    await module.logIn(here, "user", pin(usb.pin));
    expect(await sign(usb.pin)).toHaveLength(64);
    expect(await module.sign(slotId, PKCS1, key, [Buffer.from("m")])).toHaveLength(1);
    expect(await module.read(slotId, key, ["CKA_ID"])).toEqual({ CKA_ID: id });
  });

  it("H07 says that the card cannot make keys", async () => {
    const { slotId } = await signer();
    const made = module.generateKeyPair(slotId, { name: "CKM_RSA_PKCS_KEY_PAIR_GEN" }, {}, {});
    expect((await failureOf(made)).code).toBe("tokens/mechanism-missing");
  });

  it("H05 C13 counts down to the lock in flags and says locked, also for the right PIN", async () => {
    const { slotId } = await present();
    const flags = async () => (await present()).token?.flags ?? [];
    expect((await failureOf(module.logIn(await at(module, slotId), "user", pin("000000")))).code).toBe(
      "tokens/pin-incorrect",
    );
    expect((await failureOf(module.logIn(await at(module, slotId), "user", pin("000000")))).code).toBe(
      "tokens/pin-incorrect",
    );
    expect(await flags()).toContain("USER_PIN_FINAL_TRY");
    expect((await failureOf(module.logIn(await at(module, slotId), "user", pin("000000")))).code).toMatch(
      /pin-(incorrect|locked)/,
    );
    expect((await failureOf(module.logIn(await at(module, slotId), "user", pin(usb.pin)))).code).toBe(
      "tokens/pin-locked",
    );
    expect(await flags()).toContain("USER_PIN_LOCKED");
  });
});
