import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenModule } from "#main/features/tokens/token-port.ts";
import type { TokenView, WizardStep } from "#shared/models/token.ts";
import { OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { pkcs11Tool } from "#test/support/tokens/pkcs11-tool.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { SO_PIN, TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-initialize");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

const STEPS = [
  "inventory",
  "confirm",
  "close-sessions",
  "erase",
  "find-again",
  "so-log-in",
  "set-user-pin",
  "user-log-in",
  "probe",
];
const form = (token: TokenView, label: string, more: object = {}) => ({
  id: token.id,
  label,
  soPin: SO_PIN,
  userPin: USER_PIN,
  confirm: token.initialized ? token.label : token.serial === "" ? "empty" : token.serial,
  ...more,
});

describe.skipIf(softHsmUnavailable() !== undefined)("initialising on SoftHSM", () => {
  it("H04 C18 C20 C21 takes a fresh token through every step to ready, with a proof for each", async () => {
    await using bench = await TokenBench.open(copy("fresh"));
    const label = "Kärtchen 🔑 1";
    const { token, steps, erased } = await bench.kernel.must("tokens.initialize", form(await bench.fresh(), label));
    expect(steps.map((step: WizardStep) => [step.name, step.state])).toEqual(STEPS.map((name) => [name, "done"]));
    for (const step of steps) expect(step.proof).not.toBe("");
    expect(erased).toEqual([]);
    expect(token).toMatchObject({ label, initialized: true, loggedIn: "nobody", present: true });
    expect(token.userPin).toMatchObject({ state: "ok", ownFailures: 0 });
    const witness = pkcs11Tool({ ...bench.hsm, label, pin: USER_PIN });
    expect(await witness.objects()).toEqual([]);
    await witness.generateKeyPair("EC:prime256v1", "01", "theirs");
    expect(bench.kernel.bugs).toEqual([]);
  });

  it("H04 C17 C19 erases an initialised token by its present SO PIN, and names what was on it, before and after", async () => {
    await using bench = await TokenBench.open(copy("again"));
    const first = await bench.made("First");
    await bench.kernel.must("tokens.generateKey", { id: first.id, spec: "ecdsa-p256", label: "will be lost" });
    await bench.kernel.must("tokens.activate", { id: first.id, name: "hsm-1", use: "server" });
    const { token, erased } = await bench.kernel.must(
      "tokens.initialize",
      form(first, "Second", { userPin: "another pin" }),
    );
    expect(erased).toEqual([
      expect.stringContaining("private key “will be lost”"),
      expect.stringContaining("public key “will be lost”"),
    ]);
    expect(token).toMatchObject({ id: first.id, serial: first.serial, label: "Second", instance: { name: "hsm-1" } });
    await bench.kernel.must("tokens.logIn", { id: token.id, pin: "another pin" });
    expect((await bench.kernel.must("tokens.listObjects", { id: token.id })).objects).toEqual([]);
    const { traces } = await bench.kernel.must("audit.list", { limit: 200 });
    const before = traces.find(
      (trace: { name: string; answer: string }) => trace.name === "eraseToken" && trace.answer.includes("will be lost"),
    );
    const after = traces.find(
      (trace: { name: string; answer: string }) =>
        trace.name === "initializeToken" && trace.answer.includes("will be lost"),
    );
    expect(before.sequence).toBeLessThan(after.sequence);
    expect(JSON.stringify(traces)).not.toMatch(new RegExp(`${SO_PIN}|another pin`));
  });

  it("H04 C19 a wrong SO PIN erases nothing, is counted, and the next look says so", async () => {
    await using bench = await TokenBench.open(copy("wrong-so"));
    const token = await bench.made("Kept");
    await bench.kernel.must("tokens.activate", { id: token.id, name: "kept", use: "server" });
    await bench.kernel.must("tokens.generateKey", { id: token.id, spec: "ecdsa-p256", label: "stays" });
    const refused = await bench.kernel.reply("tokens.initialize", form(token, "Other", { soPin: "00000000" }));
    expect(refused).toMatchObject({
      ok: false,
      error: { code: "tokens/pin-incorrect", details: { role: "so", ownFailures: 1 } },
    });
    const now = await bench.kernel.must("tokens.get", { id: token.id });
    expect(now.instance.status).toBe("running");
    expect(now).toMatchObject({ label: "Kept", soPin: { state: "low", ownFailures: 1 }, userPin: { ownFailures: 0 } });
    const seen = await pkcs11Tool({ ...bench.hsm, label: "Kept", pin: USER_PIN }).objects();
    expect(seen.map((object) => object.label)).toEqual(expect.arrayContaining(["stays"]));
    await bench.kernel.must("tokens.initialize", form(token, "Other"));
    expect((await bench.kernel.must("tokens.get", { id: token.id })).soPin).toMatchObject({
      state: "ok",
      ownFailures: 0,
    });
  });

  it("H04 H06 erases no token that key pairs of this vault live on, by itself or in a series, and names them", async () => {
    await using bench = await TokenBench.open(copy("keypairs"));
    const { kernel } = bench;
    const token = await bench.made("Holds");
    const pairs: { id: string }[] = [];
    for (const name of ["web", "backup host"])
      pairs.push(await kernel.must("keypairs.createOnToken", { name, tokenId: token.id, spec: "ecdsa-p256" }));
    const { seriesId } = await kernel.must("tokens.beginSeries", {
      labelPattern: "UKey-###",
      soPin: SO_PIN,
      userPin: USER_PIN,
    });
    const before = bench.ear.calls.get("initToken");
    const refused = {
      ok: false,
      error: {
        code: "keypairs/in-use",
        message: expect.stringContaining("“backup host”, “web”"),
        details: { keypairs: ["backup host", "web"] },
      },
    };
    expect(await kernel.reply("tokens.initialize", form(token, "Other"))).toMatchObject(refused);
    // Also when nobody is logged in: what is private on it cannot be listed then.
    await kernel.must("tokens.logOut", { id: token.id });
    expect(await kernel.reply("tokens.initialize", form(token, "Other"))).toMatchObject(refused);
    const next = { id: token.id, seriesId, confirm: "Holds" };
    expect(await kernel.reply("tokens.initializeNext", next)).toMatchObject(refused);
    expect(bench.ear.calls.get("initToken")).toBe(before);
    expect((await bench.token("Holds")).soPin.ownFailures).toBe(0);
    const fresh = await bench.fresh();
    expect(await kernel.code("tokens.initializeNext", { id: fresh.id, seriesId, confirm: "empty" })).toBe("ok");
    for (const { id } of pairs) await kernel.must("keypairs.remove", { id });
    expect(await kernel.code("tokens.initialize", form(token, "Other"))).toBe("ok");
  });

  it("H04 C17 C20 C22 refuses what cannot be before the token is touched", async () => {
    await using bench = await TokenBench.open(copy("refused"));
    const token = await bench.made("Same");
    const ask = (label: string, more: object = {}) => bench.kernel.reply("tokens.initialize", form(token, label, more));
    const codeOf = async (label: string, more: object = {}) => {
      const reply = await ask(label, more);
      return reply.ok ? "ok" : reply.error.code;
    };
    expect(await codeOf("x".repeat(33))).toBe("request/invalid-params");
    // 8 emoji of 4 bytes fit, 9 do not.
    expect(await ask("🔑".repeat(9))).toMatchObject({
      error: { code: "request/invalid-params", message: expect.stringContaining("32 bytes") },
    });
    expect(await codeOf(" x")).toBe("request/invalid-params");
    expect(await codeOf("a\u0007b")).toBe("request/invalid-params");
    expect(await codeOf("New", { confirm: "same" })).toBe("tokens/confirmation-wrong");
    expect(await codeOf("New", { userPin: "123" })).toBe("tokens/pin-length");
    expect(await codeOf("New", { userPin: SO_PIN })).toBe("tokens/pin-refused");
    expect(await codeOf("New", { soPin: "1" })).toBe("tokens/pin-length");
    const fresh = await bench.fresh();
    expect(await bench.kernel.code("tokens.initialize", form(fresh, "Same"))).toBe("tokens/label-taken");
    expect(await bench.kernel.code("tokens.initialize", form(fresh, "New", { confirm: "New" }))).toBe(
      "tokens/confirmation-wrong",
    );
    expect(bench.ear.calls.get("initToken")).toBe(1);
    expect((await bench.token("Same")).soPin.ownFailures).toBe(0);
    await bench.kernel.must("tokens.initialize", form(fresh, "🔑".repeat(8)));
  });

  const PULLED: readonly (readonly [step: string, call: keyof TokenModule, count: number])[] = [
    ["find-again", "slots", 1],
    ["so-log-in", "logIn", 1],
    ["set-user-pin", "initPin", 1],
    ["user-log-in", "logIn", 2],
    ["probe", "generateKeyPair", 1],
    ["probe", "sign", 1],
  ];
  it.each(PULLED)("H04 C21 C32 names the step when the token is pulled out at %s (%s)", async (step, call, count) => {
    await using bench = await TokenBench.open(copy(`pulled-${step}-${call}`));
    const token = await bench.made("Pulled");
    await bench.kernel.must("tokens.activate", { id: token.id, name: "pulled", use: "signature" });
    bench.ear.before("initToken", async () => bench.ear.before(call, () => bench.hsm.pullOut(token.serial), count));
    const reply = await bench.kernel.reply("tokens.initialize", form(token, "Never"));
    expect(reply).toMatchObject({ ok: false, error: { code: "tokens/initialisation-incomplete", details: { step } } });
    if (reply.ok) return;
    const steps = reply.error.details.steps as readonly string[];
    const at = STEPS.indexOf(step);
    expect(steps.map((line) => line.split(": ").slice(0, 2))).toEqual(
      STEPS.map((name, index) => [name, index < at ? "done" : index === at ? "failed" : "not-reached"]),
    );
    expect(JSON.stringify(reply)).not.toMatch(new RegExp(`${SO_PIN}|${USER_PIN}`));
    expect((await bench.tokens()).find(({ id }) => id === token.id)).toMatchObject({
      present: false,
      instance: { status: "removed" },
    });
    // SoftHSM sees what was put back only in a fresh process (C28).
    await bench.hsm.putIn(token.serial);
    await bench.kernel.must("tokens.restartModule", { id: bench.moduleId });
    const back = (await bench.tokens()).find(({ id }) => id === token.id);
    expect(back).toMatchObject({ present: true, loggedIn: "nobody", instance: { status: "failed" } });
    if (back === undefined) return;
    const { token: ready } = await bench.kernel.must("tokens.initialize", form(back, "Ready"));
    expect(ready).toMatchObject({ label: "Ready", instance: { status: "running" } });
    expect(bench.kernel.bugs).toEqual([]);
  });

  it("H04 C1 C21 killed when the token is erased and has no PIN yet, the next start says that it has failed, and the wizard can be run again", async () => {
    const where = copy("killed");
    await using bench = await TokenBench.open(where);
    const { kernel, hsm } = bench;
    const token = await bench.made("Killed");
    await kernel.must("tokens.activate", { id: token.id, name: "killed", use: "server" });
    await kernel.must("vault.lock");
    const script = join(import.meta.dirname, "../../support/tokens/wizard-script.ts");
    const child = spawn(process.execPath, [script, where, token.id], {
      env: { ...process.env, ...hsm.env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { id: _id, ...rest } = form(token, "Renamed");
    child.stdin.write(
      `${JSON.stringify({ userName: OWNER.userName, password: OWNER.password })}\n${JSON.stringify(rest)}\n`,
    );
    const [said] = await once(createInterface({ input: child.stdout }), "line");
    child.kill("SIGKILL");
    await once(child, "close");
    expect(said).toBe("erased");
    await kernel.unlock();
    const left = (await bench.tokens()).find(({ id }) => id === token.id);
    expect(left).toMatchObject({ label: "Renamed", instance: { status: "failed" }, userPin: { state: "not-set" } });
    expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
    if (left === undefined) return;
    const { token: ready } = await kernel.must("tokens.initialize", form(left, "Ready"));
    expect(ready).toMatchObject({ label: "Ready", instance: { status: "running" } });
  });

  it("H04 C32 pulled out just when it is to be erased, nobody claims to know whether it was", async () => {
    await using bench = await TokenBench.open(copy("pulled-early"));
    const token = await bench.made("Whole");
    bench.ear.before("initToken", () => bench.hsm.pullOut(token.serial));
    expect(await bench.kernel.reply("tokens.initialize", form(token, "Never"))).toMatchObject({
      error: {
        code: "tokens/initialisation-incomplete",
        message: expect.stringContaining("may have been erased"),
        details: { step: "erase" },
      },
    });
    await bench.hsm.putIn(token.serial);
    await bench.kernel.must("tokens.restartModule", { id: bench.moduleId });
    expect(await bench.kernel.code("tokens.logIn", { id: token.id, pin: USER_PIN })).toBe("ok");
  });
});

describe.skipIf(softHsmUnavailable() !== undefined)("a series on SoftHSM", () => {
  it("H04 initialises one after the other with one form, and gives a table without PINs", async () => {
    await using bench = await TokenBench.open(copy("series"));
    const { kernel } = bench;
    const begun = await kernel.must("tokens.beginSeries", {
      labelPattern: "UKey-###",
      firstNumber: 7,
      soPin: SO_PIN,
      userPin: USER_PIN,
    });
    expect(begun.nextLabel).toBe("UKey-007");
    const { seriesId } = begun;
    for (const label of ["UKey-007", "UKey-008", "UKey-009"]) {
      const fresh = await bench.fresh();
      const done = await kernel.must("tokens.initializeNext", { seriesId, id: fresh.id, confirm: "empty" });
      expect(done).toMatchObject({ label, token: { label, loggedIn: "nobody" } });
    }
    const again = await bench.token("UKey-008");
    expect(await kernel.code("tokens.initializeNext", { seriesId, id: again.id, confirm: "UKey" })).toBe(
      "tokens/confirmation-wrong",
    );
    await kernel.must("tokens.changePin", { id: again.id, who: "so", currentPin: SO_PIN, newPin: "11223344" });
    expect(await kernel.code("tokens.initializeNext", { seriesId, id: again.id, confirm: "UKey-008" })).toBe(
      "tokens/pin-incorrect",
    );
    const { results } = await kernel.must("tokens.endSeries", { seriesId });
    expect(results.map((row: { label: string; outcome: string }) => [row.label, row.outcome])).toEqual([
      ["UKey-007", "done"],
      ["UKey-008", "done"],
      ["UKey-009", "done"],
      ["UKey-010", "failed"],
    ]);
    expect(new Set(results.map((row: { serial: string }) => row.serial)).size).toBe(3);
    expect(JSON.stringify(results)).not.toMatch(new RegExp(`${SO_PIN}|${USER_PIN}`));
    expect(await kernel.code("tokens.endSeries", { seriesId })).toBe("tokens/series-unknown");
    for (const label of ["UKey-007", "UKey-009"])
      expect(await kernel.code("tokens.logIn", { id: (await bench.token(label)).id, pin: USER_PIN })).toBe("ok");
  });

  it("H04 D17 locking the vault lets the token in hand come to its end: erased, it gets its PIN", async () => {
    await using bench = await TokenBench.open(copy("series-lock-within"));
    const { kernel } = bench;
    const old = await bench.made("Old");
    const { seriesId } = await kernel.must("tokens.beginSeries", {
      labelPattern: "UKey-###",
      soPin: SO_PIN,
      userPin: USER_PIN,
    });
    let locked: Promise<string> | undefined;
    // Between the erasing and the first log-in after it: the lock waits for the steps, the series does not wait for the lock.
    bench.ear.before("logIn", async () => {
      locked = kernel.code("vault.lock");
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await kernel.code("tokens.initializeNext", { id: old.id, seriesId, confirm: "Old" });
    expect(await locked).toBe("ok");
    await kernel.unlock();
    const token = await bench.token("UKey-001");
    expect(token.userPin.state).toBe("ok");
    expect(await kernel.code("tokens.logIn", { id: token.id, pin: USER_PIN })).toBe("ok");
    expect(await kernel.code("tokens.endSeries", { seriesId })).toBe("tokens/series-unknown");
  });

  it("H04 D17 locking the vault ends a series, and another user never has it", async () => {
    await using bench = await TokenBench.open(copy("series-lock"));
    const { kernel } = bench;
    const form = { labelPattern: "K#", soPin: SO_PIN, userPin: USER_PIN };
    expect(await kernel.code("tokens.beginSeries", { ...form, labelPattern: "none" })).toBe("request/invalid-params");
    expect(await kernel.code("tokens.beginSeries", { ...form, labelPattern: "#-#" })).toBe("request/invalid-params");
    const { seriesId } = await kernel.must("tokens.beginSeries", form);
    await kernel.must("vault.lock");
    await kernel.unlock();
    expect(
      await kernel.code("tokens.initializeNext", { seriesId, id: (await bench.fresh()).id, confirm: "empty" }),
    ).toBe("tokens/series-unknown");
  });
});
