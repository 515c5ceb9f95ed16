import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pkcs11Tool, type Witness, witnessUnavailable } from "#test/support/tokens/pkcs11-tool.ts";
import { startVirtualUsb, type VirtualUsb, virtualUsbUnavailable } from "#test/support/tokens/virtual-usb.ts";

async function until(condition: () => Promise<boolean>, deadlineMs: number): Promise<number> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > deadlineMs) throw new Error(`not within ${deadlineMs} ms`);
    await sleep(20);
  }
  return performance.now() - start;
}

describe.skipIf(virtualUsbUnavailable() !== undefined || witnessUnavailable() !== undefined)(
  "a virtual USB token",
  () => {
    let usb: VirtualUsb;
    let witness: Witness;
    beforeAll(async () => {
      usb = await startVirtualUsb({ holder: "Anna's card" });
      witness = pkcs11Tool({ module: usb.module, env: usb.env, pin: usb.pin });
    });
    afterAll(() => usb.dispose());

    it("is seen when inserted, gone within two seconds when removed, and seen again", async () => {
      const seen = async () => (await witness.slots()).includes("Anna's card");
      expect(await seen()).toBe(false);
      await usb.insert();
      expect(await seen()).toBe(true);
      await usb.remove();
      expect(await until(async () => !(await seen()), 2000)).toBeLessThan(2000);
      await usb.insert();
      expect(await seen()).toBe(true);
    });

    it("signs with RSA and P-256 so that node verifies", async () => {
      await usb.insert();
      const message = Buffer.from("signed on the card");
      const rsa = createPublicKey({ key: await witness.read("pubkey", "01"), format: "der", type: "spki" });
      expect(verify("sha256", message, rsa, await witness.sign("SHA256-RSA-PKCS", "01", message))).toBe(true);
      const ec = createPublicKey({ key: await witness.read("pubkey", "02"), format: "der", type: "spki" });
      const digest = createHash("sha256").update(message).digest();
      expect(verify("sha256", message, ec, await witness.sign("ECDSA", "02", digest, "openssl"))).toBe(true);
    });

    it("is pulled out in the middle of a signature when told to", async () => {
      await usb.insert();
      usb.pullOutAt(0x87);
      await expect(witness.sign("SHA256-RSA-PKCS", "01", Buffer.from("never"))).rejects.toThrow(/CKR_/);
      expect(usb.inserted).toBe(false);
    });

    it("does not share its reader with another virtual token", async () => {
      const other = await startVirtualUsb({ holder: "Bert's card" });
      try {
        await Promise.all([usb.insert(), other.insert()]);
        const slots = await pkcs11Tool({ module: other.module, env: other.env }).slots();
        expect(slots).toContain("Bert's card");
        expect(slots).not.toContain("Anna's card");
        expect(existsSync(dirname(other.env.OPENSC_CONF))).toBe(true);
      } finally {
        await other.dispose();
      }
      expect(existsSync(dirname(other.env.OPENSC_CONF))).toBe(false);
      expect(await witness.slots()).toContain("Anna's card");
    });

    it("locks after three wrong PINs, across removal, and is unblocked by the PUK", async () => {
      await usb.insert();
      const wrong = pkcs11Tool({ module: usb.module, env: usb.env, pin: "999999" });
      await expect(wrong.objects()).rejects.toThrow(/CKR_PIN_INCORRECT/);
      await expect(wrong.objects()).rejects.toThrow(/CKR_PIN_INCORRECT/);
      expect(await witness.slots()).toContain("final user PIN try");
      await expect(wrong.objects()).rejects.toThrow(/CKR_PIN_LOCKED|CKR_PIN_INCORRECT/);
      await usb.remove();
      await usb.insert();
      await expect(witness.objects()).rejects.toThrow(/CKR_PIN_LOCKED/);
      expect(usb.card.pinTriesLeft).toBe(0);
      const padded = (pin: string) => Buffer.concat([Buffer.from(pin), Buffer.alloc(8 - pin.length, 0xff)]);
      const unblock = Buffer.concat([Buffer.of(0, 0x2c, 0, 0x80, 16), padded(usb.puk), padded(usb.pin)]);
      expect(usb.card.answer(unblock).toString("hex")).toBe("9000");
      expect((await witness.objects()).length).toBeGreaterThan(0);
    });
  },
);
