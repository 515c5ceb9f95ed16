import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import { deriveKey } from "#main/crypto/derive.ts";
import type { TokenModule, TokenModules } from "#main/features/tokens/index.ts";
import { encodeHeader } from "#main/features/vault/header.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { buildHostileModule, hostileModuleUnavailable } from "#test/support/hostile-module/hostile-module.ts";
import { ManualClock } from "#test/support/manual-clock.ts";
import { OFFICER_PASSWORD, Officer } from "#test/support/officer.ts";
import { nssUnavailable, startNss } from "#test/support/tokens/nss.ts";
import { processesShowing } from "#test/support/tokens/pin-hunt.ts";
import { pkcs11Tool, witnessUnavailable } from "#test/support/tokens/pkcs11-tool.ts";
import { runProgram } from "#test/support/tokens/programs.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";
import { addedToken, token, tokenOutside } from "#test/support/tokens/token-officer.ts";
import { startVirtualUsb, virtualUsbUnavailable } from "#test/support/tokens/virtual-usb.ts";
import { editHeader, filesHolding, headerFile, type LooseHeader, vaultFingerprint } from "#test/support/vault-files.ts";
import { slotKeysOf } from "#test/support/vault-keys.ts";

const PIN = "user-pin-53915";
const SO_PIN = "so-pin-88121";
const unavailable = softHsmUnavailable() !== undefined || witnessUnavailable() !== undefined;

describe.skipIf(unavailable)("administrators' tokens on SoftHSM", () => {
  let hsm: SoftHsm;
  let officer: Officer;
  const open: Officer[] = [];

  /** A vault of its own, opened by a registered token labelled `label`. */
  async function registered(label: string): Promise<{ officer: Officer; serial: string; slotId: string }> {
    const { serial } = await hsm.addToken(label, SO_PIN, PIN);
    const own = await Officer.withVault({ outside: tokenOutside(hsm.env) });
    open.push(own);
    const { id } = await addedToken(own, hsm, { serial });
    const { administrator } = await own.client.tokens.registerAdministrator({ id, pin: PIN });
    return { officer: own, serial, slotId: administrator.slotId };
  }

  /** The refusal of an unlock, which must have written nothing and hold nothing. */
  async function refused(own: Officer, params: { pin?: string; slotId?: string; acceptFinalTry?: boolean } = {}) {
    if ((await own.client.vault.status({})).state === "unlocked") await own.client.vault.lock({});
    const before = vaultFingerprint(own.folder);
    const error = await own.refusal(own.client.vault.unlockWithToken({ pin: PIN, ...params }));
    expect(vaultFingerprint(own.folder)).toEqual(before);
    const status = await own.client.vault.status({});
    expect(status).toMatchObject({ state: "locked" });
    expect(status).not.toHaveProperty("heldBy");
    expect(error.message).toMatch(/[.!]$/);
    expect(error.message).not.toContain(params.pin ?? PIN);
    return error;
  }

  beforeAll(async () => {
    hsm = await startSoftHsm();
    officer = (await registered("office")).officer;
  });
  afterEach(async () => {
    for (const own of open.splice(1)) {
      expect(own.bugs).toEqual([]);
      await own[Symbol.asyncDispose]();
    }
  });
  afterAll(async () => {
    expect(officer.bugs).toEqual([]);
    await officer[Symbol.asyncDispose]();
    await hsm.dispose();
  });

  it("H06 H07 the key that opens the vault is not deleted while its administrator stands", async () => {
    const { officer: own, serial, slotId } = await registered("guarded");
    const id = (await own.client.tokens.list({})).tokens.find((token) => token.serial === serial)?.id ?? "";
    await own.client.tokens.logIn({ id, pin: PIN });
    const { objects } = await own.client.tokens.listObjects({ id });
    const key = objects.find((object) => object.class === "private-key" && object.label === "keystead-unlock");
    if (key === undefined) throw new Error("no unlock key");
    const wish = { id, ref: key.ref, confirm: key.label };
    expect(await own.refusal(own.client.tokens.deleteObject(wish))).toMatchObject({ code: "tokens/last-way-in" });
    expect((await own.client.tokens.listObjects({ id })).objects).toHaveLength(objects.length);
    await own.client.tokens.removeAdministrator({ slotId });
    expect((await own.client.tokens.deleteObject(wish)).deleted).toContain(key.ref);
  });

  it("H06 V01 a registered token opens the vault in another process, and its PIN is seen nowhere", async () => {
    await officer.keypair();
    await officer.client.vault.lock({});
    const script = join(import.meta.dirname, "../../support/tokens/unlock-script.ts");
    const child = spawn(process.execPath, [script, officer.folder], {
      env: { ...process.env, ...hsm.env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    try {
      child.stdin?.write(`${PIN}\n`);
      const [line] = (await once(
        createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }),
        "line",
      )) as [string];
      expect(processesShowing(PIN)).toEqual([]);
      const { reply, list } = JSON.parse(line);
      expect(reply).toMatchObject({ ok: true, result: { state: "unlocked", session: { userName: "olga" } } });
      expect(list.result.keypairs).toHaveLength(1);
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await officer.unlock();
    expect(filesHolding(officer.folder, Buffer.from(PIN))).toEqual([]);
    const { traces } = await officer.client.audit.list({ limit: 1000 });
    expect(traces.map((trace) => trace.name)).toEqual(
      expect.arrayContaining(["registerAdministrator", "unlockVaultWithToken"]),
    );
    expect(JSON.stringify(traces)).not.toContain(PIN);
  });

  it("H06 C47 makes one key for it, sensitive and not extractable, that pkcs11-tool sees too", async () => {
    const objects = await pkcs11Tool({ module: hsm.module, env: hsm.env, label: "office", pin: PIN }).objects();
    const [key, ...others] = objects.filter((object) => object.kind === "Private Key Object");
    expect(others).toEqual([]);
    expect(key).toMatchObject({ label: "keystead-unlock", type: expect.stringContaining("RSA"), usage: ["decrypt"] });
    expect(key?.access).toEqual(
      expect.arrayContaining(["sensitive", "always sensitive", "never extractable", "local"]),
    );
  });

  it("V01 lists the tokens that open it while it is locked, and for whom while it is open", async () => {
    await officer.client.vault.lock({});
    const { serial } = await statusToken(officer);
    expect(await officer.client.vault.status({})).toMatchObject({
      users: ["olga"],
      tokens: [{ userName: "olga", label: "office", serial }],
    });
    expect(await officer.client.vault.unlockWithToken({ pin: PIN })).toMatchObject({ state: "unlocked" });
    expect(await officer.client.tokens.listAdministrators({})).toMatchObject({
      administrators: [{ userName: "olga", tokenLabel: "office", tokenSerial: serial, method: "rsa-oaep-sha1" }],
      passwordUsers: ["olga"],
    });
    expect(await token(officer, { serial })).toMatchObject({ administrator: true, loggedIn: "nobody" });
  });

  it("H06 unlocking by token counts as a confirmation of who one is", async () => {
    await officer.client.vault.lock({});
    await officer.client.vault.unlockWithToken({ pin: PIN });
    const made = await officer.client.keypairs.create({ name: `confirmed-${Date.now()}`, spec: "ed25519" });
    await officer.client.keypairs.remove({ id: made.keypair.id });
  });

  it("V01 V02 a wrong PIN opens nothing, costs time, and is told at the next unlock", async () => {
    const { officer: own } = await registered("guessed");
    const wrong = (i: number, acceptFinalTry = false) => refused(own, { pin: `wrong-pin-${i}`, acceptFinalTry });
    for (let i = 0; i < 2; i++) expect((await wrong(i)).code).toBe("tokens/pin-incorrect");
    // C14: this token never warns. The usual card locks at three, so the third is somebody's decision, be it right or wrong.
    for (const asked of [wrong(2), wrong(2)]) expect((await asked).code).toBe("tokens/pin-final-try");
    expect((await refused(own)).code).toBe("tokens/pin-final-try");
    expect((await wrong(2, true)).code).toBe("tokens/pin-incorrect");
    expect((await refused(own)).code).toBe("access/too-many-attempts");
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const status = await own.client.vault.unlockWithToken({ pin: PIN, acceptFinalTry: true });
    expect(status).toMatchObject({ state: "unlocked", warnings: [{ code: "failed-unlocks" }] });
    expect(JSON.stringify(status)).toContain("3 attempts to unlock this vault with a wrong PIN");
    // A right one begins the count anew.
    expect((await wrong(3)).code).toBe("tokens/pin-incorrect");
  });

  it("C11 a PIN is held against the token also where somebody is logged in to it", async () => {
    const { officer: own, serial } = await registered("shared");
    const { id } = await token(own, { serial });
    await own.client.tokens.logIn({ id, pin: PIN });
    const second = own.app.connect("test");
    const unlock = (pin: string) => own.app.dispatch(second, { operation: "vault.unlockWithToken", params: { pin } });
    expect(await unlock("wrong-pin")).toMatchObject({ ok: false, error: { code: "tokens/pin-incorrect" } });
    expect(await own.refusal(own.client.tokens.registerAdministrator({ id, pin: "wrong-pin" }))).toMatchObject({
      code: "tokens/pin-incorrect",
    });
    expect(await unlock(PIN)).toMatchObject({ ok: true, result: { session: { userName: "olga" } } });
    expect((await own.client.tokens.listAdministrators({})).administrators).toHaveLength(1);
  });

  it("H06 a registration that fails leaves neither a slot nor a key behind", async () => {
    const { serial } = await hsm.addToken("untouched", SO_PIN, PIN);
    const { id } = await addedToken(officer, hsm, { serial });
    const header = vaultFingerprint(officer.folder)["vault.json"];
    const error = await officer.refusal(officer.client.tokens.registerAdministrator({ id, pin: "not-the-pin" }));
    expect(error.code).toBe("tokens/pin-incorrect");
    expect(vaultFingerprint(officer.folder)["vault.json"]).toBe(header);
    expect(await pkcs11Tool({ module: hsm.module, env: hsm.env, label: "untouched", pin: PIN }).objects()).toEqual([]);
  });

  it("V01 a token that is not in is asked for by name, and opens the vault once it is back", async () => {
    const { officer: own, serial } = await registered("pulled");
    await hsm.pullOut(serial);
    const error = await refused(own);
    expect(error.code).toBe("tokens/not-present");
    expect(error.message).toContain(`“pulled” (serial ${serial})`);
    // Another one is in, which is no help.
    expect(error.message).toMatch(/The token that is in, “\w+” \(serial \w+\), is another one\./);
    await hsm.putIn(serial);
    expect(await own.client.vault.unlockWithToken({ pin: PIN })).toMatchObject({ state: "unlocked" });
  });

  it("V01 a token that was initialised since has no key for this vault any more", async () => {
    const { officer: own, serial } = await registered("renewed");
    const init = ["--init-token", "--serial", serial, "--label", "renewed", "--so-pin", SO_PIN, "--pin", PIN];
    await runProgram("softhsm2-util", ["--module", hsm.module, ...init], hsm.env);
    const error = await refused(own);
    expect(error.code).toBe("tokens/object-not-found");
    expect(error.message).toContain("was initialised");
  });

  it("V01 a library that is gone, or that others could replace, is not loaded", async () => {
    const folder = await mkdtemp(join(tmpdir(), "keystead-library-"));
    try {
      const module = join(folder, "libsofthsm2.so");
      copyFileSync(hsm.module, module);
      const { serial } = await hsm.addToken("elsewhere", SO_PIN, PIN);
      const own = await Officer.withVault({ outside: tokenOutside(hsm.env) });
      open.push(own);
      const { id } = await addedToken(own, { module }, { serial });
      chmodSync(folder, 0o777);
      const unsafe = await own.refusal(own.client.tokens.registerAdministrator({ id, pin: PIN }));
      expect(unsafe).toMatchObject({ code: "tokens/module-unloadable", details: { place: folder } });
      chmodSync(folder, 0o755);
      await own.client.tokens.registerAdministrator({ id, pin: PIN });
      chmodSync(folder, 0o777);
      expect((await refused(own)).code).toBe("tokens/module-unloadable");
      chmodSync(folder, 0o755);
      renameSync(module, `${module}.gone`);
      expect((await refused(own)).code).toBe("tokens/module-not-found");
      writeFileSync(module, "not a library");
      expect((await refused(own)).code).toBe("tokens/module-unloadable");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("H06 C29 a library that has moved is said to have, and the token registered again by its new path opens the vault", async () => {
    const folder = await mkdtemp(join(tmpdir(), "keystead-moved-"));
    try {
      const [before, after] = [join(folder, "old.so"), join(folder, "new.so")];
      copyFileSync(hsm.module, before);
      const { serial } = await hsm.addToken("moving", SO_PIN, PIN);
      const own = await Officer.withVault({ outside: tokenOutside(hsm.env) });
      open.push(own);
      const { id } = await addedToken(own, { module: before }, { serial });
      const { administrator: old } = await own.client.tokens.registerAdministrator({ id, pin: PIN });
      renameSync(before, after);
      const error = await refused(own);
      expect(error).toMatchObject({ code: "tokens/module-not-found", details: { path: before } });
      expect(error.message).toContain("unlock another way");
      await own.client.vault.unlock({ password: OFFICER_PASSWORD });
      const [module] = (await own.client.tokens.listModules({})).modules;
      await own.client.tokens.removeModule({ id: module?.id ?? "" });
      const now = await addedToken(own, { module: after }, { serial });
      expect(now.id).not.toBe(id);
      const { administrator } = await own.client.tokens.registerAdministrator({ id: now.id, pin: PIN });
      await own.client.vault.lock({});
      expect(await own.client.vault.unlockWithToken({ pin: PIN })).toMatchObject({ state: "unlocked" });
      await own.client.tokens.removeAdministrator({ slotId: old.slotId });
      const { administrators } = await own.client.tokens.listAdministrators({});
      expect(administrators.map(({ slotId }) => slotId)).toEqual([administrator.slotId]);
      await own.client.vault.lock({});
      expect(await own.client.vault.unlockWithToken({ pin: PIN })).toMatchObject({ state: "unlocked" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("H06 two tokens open it, one taken away does not, and nobody guesses which of two is meant", async () => {
    const { officer: own, slotId: first } = await registered("first");
    const { serial } = await hsm.addToken("second", SO_PIN, PIN);
    const { id } = await addedToken(own, hsm, { serial });
    const { administrator: second } = await own.client.tokens.registerAdministrator({ id, pin: PIN });
    expect((await refused(own)).code).toBe("tokens/object-ambiguous");
    for (const slotId of [first, second.slotId]) {
      expect(await own.client.vault.unlockWithToken({ slotId, pin: PIN })).toMatchObject({ state: "unlocked" });
      await own.client.vault.lock({});
    }
    await own.unlock();
    await own.client.tokens.removeAdministrator({ slotId: first });
    expect((await refused(own, { slotId: first })).code).toBe("tokens/not-administrator");
    expect(await own.client.vault.unlockWithToken({ pin: PIN })).toMatchObject({ state: "unlocked" });
    expect(await own.refusal(own.client.tokens.removeAdministrator({ slotId: first }))).toMatchObject({
      code: "tokens/not-administrator",
    });
  });

  it("H06 the last way in is never taken, and the one before it can be", async () => {
    const { officer: own, slotId } = await registered("only");
    await own.client.vault.lock({});
    const { header, keys } = await slotKeysOf(own.folder, OFFICER_PASSWORD);
    const slots = header.slots.filter((slot) => slot.kind === "token");
    writeFileSync(
      headerFile(own.folder),
      encodeHeader({ ...header, slots }, deriveKey(keys.root, header.vaultId, "header")),
    );
    expect((await own.refusal(own.unlock())).code).toBe("vault/token-needed");
    await own.client.vault.unlockWithToken({ pin: PIN });
    const before = vaultFingerprint(own.folder)["vault.json"];
    const last = await own.refusal(own.client.tokens.removeAdministrator({ slotId }));
    expect(last.code).toBe("tokens/last-way-in");
    expect(last.message).toContain("olga");
    expect(vaultFingerprint(own.folder)["vault.json"]).toBe(before);
    const { serial } = await hsm.addToken("spare", SO_PIN, PIN);
    const { id } = await addedToken(own, hsm, { serial });
    const { administrator } = await own.client.tokens.registerAdministrator({ id, pin: PIN });
    await own.client.tokens.removeAdministrator({ slotId: administrator.slotId });
    expect((await own.refusal(own.client.tokens.removeAdministrator({ slotId }))).code).toBe("tokens/last-way-in");
  });

  it("H06 a registration is either traced and done or taken back when the vault is locked at the same moment", async () => {
    const { serial } = await hsm.addToken("raced", SO_PIN, PIN);
    const own = await Officer.withVault({ outside: tokenOutside(hsm.env) });
    open.push(own);
    await addedToken(own, hsm, { serial });
    for (const delay of [0, 60, 150, 250, 300, 350, 400, 500]) {
      const { id } = await token(own, { serial });
      const attempt = own.client.tokens.registerAdministrator({ id, pin: PIN }).catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await own.app.lock("idle");
      await attempt;
      await own.unlock();
      const { administrators } = await own.client.tokens.listAdministrators({});
      const { traces } = await own.client.audit.list({ limit: 1000 });
      const done = traces.filter((trace) => trace.name === "registerAdministrator" && trace.outcome === "allowed");
      expect(done, `${delay} ms`).toHaveLength(administrators.length);
    }
    expect(await own.client.audit.verify({})).toMatchObject({ intact: true });
  });

  type Edit = (slot: LooseHeader) => Readonly<Record<string, unknown>>;
  const edits: Readonly<Record<string, readonly [Edit, string | RegExp]>> = {
    userId: [(slot) => ({ userId: slot.id }), "tokens/challenge-failed"],
    userName: [() => ({ userName: "mallory" }), "tokens/challenge-failed"],
    createdAt: [(slot) => ({ createdAt: slot.createdAt + 1 }), "tokens/challenge-failed"],
    modulePath: [() => ({ modulePath: "/nowhere/lib.so" }), "tokens/module-not-found"],
    libraryParameters: [() => ({ libraryParameters: "" }), "tokens/challenge-failed"],
    "token.label": [(slot) => ({ token: { ...slot.token, label: "other" } }), "tokens/challenge-failed"],
    "token.serial": [(slot) => ({ token: { ...slot.token, serial: "0" } }), "tokens/not-present"],
    keyId: [() => ({ keyId: "00" }), "tokens/object-not-found"],
    ciphertext: [
      () => ({ parameters: { ciphertext: Buffer.alloc(256, 7).toString("base64") } }),
      /^tokens\/(failed|challenge-failed)$/,
    ],
    "a shorter ciphertext": [
      () => ({ parameters: { ciphertext: Buffer.alloc(255, 7).toString("base64") } }),
      "vault/header-unreadable",
    ],
    wrapped: [(slot) => ({ wrapped: `AAAA${slot.wrapped.slice(4)}` }), "tokens/challenge-failed"],
    "an unknown method": [() => ({ method: "rsa-raw" }), "vault/header-unreadable"],
    "parameters of another method": [() => ({ method: "aes-gcm" }), "vault/header-unreadable"],
    "a field more": [() => ({ pin: "1234" }), "vault/header-unreadable"],
  };
  it("V02 no field of a token's slot can be changed unnoticed", async () => {
    const { officer: own } = await registered("edited");
    await own.client.vault.lock({});
    const whole = readFileSync(headerFile(own.folder));
    for (const [field, [edit, code]] of Object.entries(edits)) {
      const editSlot = (header: LooseHeader) => {
        // An optional field has its place in the order that the checksum is made in.
        const { id, kind, userId, userName, createdAt, modulePath, ...rest } = header.slots[1];
        const { libraryParameters, ...patch } = edit(header.slots[1]);
        const more = libraryParameters === undefined ? {} : { libraryParameters };
        header.slots[1] = { id, kind, userId, userName, createdAt, modulePath, ...more, ...rest };
        Object.assign(header.slots[1], patch);
      };
      editHeader(own.folder, editSlot, true);
      const error = await own.refusal(own.client.vault.unlockWithToken({ pin: PIN }));
      expect(error.code, field).toMatch(code);
      writeFileSync(headerFile(own.folder), whole);
    }
    expect(await own.client.vault.unlockWithToken({ pin: PIN })).toMatchObject({ state: "unlocked" });
  });

  it("V01 C13 a token that answers wrongly, or warns of its last try, opens nothing and keeps nobody from the password", async () => {
    const { serial } = await hsm.addToken("liar", SO_PIN, PIN);
    const lie = { answer: (honest: Buffer) => honest, flags: [] as string[] };
    const own = await Officer.withVault({ outside: { tokenModules: () => lying(hsm, lie) } });
    open.push(own);
    const { id } = await addedToken(own, hsm, { serial });
    await own.client.tokens.registerAdministrator({ id, pin: PIN });
    lie.answer = () => Buffer.alloc(32, 9);
    expect((await refused(own)).code).toBe("tokens/challenge-failed");
    lie.answer = () => Buffer.alloc(5);
    expect((await refused(own)).code).toBe("tokens/challenge-failed");
    lie.answer = (honest) => honest;
    lie.flags = ["USER_PIN_FINAL_TRY"];
    expect((await refused(own)).code).toBe("tokens/pin-final-try");
    expect(await own.client.vault.unlockWithToken({ pin: PIN, acceptFinalTry: true })).toMatchObject({
      state: "unlocked",
    });
    lie.flags = ["USER_PIN_LOCKED"];
    expect((await refused(own, { acceptFinalTry: true })).code).toBe("tokens/pin-locked");
    lie.flags = ["PROTECTED_AUTHENTICATION_PATH"];
    expect((await refused(own)).code).toBe("tokens/pin-pad");
    await own.unlock();
  });

  describe.skipIf(hostileModuleUnavailable() !== undefined)("a slot whose token is in a library of our own", () => {
    /** Locked, its second slot edited to be the token that the hostile module shows, with these marks changed. */
    async function hostileSlot(marks: { readonly serial?: string } = {}) {
      const hostile = await buildHostileModule();
      const { serial } = await hsm.addToken("replaced too", SO_PIN, PIN);
      const tokenModules = () => createTokenModules({ startProcess: nodeProcess({ ...hsm.env, ...hostile.env }) });
      const own = await Officer.withVault({ outside: { tokenModules } });
      open.push(own);
      const { id } = await addedToken(own, hsm, { serial });
      await own.client.tokens.registerAdministrator({ id, pin: PIN });
      await own.client.vault.lock({});
      const shown = { manufacturer: "", model: "", serial: "H1", label: "Hostile token", ...marks };
      const slot = { modulePath: hostile.module, token: shown };
      editHeader(own.folder, (header) => Object.assign(header.slots[1], slot), true);
      return { own, hostile };
    }

    it("V01 C22 a PIN that cannot be right costs no try", async () => {
      const { own, hostile } = await hostileSlot();
      for (const pin of ["1", "123456789"]) expect((await refused(own, { pin })).code).toBe("tokens/pin-length");
      expect(await hostile.pinCalls()).toEqual([]);
      expect((await refused(own, { pin: hostile.userPin })).code).toBe("tokens/mechanism-missing");
      await hostile.dispose();
    });

    it.each([
      ["a general error", { "pin.error": "0x5" }],
      ["a code of its maker's own", { "pin.error": "0x8000002f" }],
      ["a lock", { "pin.error": "0xa4" }],
      ["a crash", { C_Login: "crash" }],
    ] as const)(
      "V01 C14 wrong PINs cost a guesser time also where the token answers them with %s",
      async (_what, how) => {
        const { own, hostile } = await hostileSlot();
        await hostile.behave(how);
        for (const pin of ["9991", "9992", "9993"])
          expect((await refused(own, { pin, acceptFinalTry: true })).code).toMatch(
            /^tokens\/(failed|pin-locked|module-crashed)$/,
          );
        expect((await refused(own, { pin: "9994" })).code).toBe("access/too-many-attempts");
        expect(await hostile.pinCalls()).toHaveLength(3);
        await hostile.dispose();
      },
    );

    it("V01 C29 of two tokens with one serial and one label neither gets the PIN, and it says why", async () => {
      const { own, hostile } = await hostileSlot();
      await hostile.behave({ slots: 2 });
      expect((await refused(own, { pin: hostile.userPin })).code).toBe("tokens/object-ambiguous");
      expect(await hostile.pinCalls()).toEqual([]);
      await hostile.behave({ slots: 2, "slot.1.token.label": "Its other PIN" });
      expect((await refused(own, { pin: hostile.userPin })).code).toBe("tokens/mechanism-missing");
      await hostile.dispose();
    });

    it.each(["", "00000000"])(
      "V01 C29 with the serial “%s”, no PIN goes to another token of its make",
      async (serial) => {
        const { own, hostile } = await hostileSlot({ serial });
        const shows = { "token.serial": serial };
        await hostile.behave({ ...shows, "token.label": "A stranger's" });
        expect((await refused(own, { pin: hostile.userPin })).code).toBe("tokens/not-present");
        await hostile.behave({ ...shows, slots: 2 });
        expect((await refused(own, { pin: hostile.userPin })).code).toBe("tokens/not-present");
        expect(await hostile.pinCalls()).toEqual([]);
        await hostile.behave(shows);
        expect((await refused(own, { pin: hostile.userPin })).code).toBe("tokens/mechanism-missing");
        await hostile.dispose();
      },
    );
  });

  it.skipIf(hostileModuleUnavailable() !== undefined)(
    "V01 C1 C4 a library that dies, hangs or gives up while it is asked opens nothing, and the vault lives on",
    async () => {
      const hostile = await buildHostileModule();
      const { serial } = await hsm.addToken("replaced", SO_PIN, PIN);
      const limits = { short: 1_500, login: 1_500, objects: 1_500 };
      const tokenModules = () =>
        createTokenModules({ startProcess: nodeProcess({ ...hsm.env, ...hostile.env }), limits });
      const clock = new ManualClock();
      const own = await Officer.withVault({ outside: { tokenModules, clock } });
      open.push(own);
      try {
        const { id } = await addedToken(own, hsm, { serial });
        await own.client.tokens.registerAdministrator({ id, pin: PIN });
        await own.client.vault.lock({});
        const modules = tokenModules();
        const present = (await (await modules.open(hostile.module)).slots())[0]?.token;
        await modules.closeAll();
        if (present === undefined) throw new Error("the hostile module shows no token");
        const { manufacturer, model, label } = present;
        const marks = { manufacturer, model, serial: present.serial, label };
        const whole = readFileSync(headerFile(own.folder));
        editHeader(
          own.folder,
          (header) => Object.assign(header.slots[1], { modulePath: hostile.module, token: marks }),
          true,
        );
        for (const [how, code] of [
          [{ C_Login: "crash" }, "tokens/module-crashed"],
          [{ C_Login: "hang" }, "tokens/module-hung"],
          [{ C_GetTokenInfo: "hang" }, "tokens/module-hung"],
          [{ C_FindObjectsInit: "crash" }, "tokens/module-crashed"],
          [{ C_Login: "remove" }, /^tokens\/(removed|not-present)$/],
          [{ C_Login: "0x80000042" }, "tokens/failed"],
          [{ load: "crash" }, /^tokens\/module-(crashed|unloadable)$/],
          // It has a key, and cannot decrypt.
          [{}, "tokens/mechanism-missing"],
        ] as const) {
          await hostile.behave(how);
          // What may have been a wrong PIN costs time.
          clock.advance(60_000);
          expect(
            (await refused(own, { pin: hostile.userPin, acceptFinalTry: true })).code,
            JSON.stringify(how),
          ).toMatch(code);
        }
        clock.advance(60_000);
        expect((await own.refusal(own.unlock())).code).toBe("vault/header-tampered");
        writeFileSync(headerFile(own.folder), whole);
        await own.unlock();
      } finally {
        await hostile.dispose();
      }
    },
  );

  async function statusToken(own: Officer) {
    const status = await own.client.vault.status({});
    if (status.state !== "locked" || status.tokens[0] === undefined) throw new Error("no token slot");
    return status.tokens[0];
  }
});

/** The real library behind a process that answers decryptions and flags as a faulty token would: SoftHSM does not fail on demand. */
function lying(
  hsm: SoftHsm,
  lie: { readonly answer: (honest: Buffer) => Buffer; readonly flags: readonly string[] },
): TokenModules {
  const real = createTokenModules({ startProcess: nodeProcess(hsm.env) });
  const faulty = (module: TokenModule) =>
    new Proxy(module, {
      get(target, name) {
        if (name === "decrypt")
          return async (...args: Parameters<TokenModule["decrypt"]>) => lie.answer(await target.decrypt(...args));
        if (name === "slots")
          return async () =>
            (await target.slots()).map((slot) =>
              slot.token === undefined
                ? slot
                : { ...slot, token: { ...slot.token, flags: [...slot.token.flags, ...lie.flags] } },
            );
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  return { open: async (...args) => faulty(await real.open(...args)), closeAll: () => real.closeAll() };
}

describe.skipIf(unavailable)("ways in by what a token can do", () => {
  it.each([
    ["-CKM_RSA_PKCS_OAEP", "ecdh-p256"],
    ["-CKM_RSA_PKCS_OAEP,CKM_ECDH1_DERIVE", "aes-gcm"],
  ])("H06 C41 with SoftHSM %s it is %s", async (mechanisms, method) => {
    const hsm = await startSoftHsm({ mechanisms });
    const officer = await Officer.withVault({ outside: tokenOutside(hsm.env) });
    try {
      const { serial } = await hsm.addToken("limited", SO_PIN, PIN);
      const { id } = await addedToken(officer, hsm, { serial });
      const { administrator } = await officer.client.tokens.registerAdministrator({ id, pin: PIN });
      expect(administrator.method).toBe(method);
      // What was tried and did not work is not left lying about.
      const objects = await pkcs11Tool({ module: hsm.module, env: hsm.env, label: "limited", pin: PIN }).objects();
      expect(new Set(objects.map((object) => object.id)).size).toBe(1);
      await officer.client.vault.lock({});
      expect(await officer.client.vault.unlockWithToken({ pin: PIN })).toMatchObject({ state: "unlocked" });
      expect(officer.bugs).toEqual([]);
    } finally {
      await officer[Symbol.asyncDispose]();
      await hsm.dispose();
    }
  });

  it.each([
    ["tokens/device-failed", "CKR_DEVICE_ERROR"],
    ["tokens/failed", "CKR_GENERAL_ERROR"],
  ] as const)(
    "H06 C41 C42 with a token that answers %s to OAEP it is ECDH: what one way fails at, another may do",
    async (code, ckr) => {
      const hsm = await startSoftHsm();
      const failing = (real: TokenModules): TokenModules => ({
        closeAll: () => real.closeAll(),
        open: async (...args) =>
          new Proxy(await real.open(...args), {
            get(target, name) {
              const value: unknown = Reflect.get(target, name, target);
              if (name !== "decrypt") return typeof value === "function" ? value.bind(target) : value;
              return () => Promise.reject(new KeysteadError(code, "It failed.", { ckr, call: "C_DecryptInit" }));
            },
          }),
      });
      const tokenModules = () => failing(createTokenModules({ startProcess: nodeProcess(hsm.env) }));
      const officer = await Officer.withVault({ outside: { tokenModules } });
      try {
        const { serial } = await hsm.addToken("no OAEP", SO_PIN, PIN);
        const { id } = await addedToken(officer, hsm, { serial });
        const { administrator } = await officer.client.tokens.registerAdministrator({ id, pin: PIN });
        expect(administrator.method).toBe("ecdh-p256");
        const objects = await pkcs11Tool({ module: hsm.module, env: hsm.env, label: "no OAEP", pin: PIN }).objects();
        expect(new Set(objects.map((object) => object.id)).size).toBe(1);
      } finally {
        await officer[Symbol.asyncDispose]();
        await hsm.dispose();
      }
    },
  );

  it("H06 C41 with a token that can do nothing of it the registration says what was tried", async () => {
    const hsm = await startSoftHsm({ mechanisms: "CKM_SHA256,CKM_ECDSA" });
    const officer = await Officer.withVault({ outside: tokenOutside(hsm.env) });
    try {
      const { serial } = await hsm.addToken("mute", SO_PIN, PIN);
      const { id } = await addedToken(officer, hsm, { serial });
      const error = await officer.refusal(officer.client.tokens.registerAdministrator({ id, pin: PIN }));
      expect(error.code).toBe("tokens/mechanism-missing");
      expect(error.details.tried).toHaveLength(5);
    } finally {
      await officer[Symbol.asyncDispose]();
      await hsm.dispose();
    }
  });
});

describe.skipIf(nssUnavailable() !== undefined)("a second dialect", () => {
  it("H06 C42 NSS does OAEP with SHA-256, and finds its database again by what the slot says", async () => {
    const nss = await startNss({ userPin: PIN });
    const officer = await Officer.withVault({ outside: tokenOutside({}) });
    try {
      const { id } = await addedToken(officer, nss, { label: nss.label });
      const { administrator } = await officer.client.tokens.registerAdministrator({ id, pin: PIN });
      expect(administrator).toMatchObject({ method: "rsa-oaep-sha256", tokenLabel: nss.label });
      expect(await nss.privateKeys()).toEqual([expect.stringContaining("keystead-unlock")]);
      await officer.client.vault.lock({});
      expect((await officer.refusal(officer.client.vault.unlockWithToken({ pin: "wrong" }))).code).toBe(
        "tokens/pin-incorrect",
      );
      expect(await officer.client.vault.unlockWithToken({ pin: PIN })).toMatchObject({ state: "unlocked" });
      expect(officer.bugs).toEqual([]);
    } finally {
      await officer[Symbol.asyncDispose]();
      await nss.dispose();
    }
  });
});

describe.skipIf(virtualUsbUnavailable() !== undefined)("a card that makes no keys", () => {
  it("H06 C13 C16 opens the vault with the key it has, warns before the last try, and says that it is locked", async () => {
    const usb = await startVirtualUsb({ holder: "Anna's card" });
    const officer = await Officer.withVault({ outside: tokenOutside(usb.env) });
    try {
      await usb.insert();
      const { id } = await addedToken(officer, usb);
      const { administrator } = await officer.client.tokens.registerAdministrator({ id, pin: usb.pin });
      expect(administrator.method).toMatch(/^(rsa-oaep-sha(1|256)|ecdh-p256)$/);
      await officer.client.vault.lock({});
      await usb.remove();
      const unlock = (pin: string, acceptFinalTry = false) =>
        officer.client.vault.unlockWithToken({ pin, acceptFinalTry });
      expect((await officer.refusal(unlock(usb.pin))).code).toBe("tokens/not-present");
      await usb.insert();
      expect(await unlock(usb.pin)).toMatchObject({ state: "unlocked" });
      await officer.client.vault.lock({});
      for (let i = 0; i < 2; i++) expect((await officer.refusal(unlock("999999"))).code).toBe("tokens/pin-incorrect");
      const warned = await officer.refusal(unlock("999999"));
      expect(warned.code).toBe("tokens/pin-final-try");
      expect(usb.card.pinTriesLeft).toBe(1);
      expect((await officer.refusal(unlock("999999", true))).code).toMatch(/^tokens\/pin-(incorrect|locked)$/);
      expect(usb.card.pinTriesLeft).toBe(0);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      expect((await officer.refusal(unlock(usb.pin, true))).code).toBe("tokens/pin-locked");
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await officer.unlock();
      expect(officer.bugs).toEqual([]);
    } finally {
      await officer[Symbol.asyncDispose]();
      await usb.dispose();
    }
  });
});
