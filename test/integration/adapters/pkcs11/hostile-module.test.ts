import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CallLimits } from "#main/adapters/pkcs11/call-limits.ts";
import type { TokenAt, TokenModule } from "#main/features/tokens/token-port.ts";
import {
  buildHostileModule,
  type HostileModule,
  hostileModuleUnavailable,
} from "#test/support/hostile-module/hostile-module.ts";
import { closeModules, failureOf, modulesWith, pin } from "./open-tokens.ts";

const SLOT = "0";
const HERE: TokenAt = {
  slotId: SLOT,
  marks: { label: "Hostile token", manufacturer: "", model: "", serial: "H1" },
};
const ECDSA = { name: "CKM_ECDSA" };
const LIMITS: Partial<CallLimits> = {
  start: 8000,
  short: 400,
  relist: 400,
  login: 400,
  objects: 400,
  use: 400,
  end: 200,
};
const message = (first: number): Buffer => Buffer.alloc(32, first);

describe.skipIf(hostileModuleUnavailable() !== undefined)("a module that misbehaves", () => {
  let hostile: HostileModule;

  beforeEach(async () => {
    hostile = await buildHostileModule();
  });
  afterEach(async () => {
    await closeModules();
    await hostile.dispose();
  });

  const open = (): Promise<TokenModule> => modulesWith(hostile.env, { limits: LIMITS }).open(hostile.module);
  async function openLoggedIn(): Promise<{ readonly module: TokenModule; readonly key: string }> {
    const module = await open();
    await module.logIn(HERE, "user", pin(hostile.userPin));
    const [found] = await module.find(SLOT, {}, []);
    return { module, key: found?.handle ?? "" };
  }

  it.each([
    ["crash", /SIGSEGV/],
    ["exit", /exit code 3.*I will not run here/],
  ])("H01 C1 says so when it does %s while it is loaded", async (how, words) => {
    for (const where of ["load", "C_GetFunctionList", "C_Initialize"]) {
      await hostile.behave({ [where]: how });
      const error = await failureOf(open());
      expect(error.code).toBe("tokens/module-unloadable");
      expect(error.message).toMatch(words);
    }
    await hostile.behave({});
    expect((await open()).state).toBe("running");
  });

  it("H01 C4 ends a process that hangs while it loads the library", async () => {
    await hostile.behave({ load: "hang" });
    const modules = modulesWith(hostile.env, { limits: { start: 800 } });
    expect(await failureOf(modules.open(hostile.module))).toMatchObject({
      code: "tokens/module-hung",
      details: { call: "start" },
    });
  });

  it("H01 C5 does without locking where it cannot lock, accepts one already initialised, and names a refusal", async () => {
    await hostile.behave({ "C_Initialize.locking": "0xa" });
    const module = await open();
    const { operations } = await module.measure(SLOT, {
      kind: "sign",
      mechanism: ECDSA,
      key: (await module.find(SLOT, {}, []))[0]?.handle ?? "",
      message: message(1),
      callers: 4,
      forMilliseconds: 20,
    });
    expect(operations).toBeGreaterThan(0);
    await hostile.behave({ "C_Initialize.locking": "0x191" });
    await module.restart();
    await hostile.behave({ C_Initialize: "0x30" });
    const refused = await failureOf(module.restart());
    expect(refused).toMatchObject({
      code: "tokens/module-unloadable",
      details: { ckr: "CKR_DEVICE_ERROR", call: "C_Initialize" },
    });
  });

  it("H01 C1 survives a crash: the call and all behind it are told, the next one gets a fresh process", async () => {
    const { module, key } = await openLoggedIn();
    await hostile.behave({ C_Sign: "crash" });
    const calls = [
      module.sign(SLOT, ECDSA, key, [message(1)]),
      module.slots(),
      module.logIn(HERE, "user", pin(hostile.userPin)),
    ];
    const errors = await Promise.all(calls.map(failureOf));
    expect(errors.map(({ code }) => code)).toEqual(Array(3).fill("tokens/module-crashed"));
    expect(errors[0]?.message).toMatch(/SIGSEGV/);
    expect(module.state).toBe("crashed");
    await hostile.behave({});
    expect(await module.slots()).toHaveLength(1);
    expect([module.state, module.generation]).toEqual(["running", 2]);
    expect(await module.loggedIn(SLOT)).toBeUndefined();
    // A handle of the process that crashed must not name whatever has that number now.
    expect((await failureOf(module.sign(SLOT, ECDSA, key, [message(1)]))).code).toBe("tokens/object-not-found");
  });

  it("H01 C4 ends a process that hangs, tells all who wait, and answers the next call within the time of a start", async () => {
    const { module, key } = await openLoggedIn();
    await hostile.behave({ C_Sign: "hang" });
    const begun = performance.now();
    const errors = await Promise.all(
      [module.sign(SLOT, ECDSA, key, [message(1)]), module.slots(), module.mechanisms(SLOT)].map(failureOf),
    );
    expect(errors.map(({ code }) => code)).toEqual(Array(3).fill("tokens/module-hung"));
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(module.state).toBe("hung");
    await hostile.behave({});
    expect(await module.slots()).toHaveLength(1);
  });

  it("H01 C4 does not count the time a call waits for others against it", async () => {
    const { module } = await openLoggedIn();
    await hostile.behave({ C_GenerateKeyPair: "hang" });
    const long = module.generateKeyPair(SLOT, ECDSA, {}, {});
    const both = Promise.all([failureOf(long), failureOf(module.slots())]);
    expect(await Promise.race([both, sleep(1000, "still waiting")])).toBe("still waiting");
    // Closing does not wait for it either.
    const begun = performance.now();
    await module.close();
    expect(performance.now() - begun).toBeLessThan(600);
    expect((await both).map(({ code }) => code)).toEqual(["tokens/module-crashed", "tokens/module-crashed"]);
  });

  it("H01 C4 closes although C_Finalize hangs", async () => {
    const module = await open();
    await hostile.behave({ C_Finalize: "hang" });
    const begun = performance.now();
    await module.close();
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(module.state).toBe("closed");
  });

  it("H01 C9 keeps a vendor's own return value", async () => {
    const { module } = await openLoggedIn();
    await hostile.behave({ C_GenerateKeyPair: "0x8000002f" });
    const error = await failureOf(module.generateKeyPair(SLOT, ECDSA, {}, {}));
    expect(error).toMatchObject({ code: "tokens/failed", details: { ckr: "0x8000002f", call: "C_GenerateKeyPair" } });
    expect(error.message).toContain("0x8000002f");
    await hostile.behave({ C_GenerateKeyPair: "0x140" });
    expect(await failureOf(module.generateKeyPair(SLOT, ECDSA, {}, {}))).toMatchObject({
      code: "tokens/mechanism-missing",
      details: { ckr: "CKR_CURVE_NOT_SUPPORTED" },
    });
  });

  it("H02 C32 drops the session of a token pulled out in mid-call, and works with one put in again", async () => {
    const { module, key } = await openLoggedIn();
    await hostile.behave({ C_Sign: "remove" });
    const errors = await Promise.all(
      Array.from({ length: 5 }, () => failureOf(module.sign(SLOT, ECDSA, key, [message(1)]))),
    );
    expect(errors[0]?.code).toBe("tokens/removed");
    for (const { code } of errors) expect(["tokens/removed", "tokens/object-not-found"]).toContain(code);
    expect((await module.slots())[0]?.token).toBeUndefined();
    expect((await failureOf(module.find(SLOT, {}, []))).code).toBe("tokens/not-present");
    await hostile.behave({ inserted: 1 });
    expect((await module.slots())[0]?.token?.label).toBe("Hostile token");
    expect(await module.loggedIn(SLOT)).toBeUndefined();
    expect((await failureOf(module.destroyObject(SLOT, key))).code).toBe("tokens/object-not-found");
    await module.logIn(HERE, "user", pin(hostile.userPin));
    expect(await module.find(SLOT, {}, [])).toHaveLength(1);
  });

  it("H02 C32 notices at log-in that the token was pulled out and put in between two calls", async () => {
    const { module } = await openLoggedIn();
    await hostile.behave({ C_GetMechanismList: "remove" });
    await failureOf(module.mechanisms(SLOT));
    await hostile.behave({ inserted: 1 });
    await module.logIn(HERE, "user", pin(hostile.userPin));
    expect(await module.loggedIn(SLOT)).toBe("user");
  });

  it.each([
    ["CKR_GENERAL_ERROR", "0x5"],
    ["CKR_FUNCTION_FAILED", "0x6"],
  ])("H05 C14 warns that %s at log-in may mean a wrong PIN", async (ckr, value) => {
    const module = await open();
    await hostile.behave({ "pin.error": value });
    const error = await failureOf(module.logIn(HERE, "user", pin("0000")));
    expect(error).toMatchObject({ code: "tokens/failed", details: { ckr, call: "C_Login" } });
    expect(error.message).toMatch(/wrong PIN.*not try it again/);
  });

  it("H05 C11 logs the other role out whichever way the module says that it is in", async () => {
    const module = await open();
    for (const already of ["0x100", "0x104"]) {
      await hostile.behave({ "login.already": already });
      await module.logIn(HERE, "so", pin(hostile.soPin));
      await module.logIn(HERE, "user", pin(hostile.userPin));
      expect(await module.loggedIn(SLOT)).toBe("user");
    }
  });

  it.each([{}, { C_Logout: "0x5" }, { C_Logout: "0x101" }, { "C_GetSessionInfo.state": 2 }])(
    "H05 C10 C11 has a wrong PIN looked at although its user is in, and is out after it: %j",
    async (how) => {
      const { module } = await openLoggedIn();
      await hostile.behave(how);
      const wrong = await failureOf(module.logIn(HERE, "user", pin("9999")));
      expect(wrong).toMatchObject({ code: "tokens/pin-incorrect", details: { call: "C_Login" } });
      await hostile.behave({});
      expect(await module.loggedIn(SLOT)).toBeUndefined();
    },
  );

  it("H05 C10 C11 sends no PIN, and does not say that it logged out, where the login cannot be ended", async () => {
    const { module } = await openLoggedIn();
    await hostile.behave({ C_Logout: "0x5", C_CloseAllSessions: "0x5" });
    const before = await hostile.pinCalls();
    for (const call of [module.logIn(HERE, "user", pin("9999")), module.logOut(SLOT)])
      expect((await failureOf(call)).details).toMatchObject({ call: "C_Logout", ckr: "CKR_GENERAL_ERROR" });
    expect(await hostile.pinCalls()).toEqual(before);
    expect(await module.loggedIn(SLOT)).toBe("user");
  });

  it.each([
    { "token.serial": "OTHER99" },
    { "token.label": "Boss" },
    // A fresh one in place of one in use, and of a fresh one.
    { "token.flags": "0x4", "token.label": "", "token.serial": "" },
  ])("H04 H05 C29 sends nothing to another token in the slot than the one that was meant: %j", async (how) => {
    const { module, key } = await openLoggedIn();
    const before = await hostile.pinCalls();
    const [so, user] = [pin(hostile.soPin), pin(hostile.userPin)];
    const calls: readonly (() => Promise<unknown>)[] = [
      () => module.signWithPin(HERE, ECDSA, key, message(1), user),
      () => module.initPin(HERE, user),
      () => module.logIn(HERE, "user", user),
      () => module.setPin(HERE, "user", user, pin("2345")),
      () => module.setPin(HERE, "so", so, pin("23456789")),
      () => module.initToken(HERE, so, "New"),
      () => module.initToken({ slotId: SLOT, marks: { ...HERE.marks, label: "", serial: "FRESH" } }, so, "New"),
    ];
    await hostile.behave(how);
    for (const call of calls)
      expect(await failureOf(call())).toMatchObject({ code: "tokens/removed", details: { swapped: true } });
    expect(await hostile.pinCalls()).toEqual(before);
    expect(await module.loggedIn(SLOT)).toBeUndefined();
  });

  it("C25 a session for one PIN is opened and closed for each use, refused or not", async () => {
    const { module, key } = await openLoggedIn();
    // One for the slot, one for the use: a session that stayed would be one too many.
    await hostile.behave({ sessions: 2 });
    for (let use = 0; use < 3; use += 1) {
      const wrong = module.signWithPin(HERE, ECDSA, key, message(1), pin("9999"));
      expect(await failureOf(wrong)).toMatchObject({ code: "tokens/pin-incorrect", details: { call: "C_Login" } });
      expect(await module.signWithPin(HERE, ECDSA, key, message(1), pin(hostile.userPin))).toEqual(Buffer.alloc(64, 1));
    }
    expect(await module.loggedIn(SLOT)).toBe("user");
  });

  it("C25 a token with room for one session signs with a PIN all the same, and a refused one costs the login", async () => {
    const { module, key } = await openLoggedIn();
    await hostile.behave({ sessions: 1 });
    expect(await module.signWithPin(HERE, ECDSA, key, message(1), pin(hostile.userPin))).toEqual(Buffer.alloc(64, 1));
    expect(await module.loggedIn(SLOT)).toBe("user");
    const wrong = module.signWithPin(HERE, ECDSA, key, message(1), pin("9999"));
    expect(await failureOf(wrong)).toMatchObject({ code: "tokens/pin-incorrect", details: { call: "C_Login" } });
    expect(await module.loggedIn(SLOT)).toBeUndefined();
    await module.logIn(HERE, "user", pin(hostile.userPin));
    const [again] = await module.find(SLOT, {}, []);
    expect(await module.sign(SLOT, ECDSA, again?.handle ?? "", [message(1)])).toEqual([Buffer.alloc(64, 1)]);
  });

  it("C25 C32 sends no PIN to a token that was pulled out and put in again since its key was found", async () => {
    const { module, key } = await openLoggedIn();
    await hostile.behave({ C_GetMechanismList: "remove" });
    await failureOf(module.mechanisms(SLOT));
    await hostile.behave({ inserted: 1 });
    const before = await hostile.pinCalls();
    const sign = () => module.signWithPin(HERE, ECDSA, key, message(1), pin(hostile.userPin));
    expect((await failureOf(sign())).code).toBe("tokens/removed");
    expect((await failureOf(sign())).code).toBe("tokens/object-not-found");
    expect(await hostile.pinCalls()).toEqual(before);
  });

  it("a session stuck in an operation is replaced: token objects keep their handles, session objects' name nothing", async () => {
    const { module, key } = await openLoggedIn();
    const made = await module.generateKeyPair(SLOT, { name: "CKM_EC_KEY_PAIR_GEN" }, { CKA_TOKEN: true }, {});
    // Too small each time, and the operation goes on.
    await hostile.behave({ "sign.needs": 1 << 20 });
    await expect(module.sign(SLOT, ECDSA, key, [message(1)])).rejects.toThrow();
    await hostile.behave({});
    expect(await module.sign(SLOT, ECDSA, key, [message(1)])).toEqual([Buffer.alloc(64, 1)]);
    expect(await module.loggedIn(SLOT)).toBe("user");
    await module.destroyObject(SLOT, made.publicKey);
    expect((await failureOf(module.destroyObject(SLOT, made.privateKey))).code).toBe("tokens/object-not-found");
  });

  it("a session stuck in an operation is closed first where the token has room for no other", async () => {
    const { module, key } = await openLoggedIn();
    await hostile.behave({ "sign.needs": 1 << 20 });
    await expect(module.sign(SLOT, ECDSA, key, [message(1)])).rejects.toThrow();
    await hostile.behave({ sessions: 1 });
    await module.sign(SLOT, ECDSA, key, [message(1)]);
    expect(await module.loggedIn(SLOT)).toBeUndefined();
    expect((await failureOf(module.sign(SLOT, ECDSA, key, [message(1)]))).code).toBe("tokens/object-not-found");
  });

  it("H05 C14 shows flags as the token gives them", async () => {
    await hostile.behave({ "token.flags": "0xffffffff" });
    const module = await open();
    const flags = (await module.slots())[0]?.token?.flags ?? [];
    expect(flags).toEqual(
      expect.arrayContaining(["USER_PIN_LOCKED", "USER_PIN_FINAL_TRY", "PROTECTED_AUTHENTICATION_PATH"]),
    );
    expect(new Set(flags).size).toBe(flags.length);
  });

  it("H04 C20 hands exactly 32 bytes over, cutting no character in two", async () => {
    const module = await open();
    for (const [label, bytes] of [
      ["spike", `spike${" ".repeat(27)}`],
      ["🔑".repeat(9), "🔑".repeat(8)],
      [`${"x".repeat(31)}é`, `${"x".repeat(31)} `],
    ] as const) {
      await module.initToken(HERE, pin(hostile.soPin), label);
      expect((await hostile.labelBytes()).toString()).toBe(bytes);
    }
  });

  it("H02 C20 reads labels without an end, with rubbish behind one, and with control characters", async () => {
    await hostile.behave({ "token.raw": 1 });
    const module = await open();
    const token = (await module.slots())[0]?.token;
    expect(token).toMatchObject({ label: "A".repeat(32), manufacturer: "B".repeat(32), model: "M1" });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(token?.serial).not.toMatch(/[\u0000-\u001f]/);
    expect(token).toMatchObject({ totalPublicMemory: undefined, freePublicMemory: 1000, freePrivateMemory: 0 });
  });

  it("H02 C30 asks again when the first count of slots is 0, and opens a session for a token that needs one to speak", async () => {
    await hostile.behave({ "slots.first": 0, "C_GetTokenInfo.sessionless": "0x5" });
    const [slot] = await (await open()).slots();
    expect(slot?.token?.label).toBe("Hostile token");
  });

  it("H02 shows a token that cannot be read as a slot with something in it", async () => {
    await hostile.behave({ C_GetTokenInfo: "0x30" });
    const [slot] = await (await open()).slots();
    expect(slot).toMatchObject({ flags: ["TOKEN_PRESENT", "REMOVABLE_DEVICE"], token: undefined });
  });

  it("H02 H07 keeps floods within bounds", async () => {
    await hostile.behave({ slots: 100_000, mechanisms: 100_000 });
    // How much is taken is looked at here, not how soon: a busy machine needs longer than the other tests' limits.
    const patient = { start: 8000, short: 8000, relist: 8000, objects: 8000 };
    const module = await modulesWith(hostile.env, { limits: { ...LIMITS, ...patient } }).open(hostile.module);
    expect(await module.slots()).toHaveLength(128);
    expect(await module.mechanisms(SLOT)).toHaveLength(2048);
    await hostile.behave({ objects: 4_000_000_000 });
    expect((await failureOf(module.find(SLOT, {}, []))).code).toBe("tokens/failed");
    await hostile.behave({});
    expect(await module.find(SLOT, {}, [])).toHaveLength(1);
  });

  it.each([
    [{ slots: "0x10000000000" }, (module: TokenModule) => module.slots()],
    [{ mechanisms: "0x10000000000" }, (module: TokenModule) => module.mechanisms(SLOT)],
    [{ "find.says": 100_000_000 }, (module: TokenModule) => module.find(SLOT, {}, [])],
  ])("H01 C1 lives through counts that no memory holds: %j", async (how, call) => {
    const module = await open();
    await module.random(SLOT, 0).catch(() => undefined);
    await hostile.behave(how);
    // Whether it falls over or is still reading foreign memory when its time is up, is the memory's affair.
    expect((await failureOf(call(module))).code).toMatch(/^tokens\/module-(crashed|hung)$/);
    await hostile.behave({});
    expect(await module.slots()).toHaveLength(1);
  });

  it("H07 leaves out attributes of a length their kind cannot have", async () => {
    const { module } = await openLoggedIn();
    const asked = ["CKA_CLASS", "CKA_SENSITIVE", "CKA_ID"];
    await hostile.behave({ "attribute.length": 3 });
    expect(Object.keys((await module.find(SLOT, {}, asked))[0]?.attributes ?? {})).toEqual(["CKA_ID"]);
    await hostile.behave({ "attribute.length": "0xffffffffffffffff" });
    expect((await module.find(SLOT, {}, asked))[0]?.attributes).toEqual({});
  });

  it("P21 C39 takes a larger buffer once when the first was too small, also when the operation ended with it", async () => {
    const { module, key } = await openLoggedIn();
    for (const how of [{ "sign.needs": 5000 }, { "sign.needs": 5000, "sign.ends": 1 }]) {
      await hostile.behave(how);
      const [signature] = await module.sign(SLOT, ECDSA, key, [message(7)]);
      expect(signature).toEqual(Buffer.alloc(64, 7));
    }
    await hostile.behave({ "sign.needs": 500_000 });
    expect((await failureOf(module.sign(SLOT, ECDSA, key, [message(7)]))).details.ckr).toBe("CKR_BUFFER_TOO_SMALL");
    // That left the operation open; the next signature must not stumble over it, nor the log-in be lost (C10).
    await hostile.behave({});
    expect(await module.sign(SLOT, ECDSA, key, [message(8)])).toEqual([Buffer.alloc(64, 8)]);
    expect(await module.loggedIn(SLOT)).toBe("user");
  });

  it("P21 never gives more bytes than the buffer has when the module claims more", async () => {
    const { module, key } = await openLoggedIn();
    await hostile.behave({ "sign.says": 100_000_000 });
    const [signature] = await module.sign(SLOT, ECDSA, key, [message(1)]);
    expect(signature?.length).toBeLessThanOrEqual(4096);
  });

  it("P21 gives one bad message among many to its signer alone", async () => {
    const { module, key } = await openLoggedIn();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => module.sign(SLOT, ECDSA, key, [message(n === 5 ? 0xee : n)])),
    );
    expect(outcomes.map(({ status }) => status).filter((status) => status === "rejected")).toHaveLength(1);
    for (const [n, outcome] of outcomes.entries()) {
      if (n === 5) expect(outcome).toMatchObject({ reason: { details: { ckr: "CKR_DATA_LEN_RANGE" } } });
      else expect(outcome).toMatchObject({ value: [Buffer.alloc(64, n)] });
    }
  });

  it("H05 changes the PIN by a log-in of its own where the module wants one, and logs out again", async () => {
    const module = await open();
    await hostile.behave({ "C_SetPIN.public": "0x101" });
    await module.setPin(HERE, "user", pin(hostile.userPin), pin("2345"));
    expect(await module.loggedIn(SLOT)).toBeUndefined();
  });

  it("C26 wipes its copy of a PIN once it is sent, and puts none into an error", async () => {
    const module = await open();
    const wrong = pin("s3cr3t!!");
    const error = await failureOf(module.logIn(HERE, "user", wrong));
    expect(`${error.message} ${JSON.stringify(error)} ${error.stack}`).not.toContain("s3cr3t!!");
    expect(wrong.reveal().toString()).toBe("s3cr3t!!");
  });
});
