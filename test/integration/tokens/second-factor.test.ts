import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LIMITS } from "#shared/limits.ts";
import { CliBench } from "#test/support/cli.ts";
import { TestFolder } from "#test/support/kernel.ts";
import { Officer, OFFICER_PASSWORD as PASSWORD } from "#test/support/officer.ts";
import { RealClock } from "#test/support/real-clock.ts";
import { addUser } from "#test/support/second-user.ts";
import { SmallDisk } from "#test/support/small-disk.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";
import { addedToken, tokenOutside } from "#test/support/tokens/token-officer.ts";
import {
  editHeader,
  filesHolding,
  headerFile,
  type LooseHeader,
  readHeaderJson,
  vaultFingerprint,
} from "#test/support/vault-files.ts";

const PIN = "user-pin-53915";
const SO_PIN = "so-pin-88121";
const NEXT = "a wholly different pass phrase";
const RITA = { userName: "rita", password: "seven quiet herons wading" } as const;

const folder = new TestFolder("second-factor");
const disk = SmallDisk.mount(folder.at("disk"), 6);
if (typeof disk === "string") console.error(`\n*** A FULL DISK CANNOT BE TRIED HERE: ${disk} ***\n`);

describe.skipIf(softHsmUnavailable() !== undefined)("a token as second factor, on SoftHSM", () => {
  let hsm: SoftHsm;
  const clock = new RealClock();
  const open: Officer[] = [];

  const outside = () => tokenOutside(hsm.env, { clock });
  async function newOfficer(at?: string): Promise<Officer> {
    const own = await Officer.withVault({ outside: outside(), ...(at === undefined ? {} : { folder: at }) });
    open.push(own);
    return own;
  }
  /** One more token for `own`; opens the vault together with the password. */
  async function register(own: Officer, label: string, mode: "alone" | "with-password" = "with-password") {
    const { serial } = await hsm.addToken(label, SO_PIN, PIN);
    const { id } = await addedToken(own, hsm, { serial });
    const password = mode === "alone" ? {} : { password: PASSWORD };
    const { administrator } = await own.client.tokens.registerAdministrator({ id, pin: PIN, mode, ...password });
    return { id, serial, slotId: administrator.slotId };
  }
  async function registered(label: string, mode: "alone" | "with-password" = "with-password") {
    const own = await newOfficer();
    return { own, ...(await register(own, label, mode)) };
  }
  const unlockBoth = (own: Officer, more: object = {}) =>
    own.client.vault.unlockWithToken({ pin: PIN, password: PASSWORD, ...more });
  const require = (own: Officer, on: boolean, more: object = {}) =>
    own.client.vault.requireSecondFactor({ on, password: PASSWORD, pin: PIN, ...more });

  /** The refusal of an unlock, which must have written nothing and hold nothing. */
  async function refused(own: Officer, attempt: () => Promise<unknown>) {
    if ((await own.client.vault.status({})).state === "unlocked") await own.client.vault.lock({});
    const before = vaultFingerprint(own.folder);
    const error = await own.refusal(attempt());
    expect(vaultFingerprint(own.folder)).toEqual(before);
    expect(await own.client.vault.status({})).toMatchObject({ state: "locked" });
    expect(error.message).toMatch(/\.$/);
    expect(error.message + JSON.stringify(error.details)).not.toContain(PIN);
    return error;
  }
  const kinds = (own: Officer) => readHeaderJson(own.folder).slots.map((slot: LooseHeader) => slot.kind);
  const lapsed = () => clock.jumpWall(LIMITS.confirmationSeconds * 1000 + 1000);
  const critical = async (own: Officer) =>
    own.client.keypairs.remove({ id: (await own.keypair()).id }).then(
      () => "ok",
      (error) => error.code,
    );

  beforeAll(async () => {
    hsm = await startSoftHsm();
  });
  afterEach(async () => {
    for (const own of open.splice(0)) {
      expect(own.bugs).toEqual([]);
      await own[Symbol.asyncDispose]();
    }
  });
  afterAll(async () => {
    await hsm.dispose();
    if (typeof disk !== "string") disk[Symbol.dispose]();
    folder[Symbol.dispose]();
  });
  describe("confirms who one is", () => {
    it("I04 H06 passes critical operations for as long as the password does", async () => {
      const { own } = await registered("confirms", "alone");
      lapsed();
      expect(await critical(own)).toBe("access/confirmation-required");
      const status = await own.client.vault.confirmWithToken({ pin: PIN });
      expect(status).toMatchObject({ session: { passwordAlone: true, tokens: [{ label: "confirms" }] } });
      expect(await critical(own)).toBe("ok");
      lapsed();
      expect(await critical(own)).toBe("access/confirmation-required");
      const { traces } = await own.client.audit.list({ name: "confirmIdentityWithToken" });
      expect(traces).toMatchObject([{ outcome: "allowed", operatorName: "olga", resourceType: "user" }]);
      expect(JSON.stringify(traces)).not.toContain(PIN);
    });

    it("I04 C14 a wrong PIN confirms nothing and costs time, at this door and at the next", async () => {
      const { own } = await registered("guessed", "alone");
      lapsed();
      const confirm = (pin: string, acceptFinalTry = false) =>
        own.refusal(own.client.vault.confirmWithToken({ pin, acceptFinalTry }));
      for (let i = 0; i < 2; i++) expect((await confirm(`wrong-${i}`)).code).toBe("tokens/pin-incorrect");
      expect((await confirm("wrong-2")).code).toBe("tokens/pin-final-try");
      expect((await confirm("wrong-2", true)).code).toBe("tokens/pin-incorrect");
      const haste = "access/too-many-attempts";
      expect((await own.refusal(own.client.vault.confirmWithToken({ pin: PIN }))).code).toBe(haste);
      expect((await own.refusal(own.confirm())).code).toBe(haste);
      expect(await critical(own)).toBe("access/confirmation-required");
      await sleep(1_100);
      await own.client.vault.confirmWithToken({ pin: PIN, acceptFinalTry: true });
      expect(await critical(own)).toBe("ok");
    });

    it("I04 C10 C11 a token that somebody is logged in to still wants its PIN", async () => {
      const { own, id } = await registered("in-use", "alone");
      await own.client.tokens.logIn({ id, pin: PIN });
      lapsed();
      expect((await own.refusal(own.client.vault.confirmWithToken({ pin: "wrong" }))).code).toBe(
        "tokens/pin-incorrect",
      );
      expect(await critical(own)).toBe("access/confirmation-required");
    });

    it("I04 a token that is not in is asked for by name; one without a registration is no help", async () => {
      const { own, serial } = await registered("pulled", "alone");
      await hsm.pullOut(serial);
      const error = await own.refusal(own.client.vault.confirmWithToken({ pin: PIN }));
      expect(error).toMatchObject({ code: "tokens/not-present", details: { serials: [serial] } });
      const bare = await newOfficer();
      expect((await bare.refusal(bare.client.vault.confirmWithToken({ pin: PIN }))).code).toBe(
        "tokens/not-administrator",
      );
    });

    it("I04 another user's token confirms nobody else, by its id or by being in", async () => {
      const { own, slotId, serial } = await registered("olgas", "alone");
      await own.client.vault.lock({});
      await addUser(own.folder, PASSWORD, { ...RITA, actions: ["*"] });
      await own.unlock();
      const rita = own.app.connect("test");
      const asRita = async (operation: string, params: object) => {
        const reply = await own.app.dispatch(rita, { operation, params });
        return reply.ok ? "ok" : reply.error.code;
      };
      expect(await asRita("vault.unlock", RITA)).toBe("ok");
      expect(await asRita("vault.confirmWithToken", { pin: PIN })).toBe("tokens/not-administrator");
      expect(await asRita("vault.confirmWithToken", { pin: PIN, slotId })).toBe("tokens/not-administrator");
      const hers = await hsm.addToken("ritas", SO_PIN, PIN);
      const { id } = await addedToken(own, hsm, { serial: hers.serial });
      expect(await asRita("tokens.registerAdministrator", { id, pin: PIN })).toBe("ok");
      await hsm.pullOut(hers.serial);
      expect(await asRita("vault.confirmWithToken", { pin: PIN })).toBe("tokens/not-present");
      await hsm.putIn(hers.serial);
      await hsm.pullOut(serial);
      expect(await asRita("vault.confirmWithToken", { pin: PIN })).toBe("ok");
      expect((await own.refusal(own.client.vault.confirmWithToken({ pin: PIN }))).code).toBe("tokens/not-present");
    });
  });

  describe("opens the vault together with the password", () => {
    it("H06 V01 neither the token with its PIN nor, once required, the password opens it; both do", async () => {
      const { own, serial } = await registered("both");
      expect(kinds(own)).toEqual(["password", "token-and-password"]);
      expect(await require(own, true)).toMatchObject({ on: true, tokens: 1, warnings: [{ code: "only-one-token" }] });
      expect(kinds(own)).toEqual(["token-and-password"]);
      await own.client.vault.lock({});
      expect(await own.client.vault.status({})).toMatchObject({
        users: ["olga"],
        passwordUsers: [],
        tokens: [{ label: "both", serial, needsPassword: true }],
      });
      // A stolen token, its PIN read over a shoulder.
      const alone = await refused(own, () => own.client.vault.unlockWithToken({ pin: PIN }));
      expect(alone.code).toBe("vault/password-needed");
      // A stolen password.
      const stolen = await refused(own, () => own.unlock());
      expect(stolen).toMatchObject({ code: "vault/token-needed", details: { serials: [serial] } });
      expect((await refused(own, () => unlockBoth(own, { pin: "wrong" }))).code).toBe("tokens/pin-incorrect");
      expect((await refused(own, () => unlockBoth(own, { password: "wrong" }))).code).toBe("vault/wrong-password");
      expect(await unlockBoth(own)).toMatchObject({
        state: "unlocked",
        session: { userName: "olga", passwordAlone: false, tokens: [{ needsPassword: true }] },
        warnings: [{ code: "failed-unlocks" }],
      });
      // Another door while it is open: the same, and it is told which token is wanted.
      const second = own.app.connect("browser");
      const there = async (operation: string, params: object) => {
        const reply = await own.app.dispatch(second, { operation, params });
        return reply.ok ? reply.result : reply.error;
      };
      expect(await there("vault.status", {})).toMatchObject({
        state: "unlocked",
        passwordUsers: [],
        tokens: [{ needsPassword: true }],
      });
      expect(await there("vault.unlock", { password: PASSWORD })).toMatchObject({ code: "vault/token-needed" });
      expect(await there("vault.unlockWithToken", { pin: PIN })).toMatchObject({ code: "vault/password-needed" });
      expect(await there("vault.unlockWithToken", { pin: PIN, password: PASSWORD })).toMatchObject({
        session: { userName: "olga" },
      });
      for (const secret of [PIN, PASSWORD]) expect(filesHolding(own.folder, Buffer.from(secret))).toEqual([]);
    });

    it("H06 the right PIN gives a guesser of passwords no new tries", async () => {
      const { own } = await registered("stolen");
      for (let i = 0; i < 3; i++)
        expect((await refused(own, () => unlockBoth(own, { password: `guess ${i}` }))).code).toBe(
          "vault/wrong-password",
        );
      expect((await refused(own, () => unlockBoth(own))).code).toBe("access/too-many-attempts");
      await sleep(1_100);
      expect(await unlockBoth(own)).toMatchObject({ state: "unlocked" });
    });

    it("H06 I04 confirms with both, too", async () => {
      const { own } = await registered("confirm-both");
      lapsed();
      expect((await own.refusal(own.client.vault.confirmWithToken({ pin: PIN }))).code).toBe("vault/password-needed");
      const wrong = own.client.vault.confirmWithToken({ pin: PIN, password: "wrong" });
      expect((await own.refusal(wrong)).code).toBe("vault/wrong-password");
      expect(await critical(own)).toBe("access/confirmation-required");
      await own.client.vault.confirmWithToken({ pin: PIN, password: PASSWORD });
      expect(await critical(own)).toBe("ok");
    });

    it("H06 a registration with a wrong password, or without one, leaves neither slot nor key", async () => {
      const own = await newOfficer();
      const { serial } = await hsm.addToken("mistyped", SO_PIN, PIN);
      const { id } = await addedToken(own, hsm, { serial });
      const header = vaultFingerprint(own.folder)["vault.json"];
      const wish = { id, pin: PIN, mode: "with-password" } as const;
      const code = async (more: object) =>
        (await own.refusal(own.client.tokens.registerAdministrator({ ...wish, ...more }))).code;
      expect(await code({ password: "not this one" })).toBe("vault/wrong-password");
      expect(await code({})).toBe("vault/password-needed");
      expect(await code({ mode: "alone", password: PASSWORD })).toBe("request/invalid-params");
      await own.client.tokens.logIn({ id, pin: PIN });
      expect((await own.client.tokens.listObjects({ id })).objects).toEqual([]);
      expect(vaultFingerprint(own.folder)["vault.json"]).toBe(header);
    });

    it("H06 the same token does not open it alone besides", async () => {
      const { own, id } = await registered("one-mode");
      const again = own.client.tokens.registerAdministrator({ id, pin: PIN });
      expect((await own.refusal(again)).code).toBe("tokens/not-permitted");
      expect(kinds(own)).toEqual(["password", "token-and-password"]);
      await own.client.tokens.logIn({ id, pin: PIN });
      const { objects } = await own.client.tokens.listObjects({ id });
      expect(objects.filter((object) => object.class === "private-key")).toHaveLength(1);
    });

    it("H06 V02 no field of its slot can be changed unnoticed", async () => {
      const { own } = await registered("edited");
      await own.client.vault.lock({});
      const whole = readFileSync(headerFile(own.folder));
      const edits: Readonly<Record<string, readonly [(slot: LooseHeader) => void, string]>> = {
        userName: [(slot) => Object.assign(slot, { userName: "mallory" }), "vault/wrong-password"],
        createdAt: [(slot) => Object.assign(slot, { createdAt: 1 }), "vault/wrong-password"],
        salt: [
          (slot) => Object.assign(slot.kdf, { salt: Buffer.alloc(16).toString("base64") }),
          "vault/wrong-password",
        ],
        passes: [(slot) => Object.assign(slot.kdf, { passes: 2 }), "vault/wrong-password"],
        memory: [(slot) => Object.assign(slot.kdf, { memoryKiB: 9_000_000 }), "vault/kdf-out-of-bounds"],
        wrapped: [(slot) => Object.assign(slot, { wrapped: `AAAA${slot.wrapped.slice(4)}` }), "vault/wrong-password"],
        "no costs": [(slot) => delete slot.kdf, "vault/header-unreadable"],
        // As if the password were not needed.
        kind: [(slot) => Object.assign(slot, { kind: "token" }), "vault/header-unreadable"],
      };
      for (const [field, [edit, code]] of Object.entries(edits)) {
        editHeader(own.folder, (header) => edit(header.slots[1]), true);
        const error = await own.refusal(unlockBoth(own));
        expect(error.code, field).toBe(code);
        writeFileSync(headerFile(own.folder), whole);
        await unlockBoth(own).then(() => own.client.vault.lock({}));
      }
      // Whole slots moved about: the slot of another vault, under this one's id.
      const { own: other } = await registered("other-vault");
      const foreign = readHeaderJson(other.folder).slots[1];
      editHeader(
        own.folder,
        (header) => Object.assign(header.slots[1], { wrapped: foreign.wrapped, kdf: foreign.kdf }),
        true,
      );
      expect((await own.refusal(unlockBoth(own))).code).toBe("vault/wrong-password");
      writeFileSync(headerFile(own.folder), whole);
    });
  });

  describe("required, and no longer", () => {
    it("H06 is proved at that moment: wrong PIN, wrong password, token not in, nobody's token change nothing", async () => {
      const { own, serial } = await registered("proved");
      const header = readFileSync(headerFile(own.folder));
      const code = async (more: object) => (await own.refusal(require(own, true, more))).code;
      expect(await code({ pin: "wrong" })).toBe("tokens/pin-incorrect");
      expect(await code({ password: "wrong" })).toBe("vault/wrong-password");
      expect(await code({ slotId: "00000000-0000-4000-8000-000000000000" })).toBe("tokens/not-administrator");
      await sleep(1_100);
      await hsm.pullOut(serial);
      expect(await code({})).toBe("tokens/not-present");
      await hsm.putIn(serial);
      expect(readFileSync(headerFile(own.folder))).toEqual(header);
      const bare = await newOfficer();
      expect((await bare.refusal(require(bare, true))).code).toBe("tokens/not-administrator");
    });

    it("H06 the only token cannot be removed then; with a second one each can, and the last stays", async () => {
      const { own, slotId } = await registered("first");
      await require(own, true);
      const last = await own.refusal(own.client.tokens.removeAdministrator({ slotId }));
      expect(last.code).toBe("tokens/last-way-in");
      // The password alone opens nothing now, so a further token is checked by the first.
      const { serial } = await hsm.addToken("second", SO_PIN, PIN);
      const { id } = await addedToken(own, hsm, { serial });
      const wish = { id, pin: PIN, mode: "with-password", password: PASSWORD } as const;
      expect((await own.refusal(own.client.tokens.registerAdministrator(wish))).code).toBe("vault/token-needed");
      const wrong = { ...wish, password: "not this one", checkBy: { slotId, pin: PIN } };
      expect((await own.refusal(own.client.tokens.registerAdministrator(wrong))).code).toBe("vault/wrong-password");
      await own.client.tokens.registerAdministrator({ ...wish, checkBy: { slotId, pin: PIN } });
      expect(await require(own, true, { slotId })).toMatchObject({ on: true, tokens: 2, warnings: [] });
      await own.client.tokens.removeAdministrator({ slotId });
      await own.client.vault.lock({});
      expect(await unlockBoth(own)).toMatchObject({ state: "unlocked" });
    });

    it("H06 H04 the only token is not erased then, nor any other that opens the vault before it is removed as a way in", async () => {
      const { own, id, slotId } = await registered("erased");
      await require(own, true);
      const wish = { id, label: "erased anew", soPin: SO_PIN, userPin: "user-pin-11111", confirm: "erased" };
      const error = await own.refusal(own.client.tokens.initialize(wish));
      expect(error).toMatchObject({ code: "tokens/last-way-in", details: { userName: "olga" } });
      await own.client.vault.lock({});
      expect(await unlockBoth(own)).toMatchObject({ state: "unlocked" });
      await require(own, false);
      const still = await own.refusal(own.client.tokens.initialize(wish));
      expect(still).toMatchObject({ code: "tokens/last-way-in", details: { slotId } });
      expect(still.message).toContain("remove it as an administrator first");
      await own.client.tokens.removeAdministrator({ slotId });
      expect((await own.client.tokens.initialize(wish)).token).toMatchObject({ label: "erased anew" });
    });

    it("H06 lets the password open it alone again, if it is the one the token goes with", async () => {
      const { own } = await registered("let-go");
      await require(own, true);
      expect((await own.refusal(require(own, false, { password: NEXT }))).code).toBe("vault/wrong-password");
      expect(kinds(own)).toEqual(["token-and-password"]);
      expect(await require(own, false)).toMatchObject({ on: false, warnings: [] });
      await own.client.vault.lock({});
      await own.unlock();
      await require(own, false);
      expect(kinds(own)).toEqual(["password", "token-and-password"]);
    });

    it("H06 with tokens that open it alone a password that comes back is a new one, and must be strong", async () => {
      const { own } = await registered("alone", "alone");
      expect(await require(own, true)).toMatchObject({ on: true, tokens: 1 });
      expect((await own.refusal(own.unlock())).code).toBe("vault/token-needed");
      expect((await own.refusal(require(own, false, { password: "olga" }))).code).toBe("vault/weak-password");
      await require(own, false, { password: NEXT });
      await own.client.vault.lock({});
      expect((await own.refusal(own.unlock())).code).toBe("vault/wrong-password");
      await own.client.vault.unlock({ password: NEXT });
    });

    it("V01 H06 a new password reaches every slot that wants it, and only with every such token in", async () => {
      const { own, slotId, serial } = await registered("one");
      const second = await register(own, "two");
      await require(own, true, { slotId });
      const change = (tokenPins: readonly { slotId: string; pin: string }[]) =>
        own.client.vault.changePassword({ currentPassword: PASSWORD, newPassword: NEXT, tokenPins: [...tokenPins] });
      const [one, two] = [
        { slotId, pin: PIN },
        { slotId: second.slotId, pin: PIN },
      ];
      const header = readFileSync(headerFile(own.folder));
      const missing = await own.refusal(change([one]));
      expect(missing).toMatchObject({ code: "vault/token-needed", details: { serials: [second.serial] } });
      expect((await own.refusal(change([one, { ...two, pin: "wrong" }]))).code).toBe("tokens/pin-incorrect");
      await hsm.pullOut(serial);
      const absent = await own.refusal(change([one, two]));
      expect(absent.code).toBe("tokens/not-present");
      expect(absent.message).toContain(serial);
      expect(readFileSync(headerFile(own.folder))).toEqual(header);
      await hsm.putIn(serial);
      await change([one, two]);
      await own.client.vault.lock({});
      for (const way of [slotId, second.slotId]) {
        const old = { pin: PIN, password: PASSWORD, slotId: way };
        expect((await own.refusal(own.client.vault.unlockWithToken(old))).code).toBe("vault/wrong-password");
        await own.client.vault.unlockWithToken({ ...old, password: NEXT });
        await own.client.vault.lock({});
      }
    });
  });

  describe("whatever happens on the way", () => {
    it.skipIf(typeof disk === "string")("H06 D22 a full disk changes no way in, or takes the change back", async () => {
      if (typeof disk === "string") return;
      const own = await newOfficer(join(disk.path, "vault"));
      await register(own, "full-disk");
      let refusals = 0;
      for (const leave of [0, 4096, 8192, 12_288, 20_480, 40_960, 65_536]) {
        const before = kinds(own);
        const on = before.includes("password");
        await own.client.vault.confirmWithToken({ pin: PIN, password: PASSWORD });
        disk.fill(leave);
        const code = await require(own, on).then(
          () => "ok",
          (error) => error.code,
        );
        disk.free();
        if (code !== "ok") {
          refusals += 1;
          expect(code, `${leave}`).toBe("vault/disk-failed");
          expect(kinds(own), `${leave}`).toEqual(before);
        } else expect(kinds(own), `${leave}`).not.toEqual(before);
      }
      expect(refusals).toBeGreaterThan(0);
      await own.client.vault.lock({});
      expect(await unlockBoth(own)).toMatchObject({ state: "unlocked" });
      expect(await own.client.audit.verify({})).toMatchObject({ intact: true });
      const { traces } = await own.client.audit.list({ name: "requireSecondFactor", outcome: "allowed" });
      const [newest] = traces;
      expect(JSON.parse(newest?.request ?? "{}").on).toBe(!kinds(own).includes("password"));
    });

    it("H06 V01 D1 killed at any moment, the token with the password opens it, and the password as the last answer says", async () => {
      const { own } = await registered("killed");
      await own.client.vault.lock({});
      const script = join(import.meta.dirname, "../../support/tokens/toggle-script.ts");
      for (let kill = 0; kill < 8; kill++) {
        const child = spawn(process.execPath, [script, own.folder], {
          env: { ...process.env, ...hsm.env },
          stdio: ["pipe", "pipe", "inherit"],
        });
        child.stdin.write(`${PASSWORD}\n${PIN}\n`);
        const lines: string[] = [];
        const reader = createInterface({ input: child.stdout });
        reader.on("line", (line) => lines.push(line));
        await once(reader, "line");
        // Every other time in the middle of the next change; else right after an answer, when nothing is being written.
        const between = kill % 2 === 0;
        if (between) await once(reader, "line");
        else await sleep(Math.random() * 1_500);
        child.kill("SIGKILL");
        await once(child, "close");
        expect(lines[0]).toBe("ready");
        expect(lines.slice(1).filter((line) => !line.endsWith("done"))).toEqual([]);
        const state = kinds(own).includes("password") ? "off" : "on";
        if (between) expect(lines.at(-1)).toBe(`${state} done`);
        expect(await unlockBoth(own)).toMatchObject({ state: "unlocked" });
        expect(await own.client.audit.verify({})).toMatchObject({ intact: true });
        await own.client.vault.lock({});
        const byPassword = await own.unlock().then(
          () => "ok",
          (error) => error.code,
        );
        expect(byPassword).toBe(state === "on" ? "vault/token-needed" : "ok");
        if (byPassword === "ok") await own.client.vault.lock({});
      }
    });
  });

  it("G03 H06 the command line comes in by a token, with the password where it is wanted, and neither in its arguments", async () => {
    using bench = new CliBench();
    await bench.create();
    const { serial } = await hsm.addToken("cli", SO_PIN, PIN);
    const run = (args: readonly string[], descriptors: readonly string[] = []) =>
      bench.run(args, { env: hsm.env, descriptors });
    const byPassword = ["--vault-password-file", bench.passwordFile];
    await run(["tokens", "add-module", "--path", hsm.module, ...byPassword]);
    const { result: list } = await run(["tokens", "list", ...byPassword]);
    const { id } = list.tokens.find((token: { serial: string }) => token.serial === serial);
    const pinFile = bench.secretFile("pin", PIN);
    const register = ["tokens", "register-administrator", "--id", id, "--mode", "with-password"];
    const made = await run([...register, "--pin-file", pinFile, "--password-file", bench.passwordFile, ...byPassword]);
    expect(made.status, made.stderr).toBe(0);
    const on = ["vault", "require-second-factor", "--on", "--pin-file", pinFile, "--password-file", bench.passwordFile];
    const required = await run([...on, ...byPassword]);
    expect(required.status, required.stderr).toBe(0);
    expect(required.result).toMatchObject({ on: true, warnings: [{ code: "only-one-token" }] });
    const list2 = ["keypairs", "list"];
    expect((await run([...list2, ...byPassword])).error).toMatchObject({ code: "vault/token-needed" });
    const byToken = ["--vault-token", serial, "--vault-pin-fd", "3", ...byPassword];
    const open = await run([...list2, ...byToken], [PIN]);
    expect(open.status, open.stderr).toBe(0);
    expect(
      (await run([...list2, "--vault-token", "any", "--vault-pin-fd", "3", ...byPassword], ["wrong"])).error,
    ).toMatchObject({
      code: "tokens/pin-incorrect",
    });
    expect((await run([...list2, "--vault-token", "4711", "--vault-pin-file", pinFile])).error).toMatchObject({
      code: "tokens/not-administrator",
    });
    for (const wrong of [
      ["--vault-pin-file", pinFile],
      ["--vault-token", serial, "--vault-pin-file", pinFile, "--vault-pin-fd", "3"],
      ["--vault-token", serial, "--vault-pin-fd", "3", "--vault-password-fd", "3"],
    ])
      expect((await run([...list2, ...wrong], [PIN])).error, wrong.join(" ")).toMatchObject({
        code: "request/invalid-params",
      });
    const pins = bench.secretFile("pins", JSON.stringify([{ slotId: made.result.administrator.slotId, pin: PIN }]));
    const next = bench.secretFile("next", NEXT);
    const change = [
      "vault",
      "change-password",
      "--current-password-file",
      bench.passwordFile,
      "--new-password-file",
      next,
    ];
    const changed = await run([...change, "--token-pins-file", pins, ...byToken], [PIN]);
    expect(changed.status, changed.stderr).toBe(0);
    const batch = ["batch", "--vault-token", serial, "--vault-pin-file", pinFile, "--vault-password-file", next];
    const answered = await bench.run(batch, { env: hsm.env, input: '{"id":1,"operation":"keypairs.list"}\n' });
    expect(answered.status, answered.stderr).toBe(0);
  });
});
