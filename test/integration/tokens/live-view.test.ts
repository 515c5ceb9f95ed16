import { realpathSync, symlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import { createApp } from "#main/app.ts";
import type { KeysteadEvent } from "#shared/contract/events.ts";
import type { TokenView } from "#shared/models/token.ts";
import { OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";
import { SO_PIN, TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-live");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

describe.skipIf(softHsmUnavailable() !== undefined)("libraries", () => {
  it("H01 suggests libraries, adds, lists, restarts and removes one", async () => {
    await using bench = await TokenBench.open(copy("modules"));
    const { kernel, hsm } = bench;
    const { modules: suggested } = await kernel.must("tokens.suggestModules");
    // By whichever of its paths it was added, the file is the same, and listed once.
    const soft = suggested.filter(
      (module: { name: string; present: boolean }) => module.name === "SoftHSM 2" && module.present,
    );
    expect(soft).toMatchObject([{ added: true }]);
    expect(realpathSync(soft[0].path)).toBe(realpathSync(hsm.module));
    const files = suggested
      .filter(({ present }: { present: boolean }) => present)
      .map(({ path }: { path: string }) => realpathSync(path));
    expect(new Set(files).size).toBe(files.length);
    const { modules } = await kernel.must("tokens.listModules");
    expect(modules).toMatchObject([
      { id: bench.moduleId, name: "SoftHSM", path: hsm.module, state: "running", info: { manufacturer: "SoftHSM" } },
    ]);
    expect(await kernel.code("tokens.addModule", { path: hsm.module })).toBe("tokens/module-taken");
    expect(await kernel.must("tokens.restartModule", { id: bench.moduleId })).toMatchObject({ state: "running" });
    await kernel.must("vault.lock");
    await kernel.unlock();
    expect((await kernel.must("tokens.listModules")).modules).toMatchObject([{ state: "running" }]);
    await kernel.must("tokens.removeModule", { id: bench.moduleId });
    expect(await kernel.must("tokens.list")).toEqual({ tokens: [], modules: [] });
    expect(await kernel.code("tokens.removeModule", { id: bench.moduleId })).toBe("tokens/module-unknown");
    expect(kernel.bugs).toEqual([]);
  });

  it("H01 C6 one library under two paths is one: the second is refused, and the first goes on", async () => {
    await using bench = await TokenBench.open(copy("two-paths"));
    const { kernel, hsm } = bench;
    const token = await bench.made("Once");
    const paths = ["one.so", "two.so"].map((name) => folder.at(name));
    for (const path of paths) symlinkSync(realpathSync(hsm.module), path);
    const add = (path: string) => kernel.code("tokens.addModule", { path, name: path });
    expect(await kernel.reply("tokens.addModule", { path: paths[0], name: "another name" })).toMatchObject({
      ok: false,
      error: { code: "tokens/module-taken", details: { path: hsm.module, name: "SoftHSM" } },
    });
    expect((await bench.tokens()).filter(({ label }) => label === "Once")).toHaveLength(1);
    expect(await kernel.code("tokens.listObjects", { id: token.id })).toBe("ok");
    // Both at once: whichever is second leaves the process to the first.
    await kernel.must("tokens.removeModule", { id: bench.moduleId });
    expect((await Promise.all(paths.map(add))).sort()).toEqual(["ok", "tokens/module-taken"]);
    expect((await bench.tokens()).filter(({ label }) => label === "Once")).toHaveLength(1);
    expect(await kernel.code("tokens.logIn", { id: (await bench.token("Once")).id, pin: USER_PIN })).toBe("ok");
    expect(kernel.bugs).toEqual([]);
  });

  it("H01 a path that is none, or no library, is refused and not kept", async () => {
    await using bench = await TokenBench.open(copy("bad-modules"));
    const add = (path: string) => bench.kernel.code("tokens.addModule", { path });
    expect(await add("libsofthsm2.so")).toBe("tokens/module-not-found");
    expect(await add(folder.at("nothing.so"))).toBe("tokens/module-not-found");
    expect(await add("/etc/passwd")).toBe("tokens/module-unloadable");
    expect(await add("/lib/x86_64-linux-gnu/libm.so.6")).toBe("tokens/module-not-pkcs11");
    expect((await bench.kernel.must("tokens.listModules")).modules).toHaveLength(1);
  });

  it("H01 a library that went away is a failed one, and the console lives", async () => {
    await using bench = await TokenBench.open(copy("gone"));
    const { kernel } = bench;
    await kernel.must("vault.lock");
    await bench.hsm.dispose();
    await kernel.unlock();
    const { modules } = await kernel.must("tokens.listModules");
    expect(modules[0]).toMatchObject({ state: "failed", problem: { code: "tokens/module-unloadable" } });
    expect(await kernel.code("tokens.restartModule", { id: bench.moduleId })).toBe("tokens/module-unloadable");
    expect(await kernel.must("tokens.list")).toMatchObject({ tokens: [] });
    expect(kernel.bugs).toEqual([]);
  });
});

describe.skipIf(softHsmUnavailable() !== undefined)("tokens seen", () => {
  it("H02 C29 two tokens with one label are two, by their serials", async () => {
    await using bench = await TokenBench.open(copy("twins"));
    const one = await bench.hsm.addToken("Twin", SO_PIN, USER_PIN);
    const two = await bench.hsm.addToken("Twin", SO_PIN, "654321");
    await bench.kernel.must("tokens.restartModule", { id: bench.moduleId });
    const twins = (await bench.tokens()).filter((token) => token.label === "Twin");
    expect(twins.map((token) => token.serial).sort()).toEqual([one.serial, two.serial].sort());
    expect(new Set(twins.map((token) => token.id)).size).toBe(2);
    const idOf = (serial: string) => twins.find((token) => token.serial === serial)?.id;
    expect(await bench.kernel.code("tokens.logIn", { id: idOf(two.serial), pin: "654321" })).toBe("ok");
    expect(await bench.kernel.code("tokens.logIn", { id: idOf(one.serial), pin: "654321" })).toBe(
      "tokens/pin-incorrect",
    );
    const fresh = await bench.fresh();
    expect(
      await bench.kernel.code("tokens.initialize", {
        id: fresh.id,
        label: "Twin",
        soPin: SO_PIN,
        userPin: USER_PIN,
        confirm: "empty",
      }),
    ).toBe("tokens/label-taken");
  });

  it("H02 H03 H13 T02 registers, tags, finds by tags, remembers while it is out, and forgets", async () => {
    await using bench = await TokenBench.open(copy("instances"));
    const { kernel } = bench;
    const { id, serial } = await bench.made("Instance");
    expect(await kernel.code("tokens.setTags", { id, tags: [] })).toBe("tokens/not-found");
    expect(await kernel.code("tokens.activate", { id: (await bench.fresh()).id, name: "x", use: "server" })).toBe(
      "tokens/not-initialized",
    );
    const active = await kernel.must("tokens.activate", { id, name: "Sign_1", use: "signature" });
    expect(active.instance).toMatchObject({ name: "Sign_1", use: "signature", status: "running", tags: [] });
    const tags = [
      { key: "Abteilung", value: "Prüfung 1" },
      { key: "env", value: "" },
    ];
    expect((await kernel.must("tokens.setTags", { id, tags })).instance.tags).toEqual(tags);
    for (const bad of [
      [{ key: "_sys_x", value: "" }],
      [
        { key: "a", value: "1" },
        { key: "a", value: "2" },
      ],
      [{ key: "", value: "" }],
      [{ key: " a", value: "" }],
      [{ key: "a", value: "x ".repeat(1) }],
      [{ key: "a#", value: "" }],
      [{ key: "k".repeat(129), value: "" }],
      [{ key: "a", value: "v".repeat(256) }],
      Array.from({ length: 21 }, (_, index) => ({ key: `k${index}`, value: "" })),
    ])
      expect(await kernel.code("tokens.setTags", { id, tags: bad })).toBe("request/invalid-params");
    const other = await bench.made("Other");
    expect(await kernel.code("tokens.activate", { id: other.id, name: "Sign_1", use: "server" })).toBe(
      "tokens/label-taken",
    );
    await kernel.must("tokens.activate", { id: other.id, name: "Sign_2", use: "signature" });
    await kernel.must("tokens.setTags", { id: other.id, tags: [{ key: "env", value: "prod" }] });
    const found = async (...wanted: object[]) =>
      (await kernel.must("tokens.list", { tags: wanted })).tokens.map((token: { label: string }) => token.label).sort();
    expect(await found({ key: "env" })).toEqual(["Instance", "Other"]);
    expect(await found({ key: "env", value: "" })).toEqual(["Instance"]);
    expect(await found({ key: "env" }, { key: "Abteilung", value: "Prüfung 1" })).toEqual(["Instance"]);
    expect(await found({ key: "env", value: "prod" }, { key: "Abteilung" })).toEqual([]);
    const many = (count: number) => Array.from({ length: count }, () => ({ key: "env" }));
    expect(await found(...many(20))).toEqual(["Instance", "Other"]);
    for (const bad of [many(21), [{ key: "" }], [{ key: "env", value: 1 }], [{ key: "env", like: "x" }], "env"])
      expect(await kernel.code("tokens.list", { tags: bad })).toBe("request/invalid-params");

    await bench.hsm.pullOut(serial);
    const out = (await bench.tokens()).find((token) => token.id === id);
    expect(out).toMatchObject({
      present: false,
      label: "Instance",
      loggedIn: "nobody",
      instance: { status: "removed", tags },
    });
    // Those that are not in are found by their tags, too.
    expect(await found({ key: "Abteilung" })).toEqual(["Instance"]);
    expect(await kernel.code("tokens.logIn", { id, pin: USER_PIN })).toBe("tokens/not-present");
    expect(await kernel.must("tokens.get", { id })).toMatchObject({ present: false });
    expect(await kernel.code("tokens.get", { id: "0".repeat(32) })).toBe("tokens/not-found");
    await bench.hsm.putIn(serial);
    await kernel.must("tokens.restartModule", { id: bench.moduleId });
    expect(await bench.token("Instance")).toMatchObject({
      id,
      present: true,
      loggedIn: "nobody",
      instance: { status: "running" },
    });
    await kernel.must("tokens.deactivate", { id });
    expect((await bench.token("Instance")).instance).toBeUndefined();
    expect(await kernel.code("tokens.deactivate", { id })).toBe("tokens/not-found");
    expect(kernel.bugs).toEqual([]);
  });

  it("H02 C27 a token pulled out is told within two seconds, and its login is gone", async () => {
    await using hsm = Object.assign(await startSoftHsm(), {
      async [Symbol.asyncDispose]() {
        await hsm.dispose();
      },
    });
    const made = await hsm.addToken("Timed", SO_PIN, USER_PIN);
    const tokenModules = () => createTokenModules({ startProcess: nodeProcess(hsm.env) });
    // The real clock: this is about seconds.
    const app = createApp({ folder: copy("timed"), door: "test" }, { tokenModules });
    const caller = app.connect("test");
    const must = async (operation: string, params: unknown = {}) => {
      const reply = await app.dispatch(caller, { operation, params });
      if (!reply.ok) throw new Error(reply.error.message);
      // biome-ignore lint/suspicious/noExplicitAny: any operation's result
      return reply.result as any;
    };
    try {
      await must("vault.unlock", { userName: OWNER.userName, password: OWNER.password });
      await must("tokens.addModule", { path: hsm.module });
      const find = async (): Promise<TokenView | undefined> =>
        (await must("tokens.list")).tokens.find((token: TokenView) => token.serial === made.serial);
      const id = (await find())?.id;
      await must("tokens.logIn", { id, pin: USER_PIN });
      const events: KeysteadEvent[] = [];
      app.listen(caller, (event) => events.push(event));
      const began = performance.now();
      await hsm.pullOut(made.serial);
      await expect
        .poll(() => events, { timeout: 5000, interval: 20 })
        .toContainEqual({ type: "changed", feature: "tokens" });
      expect(performance.now() - began).toBeLessThan(2000);
      expect(await find()).toBeUndefined();
    } finally {
      await app.close("closing");
    }
  });
});
