import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";

// Calls of one moment, as the lanes of a batch or two windows make them: all have read before the first has written. What is
// acknowledged must be there afterwards.

const folder = new TestFolder("side-by-side");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

async function opened(name: string): Promise<Kernel> {
  const kernel = new Kernel(copy(name));
  await kernel.unlock();
  return kernel;
}

describe("settings", () => {
  it("G01 keep the vault's new name when the times are changed beside it", async () => {
    await using kernel = await opened("settings");
    await Promise.all([
      kernel.must("vault.updateSettings", { vaultName: "Renamed" }),
      kernel.must("vault.updateSettings", { autoLockMinutes: 3, autoLockMinutesInBrowser: 2 }),
    ]);
    const wanted = { vaultName: "Renamed", autoLockMinutes: 3, autoLockMinutesInBrowser: 2 };
    expect(await kernel.must("vault.settings")).toEqual(wanted);
    expect(kernel.bugs).toEqual([]);
  });

  it("G01 lock at the time that stands, whichever call was answered last", async () => {
    await using kernel = await opened("auto-lock");
    await Promise.all([
      kernel.must("vault.updateSettings", { autoLockMinutes: 3 }),
      kernel.must("vault.updateSettings", { vaultName: "Renamed" }),
    ]);
    const { locksAt } = await kernel.must("vault.status");
    expect(locksAt - kernel.clock.now()).toBe(3 * 60_000);
  });

  it("G01 refuse a time in the browser that a call beside it has made too long, and leave a trace of that", async () => {
    await using kernel = await opened("too-long");
    const [shorter, longer] = await Promise.all([
      kernel.code("vault.updateSettings", { autoLockMinutes: 3 }),
      kernel.code("vault.updateSettings", { autoLockMinutesInBrowser: 8 }),
    ]);
    expect([shorter, longer]).toEqual(["ok", "request/invalid-params"]);
    expect(await kernel.must("vault.settings")).toEqual({
      vaultName: OWNER.name,
      autoLockMinutes: 3,
      autoLockMinutesInBrowser: 3,
    });
    expect((await kernel.must("audit.list", { outcome: "failed" })).traces).toHaveLength(1);
  });
});

it("G01 preferences of two lists stand beside each other", async () => {
  await using kernel = await opened("preferences");
  const arranged = { columns: ["name"], filters: [] };
  await Promise.all(
    ["keypairs", "servers", "traces"].map((list) => kernel.must("vault.setPreferences", { list, ...arranged })),
  );
  expect(await kernel.must("vault.preferences")).toEqual({
    lists: { keypairs: arranged, servers: arranged, traces: arranged },
  });
});

describe("a server", () => {
  const add = (kernel: Kernel) => kernel.must("servers.add", { name: "web", host: "a.example", port: 22 });

  it("P06 keeps its new address when it is renamed beside that", async () => {
    await using kernel = await opened("server");
    const { id } = await add(kernel);
    await Promise.all([
      kernel.must("servers.update", { id, host: "b.example" }),
      kernel.must("servers.update", { id, name: "renamed" }),
      kernel.must("servers.update", { id, user: "ops" }),
    ]);
    const wanted = { name: "renamed", host: "b.example", port: 22, user: "ops" };
    expect(await kernel.must("servers.get", { id })).toMatchObject(wanted);
  });

  it("P06 is not moved back in passing: the answer would promise pins that are gone", async () => {
    await using kernel = await opened("moved");
    const { id } = await add(kernel);
    const codes = await Promise.all([
      kernel.code("servers.update", { id, host: "b.example" }),
      kernel.code("servers.update", { id, host: "a.example", name: "renamed" }),
    ]);
    expect(codes).toEqual(["ok", "servers/changed-meanwhile"]);
    expect(await kernel.must("servers.get", { id })).toMatchObject({ name: "web", host: "b.example" });
  });

  it("P06 takes no address that another has been given beside it", async () => {
    await using kernel = await opened("taken");
    const one = await add(kernel);
    const other = await kernel.must("servers.add", { name: "db", host: "b.example", port: 22 });
    const codes = await Promise.all([
      kernel.code("servers.update", { id: one.id, host: "c.example" }),
      kernel.code("servers.update", { id: other.id, host: "c.example" }),
    ]);
    expect(codes).toEqual(["ok", "servers/address-taken"]);
  });
});
