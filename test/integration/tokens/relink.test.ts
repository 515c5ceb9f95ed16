import { copyFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenView } from "#shared/models/token.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { SO_PIN, TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-relink");

describe.skipIf(softHsmUnavailable() !== undefined)("a token whose library has moved", () => {
  let bench: TokenBench;
  /** As it was registered. */
  let lost: TokenView;

  beforeAll(async () => {
    bench = await TokenBench.open((await vaultTemplate(folder))("relink"));
    lost = await bench.made("Registered");
    const { kernel } = bench;
    await kernel.must("tokens.activate", { id: lost.id, name: "office-1", use: "server" });
    await kernel.must("tokens.setTags", { id: lost.id, tags: [{ key: "site", value: "Bonn" }] });
    for (const name of ["deploy", "mail"])
      await kernel.must("keypairs.createOnToken", { name, tokenId: lost.id, spec: "ecdsa-p256" });
    await kernel.must("tokens.logOut", { id: lost.id });
    expect(await kernel.code("tokens.logIn", { id: lost.id, pin: "000000" })).toBe("tokens/pin-incorrect");
    await bench.hsm.addToken("Other", SO_PIN, USER_PIN);
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const relink = (toId: string, confirm = "office-1", fromId = lost.id) => ({ fromId, toId, confirm });
  const code = (toId: string, confirm?: string, fromId?: string) =>
    bench.kernel.code("tokens.relinkInstance", relink(toId, confirm, fromId));

  it("H02 C29 is not relinked while it is in under its old id", async () => {
    await bench.kernel.must("tokens.restartModule", { id: bench.moduleId });
    expect((await bench.token("Registered")).id).toBe(lost.id);
    expect(await code((await bench.token("Other")).id)).toBe("tokens/relink-refused");
  });

  it("H02 C29 comes back as a stranger under another path, and the registered one names it as the likely same", async () => {
    const { kernel, hsm } = bench;
    await kernel.must("tokens.removeModule", { id: bench.moduleId });
    expect((await kernel.must("tokens.get", { id: lost.id })).presentAs).toBeUndefined();
    const path = folder.at("moved.so");
    copyFileSync(hsm.module, path);
    bench.moduleId = (await kernel.must("tokens.addModule", { path, name: "moved" })).id;
    const all = (await bench.tokens()).filter((token) => token.serial === lost.serial);
    const [now] = all.filter((token) => token.present);
    const [before] = all.filter((token) => !token.present);
    expect(now).toMatchObject({ label: "Registered" });
    expect(now?.id).not.toBe(lost.id);
    expect(now).not.toHaveProperty("instance");
    expect(before).toMatchObject({
      id: lost.id,
      presentAs: now?.id,
      instance: { name: "office-1", status: "removed" },
    });
    expect(await kernel.must("tokens.get", { id: lost.id })).toMatchObject({ presentAs: now?.id });
  });

  it("H04 H07 C29 is not erased under its new id, nor the keys deleted that key pairs of this vault live from", async () => {
    const { kernel } = bench;
    const { id, label } = (await bench.tokens()).find((token) => token.present && token.label === "Registered") ?? lost;
    expect(id).not.toBe(lost.id);
    const wish = { id, label: "Erased", soPin: SO_PIN, userPin: USER_PIN, confirm: label };
    const erased = await kernel.reply("tokens.initialize", wish);
    expect(erased).toMatchObject({ error: { code: "keypairs/in-use", details: { keypairs: ["deploy", "mail"] } } });
    await kernel.must("tokens.logIn", { id, pin: USER_PIN, acceptFinalTry: true });
    const { objects } = await kernel.must("tokens.listObjects", { id });
    for (const { ref, label: confirm } of objects.filter((object: { class: string }) => object.class === "private-key"))
      expect(await kernel.code("tokens.deleteObject", { id, ref, confirm })).toBe("keypairs/in-use");
    await kernel.must("tokens.logOut", { id });
  });

  it("H02 C29 is relinked by nobody's guess: the right token, the typed name, a free place", async () => {
    const { kernel } = bench;
    const now = await present();
    const other = await bench.token("Other");
    expect(await code(now.id, "office-2")).toBe("tokens/confirmation-wrong");
    expect(await code(other.id)).toBe("tokens/relink-refused");
    expect(await code(now.id, "office-1", other.id)).toBe("tokens/not-found");
    expect(await code("0".repeat(32))).toBe("tokens/not-found");
    await kernel.must("tokens.activate", { id: now.id, name: "already", use: "finance" });
    expect(await code(now.id)).toBe("tokens/relink-refused");
    await kernel.must("tokens.deactivate", { id: now.id });
    expect(await kernel.must("tokens.get", { id: lost.id })).toMatchObject({ instance: { name: "office-1" } });
  });

  it("H02 C29 gets back name, use, tags, key pairs and its count of wrong PINs, and its key pairs are found there", async () => {
    const { kernel } = bench;
    const now = await present();
    expect(await kernel.code("tokens.logIn", { id: now.id, pin: "000000" })).toBe("tokens/pin-incorrect");
    const done = await kernel.must("tokens.relinkInstance", relink(now.id));
    expect(done).toMatchObject({
      keypairs: 2,
      token: { id: now.id, instance: { name: "office-1", use: "server", status: "running" } },
    });
    const all = (await bench.tokens()).filter((token) => token.serial === lost.serial);
    expect(all).toMatchObject([
      {
        id: now.id,
        present: true,
        instance: { name: "office-1", tags: [{ key: "site", value: "Bonn" }] },
        userPin: { ownFailures: 2 },
      },
    ]);
    expect(await code(now.id)).toBe("tokens/not-found");
    await kernel.must("tokens.logIn", { id: now.id, pin: USER_PIN, acceptFinalTry: true });
    expect((await present()).userPin.ownFailures).toBe(0);
    const { keypairs } = await kernel.must("keypairs.list");
    expect(keypairs.map((pair: { token: { id: string } }) => pair.token.id)).toEqual([now.id, now.id]);
    // The vault finds the key where it is now: it refuses to delete what a key pair lives from.
    const { objects } = await kernel.must("tokens.listObjects", { id: now.id });
    const key = objects.find((object: { class: string; label: string }) => object.class === "private-key");
    expect(await kernel.code("tokens.deleteObject", { id: now.id, ref: key.ref, confirm: key.label })).toBe(
      "keypairs/in-use",
    );
    expect(kernel.bugs).toEqual([]);
  });

  async function present(): Promise<TokenView> {
    const found = (await bench.tokens()).find((token) => token.present && token.serial === lost.serial);
    if (found === undefined) throw new Error("not in");
    return found;
  }
});
