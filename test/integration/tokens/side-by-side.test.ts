import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenObject } from "#shared/models/token.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { holdCommit } from "#test/support/late-commit.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { SO_PIN, TokenBench, USER_PIN } from "./bench.ts";

// Calls of one moment on one token: what one of them has read or made is not on record yet when the other comes.

const folder = new TestFolder("tokens-side-by-side");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

/** Long enough for what must not happen to happen; what must happen is waited for by itself. */
const A_WHILE_MS = 300;

describe.skipIf(softHsmUnavailable() !== undefined)("a key pair made on a token, not yet on record", () => {
  const again = (id: string, label: string) => ({ id, label, soPin: SO_PIN, userPin: USER_PIN, confirm: label });

  it("H04 P21 keeps the token from being erased", async () => {
    await using bench = await TokenBench.open(copy("erased"));
    const { kernel } = bench;
    const { id } = await bench.made("Busy");
    const commit = holdCommit("keypairs.createOnToken");
    const making = kernel.must("keypairs.createOnToken", { name: "deploy", tokenId: id, spec: "ecdsa-p256" });
    await commit.held;
    const initialising = kernel.code("tokens.initialize", again(id, "Busy"));
    await sleep(A_WHILE_MS);
    commit.release();
    const { token } = await making;
    expect(await initialising).toBe("keypairs/in-use");
    const { objects } = await kernel.must("tokens.listObjects", { id });
    expect(objects.map(({ keyId }: TokenObject) => keyId)).toContain(token.keyId);
    expect(kernel.bugs).toEqual([]);
  });

  it("H07 P21 keeps its private half from being deleted", async () => {
    await using bench = await TokenBench.open(copy("deleted"));
    const { kernel } = bench;
    const { id } = await bench.made("Busy");
    const commit = holdCommit("keypairs.createOnToken");
    const making = kernel.must("keypairs.createOnToken", { name: "deploy", tokenId: id, spec: "ecdsa-p256" });
    await commit.held;
    const { objects } = await kernel.must("tokens.listObjects", { id });
    const key = objects.find((object: TokenObject) => object.class === "private-key");
    const deleting = kernel.code("tokens.deleteObject", { id, ref: key.ref, confirm: key.label });
    await sleep(A_WHILE_MS);
    commit.release();
    await making;
    expect(await deleting).toBe("keypairs/in-use");
  });

  it("H04 P21 is deleted again where it cannot be put on record, before the token is erased", async () => {
    await using bench = await TokenBench.open(copy("undone"));
    const { kernel } = bench;
    const { id } = await bench.made("Busy");
    const commit = holdCommit("keypairs.createOnToken");
    const making = kernel.code("keypairs.createOnToken", { name: "deploy", tokenId: id, spec: "ecdsa-p256" });
    await commit.held;
    await kernel.must("keypairs.create", { name: "deploy", spec: "ed25519" });
    const before = bench.ear.calls.get("destroyObject") ?? 0;
    let destroyed = 0;
    bench.ear.before("initToken", async () => {
      destroyed = (bench.ear.calls.get("destroyObject") ?? 0) - before;
    });
    const initialising = kernel.code("tokens.initialize", again(id, "Busy"));
    commit.release();
    expect(await making).toBe("keypairs/name-taken");
    expect(await initialising).toBe("ok");
    expect(destroyed).toBe(2);
  });

  it("H04 H06 an administrator's key does the same: no way in is left whose key is gone", async () => {
    await using bench = await TokenBench.open(copy("administrator"));
    const { kernel } = bench;
    const { id } = await bench.made("Admin");
    const commit = holdCommit("tokens.registerAdministrator");
    const registering = kernel.code("tokens.registerAdministrator", { id, pin: USER_PIN, mode: "alone" });
    await commit.held;
    const initialising = kernel.code("tokens.initialize", again(id, "Admin"));
    await sleep(A_WHILE_MS);
    commit.release();
    expect([await registering, await initialising]).toEqual(["ok", "tokens/last-way-in"]);
  });

  it("H01 P21 is finished before its library goes, and is there when the library is back", async () => {
    await using bench = await TokenBench.open(copy("removed"));
    const { kernel } = bench;
    const { id } = await bench.made("Busy");
    let removing: Promise<string> | undefined;
    bench.ear.before("generateKeyPair", async () => {
      removing = kernel.code("tokens.removeModule", { id: bench.moduleId });
      await sleep(A_WHILE_MS);
    });
    const { token } = await kernel.must("keypairs.createOnToken", { name: "deploy", tokenId: id, spec: "ecdsa-p256" });
    expect(await removing).toBe("ok");
    await kernel.must("tokens.addModule", { path: bench.hsm.module, name: "SoftHSM again" });
    await kernel.must("tokens.logIn", { id, pin: USER_PIN });
    const { objects } = await kernel.must("tokens.listObjects", { id });
    expect(objects.map(({ keyId }: TokenObject) => keyId)).toContain(token.keyId);
    expect(kernel.bugs).toEqual([]);
  });

  it("H03 P21 stays good when the token's instance is forgotten meanwhile: it is known by the token itself", async () => {
    await using bench = await TokenBench.open(copy("forgotten"));
    const { kernel } = bench;
    const { id } = await bench.made("Busy");
    await kernel.must("tokens.activate", { id, name: "office-1", use: "server" });
    const commit = holdCommit("keypairs.createOnToken");
    const making = kernel.must("keypairs.createOnToken", { name: "deploy", tokenId: id, spec: "ecdsa-p256" });
    await commit.held;
    await kernel.must("tokens.deactivate", { id });
    commit.release();
    const { token } = await making;
    expect(token).toMatchObject({ id, label: "Busy" });
    const { objects } = await kernel.must("tokens.listObjects", { id });
    expect(objects.map(({ keyId }: TokenObject) => keyId)).toContain(token.keyId);
  });
});
