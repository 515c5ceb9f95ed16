import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { addUser } from "#test/support/second-user.ts";

const folder = new TestFolder("preferences");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

const RITA = { userName: "rita", password: "seven quiet herons wading" } as const;
const WEB = { columns: ["name", "address"], filters: [{ name: "password still on", query: "login=on&q=web" }] };

describe("vault.setPreferences", () => {
  it("G01 A02 keeps a user's columns and filters over a restart, list by list, and apart from the settings", async () => {
    const vault = copy("kept");
    const filters = [{ name: "incidents", query: "status=incident" }];
    {
      await using kernel = new Kernel(vault);
      await kernel.unlock();
      expect(await kernel.must("vault.preferences")).toEqual({ lists: {} });
      await kernel.must("vault.setPreferences", { list: "servers", ...WEB });
      await kernel.must("vault.setPreferences", { list: "traces", filters });
      expect(await kernel.must("vault.settings")).toEqual({
        vaultName: OWNER.name,
        autoLockMinutes: 10,
        autoLockMinutesInBrowser: 5,
      });
    }
    await using kernel = new Kernel(vault);
    await kernel.unlock();
    expect(await kernel.must("vault.preferences")).toEqual({ lists: { servers: WEB, traces: { filters } } });
    await kernel.must("vault.setPreferences", { list: "servers", filters: [] });
    expect(await kernel.must("vault.preferences")).toEqual({
      lists: { servers: { filters: [] }, traces: { filters } },
    });
    expect((await kernel.must("audit.list", { name: "setPreferences" })).traces).toHaveLength(3);
  });

  it("G01 each user has his own, and needs no permission for them", async () => {
    const vault = copy("two");
    await addUser(vault, OWNER.password, { ...RITA, actions: [] });
    await using kernel = new Kernel(vault);
    const rita = kernel.app.connect("window");
    await kernel.unlock();
    await kernel.must("vault.unlock", RITA, rita);
    await kernel.must("vault.setPreferences", { list: "servers", ...WEB }, rita);
    expect(await kernel.must("vault.preferences")).toEqual({ lists: {} });
    expect(await kernel.must("vault.preferences", {}, rita)).toEqual({ lists: { servers: WEB } });
  });

  const filter = (over: object) => ({ list: "servers", filters: [{ name: "f", query: "", ...over }] });
  it.each([
    ["an unknown list", { list: "secrets", filters: [] }],
    ["a list of the object's own", { list: "__proto__", filters: [] }],
    ["a filter without a name", filter({ name: "" })],
    ["a filter with too long a query", filter({ query: "x".repeat(1001) })],
    ["a query with a control character", filter({ query: "q=a\u0000" })],
    ["two filters of one name", { list: "servers", filters: [filter({}).filters[0], filter({}).filters[0]] }],
    [
      "too many filters",
      { list: "servers", filters: Array.from({ length: 21 }, (_, i) => ({ name: `f${i}`, query: "" })) },
    ],
    ["a column that is no key", { list: "servers", columns: ["<b>"], filters: [] }],
    ["too many columns", { list: "servers", columns: Array(31).fill("a"), filters: [] }],
    ["a field more", { list: "servers", filters: [], secret: "x" }],
  ])("G01 refuses %s and keeps what was there", async (_what, params) => {
    await using kernel = new Kernel(copy(`refused-${Math.random()}`));
    await kernel.unlock();
    expect(await kernel.code("vault.setPreferences", params)).toBe("request/invalid-params");
    expect(await kernel.must("vault.preferences")).toEqual({ lists: {} });
  });
});
