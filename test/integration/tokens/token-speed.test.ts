import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { TokenBench } from "./bench.ts";

const folder = new TestFolder("tokens-speed");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

describe.skipIf(softHsmUnavailable() !== undefined)("speed on SoftHSM", () => {
  it("H07 lists a token with 1,000 objects in under 300 ms", async () => {
    await using bench = await TokenBench.open(copy("thousand"));
    const { id } = await bench.made("Thousand");
    const tokenModules = createTokenModules({ startProcess: nodeProcess(bench.hsm.env) });
    const module = await tokenModules.open(bench.hsm.module);
    const slot = (await module.slots()).find((each) => each.token?.label === "Thousand");
    const slotId = slot?.slotId ?? "";
    for (let index = 0; index < 1000; index++)
      await module.createObject(slotId, {
        CKA_CLASS: 2,
        CKA_KEY_TYPE: 0,
        CKA_TOKEN: true,
        CKA_PRIVATE: false,
        CKA_LABEL: `key ${index}`,
        CKA_ID: Buffer.from(index.toString(16).padStart(4, "0"), "hex"),
        CKA_MODULUS: Buffer.alloc(256, 0xc5 + (index % 7)),
        CKA_PUBLIC_EXPONENT: Buffer.of(1, 0, 1),
      });
    // What the bare search costs at this moment: about 65 ms on the machine the goal was set for, more on a busy one.
    const bare = await fastest(() => module.find(slotId, { CKA_TOKEN: true }, ["CKA_CLASS", "CKA_LABEL", "CKA_ID"]));
    await tokenModules.closeAll();
    const time = await fastest(async () => {
      const { objects } = await bench.kernel.must("tokens.listObjects", { id });
      expect(objects).toHaveLength(1000);
    });
    process.stderr.write(`listing 1,000 objects: ${Math.round(time)} ms, the bare search ${Math.round(bare)} ms\n`);
    expect(time).toBeLessThan(300 * Math.max(1, bare / 65));
  });

  it("H07 the console answers within 50 ms while an RSA-4096 key is made", async () => {
    await using bench = await TokenBench.open(copy("busy"));
    const { kernel } = bench;
    const { id } = await bench.made("Busy");
    const idle = await slowest(bench, () => false, 1000);
    let made = false;
    const making = kernel.code("tokens.generateKey", { id, spec: "rsa-4096", label: "large" }).finally(() => {
      made = true;
    });
    const busy = await slowest(bench, () => made, 60_000);
    expect(await making).toBe("ok");
    process.stderr.write(`slowest while RSA-4096 is made: ${Math.round(busy)} ms, before: ${Math.round(idle)} ms\n`);
    // A commit to a busy disk is slow with or without a key being made.
    expect(busy).toBeLessThan(Math.max(50, 2 * idle));
  });
});

async function fastest(work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const began = performance.now();
    await work();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

/** The slowest answer of any of these, one after the other until `over` or for so many milliseconds. */
async function slowest(bench: TokenBench, over: () => boolean, milliseconds: number): Promise<number> {
  const began = performance.now();
  let worst = 0;
  while (performance.now() - began < milliseconds && !over())
    for (const operation of ["tokens.list", "tokens.listModules", "keypairs.list", "servers.list"] as const) {
      const asked = performance.now();
      await bench.kernel.must(operation);
      worst = Math.max(worst, performance.now() - asked);
    }
  return worst;
}
