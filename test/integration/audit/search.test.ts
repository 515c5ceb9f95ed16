import { afterAll, beforeAll, expect, it } from "vitest";
import { Kernel, TestFolder } from "#test/support/kernel.ts";

const folder = new TestFolder("search");
let kernel: Kernel;
beforeAll(async () => {
  kernel = new Kernel(folder.at("vault"));
  await kernel.create();
  await kernel.must("keypairs.create", { name: "Ämter Zürich", spec: "ed25519" });
});
afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

it.each(["Ämter", "ämter", "ZÜRICH", "zürich", "mter z", "A\u0308mter"])(
  "A02 a trace is found by %s, whatever letters it was written with",
  async (keyword) => {
    const { traces } = await kernel.must("audit.list", { keyword, name: "createKeypair" });
    expect(traces).toHaveLength(1);
  },
);

it("A02 a word that stands nowhere finds nothing", async () => {
  expect(await kernel.must("audit.list", { keyword: "Bämter", name: "createKeypair" })).toMatchObject({ total: 0 });
});
