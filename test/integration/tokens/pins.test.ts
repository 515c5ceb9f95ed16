import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenObject } from "#shared/models/token.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { pkcs11Tool } from "#test/support/tokens/pkcs11-tool.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { SO_PIN, TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-pins");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

describe.skipIf(softHsmUnavailable() !== undefined)("PINs on SoftHSM", () => {
  it("H05 C14 counts wrong PINs in the vault though the token never locks, and asks before what may be the last try", async () => {
    await using bench = await TokenBench.open(copy("counting"));
    const { kernel } = bench;
    const { id } = await bench.made("Counted");
    await kernel.must("tokens.logOut", { id });
    const guess = (more: object = {}) => kernel.reply("tokens.logIn", { id, pin: "999999", ...more });
    expect(await guess()).toMatchObject({
      error: { code: "tokens/pin-incorrect", details: { ownFailures: 1, state: "low" } },
    });
    expect(await guess()).toMatchObject({
      error: { code: "tokens/pin-incorrect", details: { ownFailures: 2, state: "final-try" } },
    });
    const tries = bench.ear.calls.get("logIn");
    expect(await guess()).toMatchObject({ error: { code: "tokens/pin-final-try" } });
    expect(await kernel.code("tokens.logIn", { id, pin: USER_PIN })).toBe("tokens/pin-final-try");
    expect(bench.ear.calls.get("logIn")).toBe(tries);
    // It is in the vault, so a lock does not forget it.
    await kernel.must("vault.lock");
    await kernel.unlock();
    expect((await bench.token("Counted")).userPin).toMatchObject({ state: "final-try", ownFailures: 2 });
    expect(await guess({ acceptFinalTry: true })).toMatchObject({ error: { details: { ownFailures: 3 } } });
    const token = await kernel.must("tokens.logIn", { id, pin: USER_PIN, acceptFinalTry: true });
    expect(token).toMatchObject({ loggedIn: "user", userPin: { ownFailures: 0 } });
    expect((await kernel.must("tokens.get", { id })).userPin.ownFailures).toBe(0);
    const { traces } = await kernel.must("audit.list", { name: "refusedPin", limit: 10 });
    expect(traces).toHaveLength(3);
    expect(JSON.stringify((await kernel.must("audit.list", { limit: 500 })).traces)).not.toContain("999999");
  });

  it("H05 C22 a PIN that cannot be right costs no try", async () => {
    await using bench = await TokenBench.open(copy("length"));
    const { id } = await bench.made("Length");
    await bench.kernel.must("tokens.logOut", { id });
    const tries = bench.ear.calls.get("logIn");
    expect(await bench.kernel.code("tokens.logIn", { id, pin: "1" })).toBe("tokens/pin-length");
    expect(bench.ear.calls.get("logIn")).toBe(tries);
    expect((await bench.token("Length")).userPin.ownFailures).toBe(0);
  });

  it("H05 C11 a wrong PIN is refused and counted also where somebody is logged in already", async () => {
    await using bench = await TokenBench.open(copy("already"));
    const { kernel } = bench;
    const { id } = await bench.made("Already");
    expect(await kernel.code("tokens.logIn", { id, pin: "999999" })).toBe("tokens/pin-incorrect");
    expect(await bench.token("Already")).toMatchObject({ loggedIn: "nobody", userPin: { ownFailures: 1 } });
    expect(await kernel.must("tokens.logIn", { id, pin: USER_PIN })).toMatchObject({ loggedIn: "user" });
  });

  it("H05 changes the user's PIN and the security officer's, and pkcs11-tool knows the new ones", async () => {
    await using bench = await TokenBench.open(copy("change"));
    const { kernel } = bench;
    const { id } = await bench.made("Change");
    const change = (who: string, currentPin: string, newPin: string) =>
      kernel.code("tokens.changePin", { id, who, currentPin, newPin });
    expect(await change("user", "wrong-one", "neue-PIN-ä")).toBe("tokens/pin-incorrect");
    expect(await change("user", USER_PIN, USER_PIN)).toBe("tokens/pin-refused");
    expect(await change("user", USER_PIN, "1")).toBe("tokens/pin-length");
    expect(await change("user", USER_PIN, "neue-PIN-ä")).toBe("ok");
    expect((await bench.token("Change")).loggedIn).toBe("nobody");
    expect(await kernel.code("tokens.logIn", { id, pin: USER_PIN })).toBe("tokens/pin-incorrect");
    // Composed and decomposed are one PIN (C22).
    expect(await kernel.code("tokens.logIn", { id, pin: "neue-PIN-a\u0308" })).toBe("ok");
    expect(await pkcs11Tool({ ...bench.hsm, label: "Change", pin: "neue-PIN-ä" }).objects()).toEqual([]);
    expect(await change("so", "11111111", "22222222")).toBe("tokens/pin-incorrect");
    expect(await change("so", SO_PIN, "22222222")).toBe("ok");
    expect(await kernel.code("tokens.unblockPin", { id, soPin: SO_PIN, newPin: "333333" })).toBe(
      "tokens/pin-incorrect",
    );
    expect(await kernel.code("tokens.unblockPin", { id, soPin: "22222222", newPin: "333333" })).toBe("ok");
  });

  it("H06 H07 C22 one PIN typed in two ways is the same bytes for the log-in, a key's use, an administrator's token and its unlock", async () => {
    await using bench = await TokenBench.open(copy("composed"));
    const { kernel, hsm } = bench;
    const composed = "p\u00e4ssw\u00f6rt1";
    const decomposed = composed.normalize("NFD");
    const { id } = await bench.made("Composed");
    await kernel.must("tokens.changePin", { id, who: "user", currentPin: USER_PIN, newPin: composed });
    const strict = [
      "--keypairgen",
      "--key-type",
      "EC:prime256v1",
      "--id",
      "c25c25",
      "--label",
      "strict",
      "--always-auth",
    ];
    await pkcs11Tool({ ...hsm, label: "Composed", pin: composed }).run(...strict);
    await kernel.must("tokens.logIn", { id, pin: decomposed });
    const { objects } = await kernel.must("tokens.listObjects", { id });
    const key = objects.find((object: TokenObject) => object.pinEachTime === true);
    expect(await kernel.code("tokens.sign", { id, ref: key.ref, messages: ["AAAA"], pin: decomposed })).toBe("ok");
    expect(await kernel.code("tokens.registerAdministrator", { id, pin: decomposed, mode: "alone" })).toBe("ok");
    await kernel.must("vault.lock");
    expect(await kernel.code("vault.unlockWithToken", { pin: decomposed })).toBe("ok");
    expect((await bench.token("Composed")).userPin.ownFailures).toBe(0);
  });

  it("H05 C11 C16 the security officer sets a new user PIN, proved by a login, and nobody stays logged in", async () => {
    await using bench = await TokenBench.open(copy("unblock"));
    const { kernel } = bench;
    const { id } = await bench.made("Unblock");
    for (let i = 0; i < 2; i++) await kernel.code("tokens.changePin", { id, currentPin: "999999", newPin: "888888" });
    expect((await bench.token("Unblock")).userPin.state).toBe("final-try");
    const token = await kernel.must("tokens.unblockPin", { id, soPin: SO_PIN, newPin: "777777" });
    expect(token).toMatchObject({
      loggedIn: "nobody",
      userPin: { state: "ok", ownFailures: 0 },
      soPin: { ownFailures: 0 },
    });
    expect(await kernel.code("tokens.logIn", { id, pin: "777777" })).toBe("ok");
    expect(kernel.bugs).toEqual([]);
  });

  it("H05 D17 locking the vault logs out and ends every process; the next unlock has nobody logged in", async () => {
    await using bench = await TokenBench.open(copy("lock"));
    const { kernel } = bench;
    const { id } = await bench.made("Locked");
    expect((await bench.token("Locked")).loggedIn).toBe("user");
    const before = bench.ear.calls.get("logOut") ?? 0;
    await kernel.must("vault.lock");
    expect(bench.ear.calls.get("logOut")).toBe(before + 1);
    expect(await kernel.code("tokens.list")).toBe("vault/locked");
    await kernel.unlock();
    expect((await bench.token("Locked")).loggedIn).toBe("nobody");
    expect(await kernel.code("tokens.generateKey", { id, spec: "aes-128", label: "x" })).toBe("tokens/not-logged-in");
  });

  it("C12 a wizard waits for keys under way and keys wait for the wizard, without mixing logins", async () => {
    await using bench = await TokenBench.open(copy("turns"));
    const { kernel } = bench;
    const { id } = await bench.made("Turns");
    const all = await Promise.all([
      kernel.code("tokens.generateKey", { id, spec: "rsa-2048", label: "one" }),
      kernel.code("tokens.unblockPin", { id, soPin: SO_PIN, newPin: "654321" }),
      kernel.code("tokens.generateKey", { id, spec: "ecdsa-p256", label: "two" }),
      kernel.code("tokens.logIn", { id, pin: "654321" }),
      kernel.code("tokens.generateKey", { id, spec: "ecdsa-p256", label: "three" }),
    ]);
    expect(all).toEqual(["ok", "ok", "tokens/not-logged-in", "ok", "ok"]);
  });
});
