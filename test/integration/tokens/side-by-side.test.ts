import { copyFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
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
    using commit = holdCommit("keypairs.createOnToken");
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
    using commit = holdCommit("keypairs.createOnToken");
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
    using commit = holdCommit("keypairs.createOnToken");
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
    using commit = holdCommit("tokens.registerAdministrator");
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
    using commit = holdCommit("keypairs.createOnToken");
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

describe.skipIf(softHsmUnavailable() !== undefined)(
  "what is kept of a token, changed while another change is on its way",
  () => {
    const site = [{ key: "site", value: "Bonn" }];
    async function registered(name: string): Promise<{ readonly bench: TokenBench; readonly id: string }> {
      const bench = await TokenBench.open(copy(name));
      const { id } = await bench.made("Office");
      await bench.kernel.must("tokens.activate", { id, name: "office-1", use: "server" });
      return { bench, id };
    }
    const instanceOf = async ({ kernel }: TokenBench, id: string) => (await kernel.must("tokens.get", { id })).instance;

    it("H03 H13 tags set while it is activated anew are kept", async () => {
      const { bench, id } = await registered("tags");
      await using _bench = bench;
      using commit = holdCommit("tokens.activate");
      const activating = bench.kernel.must("tokens.activate", { id, name: "office-2", use: "finance" });
      await commit.held;
      await bench.kernel.must("tokens.setTags", { id, tags: site });
      commit.release();
      await activating;
      expect(await instanceOf(bench, id)).toMatchObject({ name: "office-2", use: "finance", tags: site });
    });

    it("H03 H13 tags are not set on one that is forgotten meanwhile, which is forgotten once", async () => {
      const { bench, id } = await registered("forgotten-tags");
      await using _bench = bench;
      using commit = holdCommit("tokens.setTags");
      const setting = bench.kernel.code("tokens.setTags", { id, tags: site });
      await commit.held;
      const forgetting = Promise.all([1, 2].map(() => bench.kernel.code("tokens.deactivate", { id })));
      expect((await forgetting).sort()).toEqual(["ok", "tokens/not-found"]);
      commit.release();
      expect(await setting).toBe("tokens/not-found");
      expect(await instanceOf(bench, id)).toBeUndefined();
    });

    it("H03 H04 an initialisation waits for it, and what it says of the token then is the new label", async () => {
      const { bench, id } = await registered("label");
      await using _bench = bench;
      using commit = holdCommit("tokens.activate");
      const activating = bench.kernel.must("tokens.activate", { id, name: "office-2", use: "finance" });
      await commit.held;
      const wish = { id, label: "Anew", soPin: SO_PIN, userPin: USER_PIN, confirm: "Office" };
      const initialising = bench.kernel.must("tokens.initialize", wish);
      await sleep(A_WHILE_MS);
      commit.release();
      await Promise.all([activating, initialising]);
      // As last kept, when it is not in.
      await bench.kernel.must("tokens.removeModule", { id: bench.moduleId });
      expect(await bench.kernel.must("tokens.get", { id })).toMatchObject({
        label: "Anew",
        instance: { name: "office-2" },
      });
    });

    it("H04 H13 tags set while an initialisation that stopped is noted are kept beside its state", async () => {
      const { bench, id } = await registered("stopped");
      await using _bench = bench;
      bench.ear.before("initPin", () => Promise.reject(new KeysteadError("tokens/failed", "The token stopped.")));
      using commit = holdCommit("initialisationIncomplete");
      const wish = { id, label: "Anew", soPin: SO_PIN, userPin: USER_PIN, confirm: "Office" };
      const initialising = bench.kernel.code("tokens.initialize", wish);
      await commit.held;
      await bench.kernel.must("tokens.setTags", { id, tags: site });
      commit.release();
      expect(await initialising).toBe("tokens/initialisation-incomplete");
      expect(await instanceOf(bench, id)).toMatchObject({ status: "failed", tags: site });
    });

    describe("of one whose library has moved", () => {
      async function moved(name: string) {
        const { bench, id } = await registered(name);
        await bench.kernel.must("tokens.removeModule", { id: bench.moduleId });
        const path = folder.at(`${name}.so`);
        copyFileSync(bench.hsm.module, path);
        await bench.kernel.must("tokens.addModule", { path, name: "moved" });
        const now = await bench.token("Office");
        const commit = holdCommit("tokens.relinkInstance");
        const relinking = bench.kernel.reply("tokens.relinkInstance", {
          fromId: id,
          toId: now.id,
          confirm: "office-1",
        });
        await commit.held;
        return { bench, id, toId: now.id, commit, relinking };
      }

      it("H02 C29 tags set while it is relinked go along", async () => {
        const { bench, id, toId, commit, relinking } = await moved("relinked");
        await using _bench = bench;
        await bench.kernel.must("tokens.setTags", { id, tags: site });
        commit.release();
        expect((await relinking).ok).toBe(true);
        expect(await instanceOf(bench, toId)).toMatchObject({ name: "office-1", tags: site });
      });

      it("H02 C29 it does not come back by being relinked when it was forgotten meanwhile", async () => {
        const { bench, id, toId, commit, relinking } = await moved("not-relinked");
        await using _bench = bench;
        await bench.kernel.must("tokens.deactivate", { id });
        commit.release();
        expect(await relinking).toMatchObject({ ok: false, error: { code: "tokens/not-found" } });
        expect(await instanceOf(bench, toId)).toBeUndefined();
      });

      it("H02 C29 the present one keeps the name it was given meanwhile", async () => {
        const { bench, id, toId, commit, relinking } = await moved("named");
        await using _bench = bench;
        await bench.kernel.must("tokens.activate", { id: toId, name: "mine", use: "finance" });
        commit.release();
        expect(await relinking).toMatchObject({ ok: false, error: { code: "tokens/relink-refused" } });
        expect(await instanceOf(bench, toId)).toMatchObject({ name: "mine" });
        expect(await instanceOf(bench, id)).toMatchObject({ name: "office-1" });
      });
    });
  },
);
