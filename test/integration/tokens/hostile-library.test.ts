import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import { systemClock } from "#main/clock.ts";
import {
  buildHostileModule,
  type HostileModule,
  hostileModuleUnavailable,
  type Misbehaviour,
} from "#test/support/hostile-module/hostile-module.ts";
import { Kernel, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { type Interposed, interposed } from "./interposed.ts";

const unavailable = hostileModuleUnavailable();
const folder = new TestFolder("tokens-hostile");
let copy: (name: string) => string;
let hostile: HostileModule;
let kernel: Kernel;
let ear: Interposed;
let moduleId: string;
let runs = 0;
const LIMITS = { short: 1000, login: 1000, objects: 1000, use: 1000, generate: 1000, start: 3000, end: 300 };

beforeAll(async () => {
  copy = await vaultTemplate(folder);
  if (unavailable === undefined) hostile = await buildHostileModule();
});
beforeEach(async () => {
  if (unavailable !== undefined) return;
  await hostile.behave({});
  ear = interposed(() =>
    createTokenModules({ startProcess: nodeProcess(hostile.env), limits: LIMITS, clock: systemClock }),
  );
  kernel = new Kernel(copy(`run-${runs++}`), { tokenModules: ear.modules });
  await kernel.unlock();
  moduleId = (await kernel.must("tokens.addModule", { path: hostile.module, name: "Hostile" })).id;
});
afterEach(async () => kernel?.[Symbol.asyncDispose]());
afterAll(async () => {
  await hostile?.dispose();
  folder[Symbol.dispose]();
});

const tokenId = async (): Promise<string> => (await kernel.must("tokens.list")).tokens[0].id;

describe.skipIf(unavailable !== undefined)("a library that means harm", () => {
  const DEADLY: readonly (readonly [string, Misbehaviour, string, string])[] = [
    ["crashes at log-in", { C_Login: "crash" }, "tokens.logIn", "tokens/module-crashed"],
    ["hangs at log-in", { C_Login: "hang" }, "tokens.logIn", "tokens/module-hung"],
    ["leaves at log-in", { C_Login: "exit" }, "tokens.logIn", "tokens/module-crashed"],
    [
      "crashes when its objects are listed",
      { C_FindObjectsInit: "crash" },
      "tokens.listObjects",
      "tokens/module-crashed",
    ],
    ["says something only its maker knows", { C_Login: "0x8000002f" }, "tokens.logIn", "tokens/failed"],
    ["loses the token at log-in", { C_Login: "remove" }, "tokens.logIn", "tokens/removed"],
  ];
  it.each(DEADLY)(
    "H01 C1 C4 C9 %s: a named error, and vault and console go on",
    async (_what, how, operation, expected) => {
      const id = await tokenId();
      await hostile.behave(how);
      const pin = operation === "tokens.logIn" ? { pin: hostile.userPin } : {};
      expect(await kernel.code(operation, { id, ...pin })).toBe(expected);
      expect(await kernel.code("keypairs.create", { name: "meanwhile", spec: "ed25519" })).toBe("ok");
      await hostile.behave({ inserted: 1 });
      await kernel.must("tokens.restartModule", { id: moduleId });
      expect(await kernel.must("tokens.logIn", { id, pin: hostile.userPin })).toMatchObject({ loggedIn: "user" });
      expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
      expect(kernel.bugs).toEqual([]);
    },
  );

  it.each([
    ["a look at the slots fails", { C_GetSlotList: "0x5" }],
    ["a look at the token fails", { C_GetTokenInfo: "0x30" }],
  ])("C10 C11 %s: the login is not forgotten, and a wrong PIN is refused and counted", async (_what, how) => {
    const id = await tokenId();
    await kernel.must("tokens.logIn", { id, pin: hostile.userPin });
    await hostile.behave(how);
    expect((await kernel.must("tokens.list")).tokens).toEqual([]);
    expect(await kernel.code("tokens.listObjects", { id })).not.toBe("ok");
    await hostile.behave({});
    expect((await kernel.must("tokens.list")).tokens[0]).toMatchObject({ id, loggedIn: "user" });
    expect(await kernel.code("tokens.logIn", { id, pin: "9999" })).toBe("tokens/pin-incorrect");
    expect(await kernel.must("tokens.get", { id })).toMatchObject({
      loggedIn: "nobody",
      userPin: { ownFailures: 1 },
    });
  });

  it("C10 C31 a twin of the same serial appears: nobody stays logged in under a name that is gone", async () => {
    await kernel.must("tokens.logIn", { id: await tokenId(), pin: hostile.userPin });
    await hostile.behave({ slots: 2 });
    await expect.poll(async () => (await kernel.must("tokens.list")).tokens.length).toBe(2);
    const [first] = (await kernel.must("tokens.list")).tokens;
    expect(first.loggedIn).toBe("nobody");
    expect(await kernel.code("tokens.listObjects", { id: first.id })).toBe("ok");
    expect((await kernel.must("tokens.listObjects", { id: first.id })).loggedIn).not.toBe("user");
    expect(await kernel.code("tokens.logIn", { id: first.id, pin: "9999" })).toBe("tokens/pin-incorrect");
  });

  it("C10 a refused log-out ends the login all the same, or is told and not forgotten", async () => {
    const id = await tokenId();
    await kernel.must("tokens.logIn", { id, pin: hostile.userPin });
    await hostile.behave({ C_Logout: "0x5", C_CloseAllSessions: "0x5" });
    expect(await kernel.code("tokens.logOut", { id })).toBe("tokens/failed");
    expect(await kernel.must("tokens.get", { id })).toMatchObject({ loggedIn: "user" });
    await hostile.behave({ C_Logout: "0x5" });
    expect(await kernel.must("tokens.logOut", { id })).toMatchObject({ loggedIn: "nobody" });
    expect(await kernel.code("tokens.logIn", { id, pin: "9999" })).toBe("tokens/pin-incorrect");
  });

  // CKR: GENERAL_ERROR 5, FUNCTION_FAILED 6, ARGUMENTS_BAD 7, DEVICE_ERROR 0x30.
  it.each([
    ["0x5", { "pin.error": "0x5" }, "tokens/failed"],
    ["0x6", { "pin.error": "0x6" }, "tokens/failed"],
    ["0x7", { "pin.error": "0x7" }, "tokens/failed"],
    ["0x30", { "pin.error": "0x30" }, "tokens/failed"],
    ["a code of its maker's own", { "pin.error": "0x8000002f" }, "tokens/failed"],
    ["a crash", { C_Login: "crash" }, "tokens/module-crashed"],
    ["a hang", { C_Login: "hang" }, "tokens/module-hung"],
  ] as const)("C14 a wrong PIN is counted also where what comes of it is %s", async (_what, how, code) => {
    const id = await tokenId();
    await hostile.behave(how);
    const reply = await kernel.reply("tokens.logIn", { id, pin: "9999" });
    expect(reply).toMatchObject({ error: { code, details: { ownFailures: 1, role: "user" } } });
    await hostile.behave({});
    await kernel.must("tokens.restartModule", { id: moduleId });
    expect((await kernel.must("tokens.get", { id })).userPin).toMatchObject({ state: "low", ownFailures: 1 });
  });

  it("H04 C17 C29 a token put in another's place just before it is erased is not erased, and told apart from one that may be", async () => {
    const id = await tokenId();
    const before = await hostile.pinCalls();
    ear.before("initToken", () => hostile.behave({ "token.serial": "OTHER99", "token.label": "Boss" }));
    const wish = { id, label: "New", soPin: hostile.soPin, userPin: hostile.userPin, confirm: "Hostile token" };
    expect(await kernel.reply("tokens.initialize", wish)).toMatchObject({
      error: { code: "tokens/removed", details: { swapped: true } },
    });
    expect(await hostile.pinCalls()).toEqual(before);
  });

  it.each(["0000000000000000", "", "H1"])(
    "H04 C21 C29 C31 an erased token that does not show up again is not taken for another one of the serial “%s”, which gets no PIN",
    async (serial) => {
      const two = { "token.serial": serial, "slot.1.token.label": "Neighbour" };
      await hostile.behave({ "slot.ids": "0,1", ...two });
      await kernel.must("tokens.restartModule", { id: moduleId });
      const { id } = (await kernel.must("tokens.list")).tokens.find(({ slot }: { slot: string }) => slot === "0");
      ear.before("initToken", async () => ear.before("slots", () => hostile.behave({ "slot.ids": "1", ...two })));
      const before = await hostile.pinCalls();
      const wish = { id, label: "New", soPin: hostile.soPin, userPin: hostile.userPin, confirm: "Hostile token" };
      expect(await kernel.reply("tokens.initialize", wish)).toMatchObject({
        error: { code: "tokens/initialisation-incomplete", details: { step: "find-again" } },
      });
      expect((await hostile.pinCalls()).slice(before.length).map((call) => call.split(" ")[0])).toEqual([
        "C_InitToken",
      ]);
    },
  );

  it("H05 C29 no PIN goes to a token put in another's place, and none is counted for either", async () => {
    const id = await tokenId();
    const change = { id, who: "user", currentPin: hostile.userPin, newPin: "2345" };
    for (const [method, operation, params] of [
      ["logIn", "tokens.logIn", { id, pin: hostile.userPin }],
      ["setPin", "tokens.changePin", change],
      ["logIn", "tokens.unblockPin", { id, soPin: hostile.soPin, newPin: "2345" }],
    ] as const) {
      const before = await hostile.pinCalls();
      ear.before(method, () => hostile.behave({ "token.serial": "OTHER99" }));
      expect(await kernel.code(operation, params)).toBe("tokens/removed");
      expect(await hostile.pinCalls()).toEqual(before);
      expect((await kernel.must("tokens.list")).tokens[0].userPin.ownFailures).toBe(0);
      await hostile.behave({});
      expect((await kernel.must("tokens.list")).tokens[0].userPin.ownFailures).toBe(0);
    }
  });

  it.each([
    ["user", { C_Logout: "0x101", "C_SetPIN.public": "0x101" }],
    ["so", { C_Logout: "0x5", C_CloseAllSessions: "0x5" }],
  ] as const)(
    "H05 the %s PIN that was changed is told as changed though the log-out after it fails",
    async (who, how) => {
      const id = await tokenId();
      await hostile.behave(how);
      const currentPin = who === "so" ? hostile.soPin : hostile.userPin;
      expect(await kernel.code("tokens.changePin", { id, who, currentPin, newPin: "43215678" })).toBe("ok");
      expect(await hostile.pinCalls()).toContain("C_SetPIN H1");
      const still = how.C_Logout === "0x5" ? "so" : "nobody";
      expect(await kernel.must("tokens.get", { id })).toMatchObject({ loggedIn: still });
    },
  );

  it("H05 C32 a PIN that was changed is told as changed though the token is pulled out right after", async () => {
    const id = await tokenId();
    ear.before("logOut", () => hostile.behave({ C_GetSlotList: "remove" }));
    const change = { id, who: "user", currentPin: hostile.userPin, newPin: "43211" };
    expect(await kernel.must("tokens.changePin", change)).toMatchObject({ id, loggedIn: "nobody" });
  });

  it("H05 C32 a user PIN that was set is told as set though the proof of it fails", async () => {
    const id = await tokenId();
    ear.before("logIn", () => hostile.behave({ C_Login: "remove" }), 2);
    const reply = await kernel.reply("tokens.unblockPin", { id, soPin: hostile.soPin, newPin: "4321" });
    expect(reply).toMatchObject({
      error: {
        code: "tokens/removed",
        message: expect.stringMatching(/^The new user PIN of “Hostile token” is set, but /),
        details: { pinSet: true },
      },
    });
    await hostile.behave({ inserted: 1 });
    expect(await kernel.must("tokens.get", { id })).toMatchObject({ loggedIn: "nobody" });
  });

  // CKR: PIN_LEN_RANGE 0xa2, SESSION_COUNT 0xb1, USER_PIN_NOT_INITIALIZED 0x102.
  it.each(["0xa2", "0xb1", "0x102"])(
    "C14 what is said before the PIN is looked at is not counted: %s",
    async (value) => {
      const id = await tokenId();
      await hostile.behave({ C_Login: value });
      expect(await kernel.code("tokens.logIn", { id, pin: "9999" })).not.toBe("ok");
      expect((await kernel.must("tokens.get", { id })).userPin).toMatchObject({ ownFailures: 0 });
    },
  );

  it("H04 C1 C21 crashing at each step of the wizard leaves a named state, and the wizard can be run again", async () => {
    for (const [step, how] of [
      ["erase", { C_InitToken: "crash" }],
      ["set-user-pin", { C_InitPIN: "hang" }],
      ["set-user-pin", { C_InitPIN: "0x30" }],
      ["probe", { C_GenerateKeyPair: "crash" }],
    ] as const) {
      await hostile.behave({});
      const id = await tokenId();
      const [token] = (await kernel.must("tokens.list")).tokens;
      await hostile.behave(how);
      const wish = { id, label: "Wizard", soPin: hostile.soPin, userPin: hostile.userPin, confirm: token.label };
      expect(await kernel.reply("tokens.initialize", wish)).toMatchObject({
        ok: false,
        error: { code: "tokens/initialisation-incomplete", details: { step } },
      });
    }
    expect(kernel.bugs).toEqual([]);
  });

  it("H02 C20 a label without an end and thousands of objects do no harm", async () => {
    await hostile.behave({ "token.raw": 1, objects: 100_000 });
    await kernel.must("tokens.restartModule", { id: moduleId });
    const [token] = (await kernel.must("tokens.list")).tokens;
    expect(token.label.length).toBeLessThanOrEqual(32);
    expect(await kernel.code("tokens.listObjects", { id: token.id })).toBe("tokens/failed");
    expect(kernel.bugs).toEqual([]);
  });

  it("C13 C24 flags decide before a PIN is sent", async () => {
    const id = await tokenId();
    // CKF: LOGIN_REQUIRED 4, USER_PIN_INITIALIZED 8, PROTECTED_AUTHENTICATION_PATH 0x100, TOKEN_INITIALIZED 0x400.
    const flags = (more: number) => `0x${(0x40c | more).toString(16)}`;
    const login = () => kernel.code("tokens.logIn", { id, pin: hostile.userPin });
    await hostile.behave({ "token.flags": flags(0x100) });
    expect(await login()).toBe("tokens/pin-pad");
    await hostile.behave({ "token.flags": flags(0x20000) });
    expect(await login()).toBe("tokens/pin-final-try");
    await hostile.behave({ "token.flags": flags(0x40000) });
    expect(await login()).toBe("tokens/pin-locked");
    await hostile.behave({ "token.flags": "0x404" });
    expect(await login()).toBe("tokens/pin-not-set");
    await hostile.behave({ "token.flags": flags(0x10000) });
    expect(await kernel.must("tokens.get", { id })).toMatchObject({ present: true });
    expect(await login()).toBe("ok");
  });
});
