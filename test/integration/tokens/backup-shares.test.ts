import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { pkcs11Tool } from "#test/support/tokens/pkcs11-tool.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-shares");
const unavailable = softHsmUnavailable();
let bench: TokenBench;
let here: TokenView;
let there: TokenView;

interface Ceremony {
  readonly ceremonyId: string;
  readonly setId: string;
  readonly path: string;
  readonly mechanism: string;
  readonly proof: string;
}

const own = (objects: readonly TokenObject[]): TokenObject => {
  const found = objects.find((object) => object.class === "private-key" || object.class === "secret-key");
  if (found === undefined) throw new Error("no key");
  return found;
};
const generate = async (spec: string, label: string, more: object = {}) =>
  own(
    (await bench.kernel.must("tokens.generateKey", { id: here.id, spec, label, extractable: true, ...more })).objects,
  );
const wish = (ref: string, more: object = {}) => ({
  id: here.id,
  ref,
  threshold: 2,
  shares: 3,
  folder: folder.path,
  ...more,
});
const begin = (ref: string, more: object = {}): Promise<Ceremony> =>
  bench.kernel.must("tokens.backUpKeyToShares", wish(ref, more));
const reveal = async (ceremonyId: string, custodian: string): Promise<string> =>
  (await bench.kernel.must("tokens.revealShare", { ceremonyId, custodian })).lines.join("\n");
const code = (name: string, params: unknown) => bench.kernel.code(name, params);
const witness = (label: string) => pkcs11Tool({ ...bench.hsm, label, pin: USER_PIN }).objects();

/** One custodian after another, to the written file. */
async function handOut({ ceremonyId }: Ceremony, custodians = ["Ann", "Ben", "Cem"]): Promise<string[]> {
  const shares: string[] = [];
  for (const custodian of custodians) {
    const share = await reveal(ceremonyId, custodian);
    await bench.kernel.must("tokens.confirmShare", { ceremonyId, share });
    shares.push(share);
  }
  return shares;
}

beforeAll(async () => {
  if (unavailable !== undefined) return;
  bench = await TokenBench.open((await vaultTemplate(folder))("shares"));
  here = await bench.made("Here");
  there = await bench.made("There");
});
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe.skipIf(unavailable !== undefined)("backup by shares, to a token that shares no wrapping key", () => {
  it.each(["rsa-2048", "ecdsa-p256", "aes-256"])(
    "H09 D29 a %s key comes to the other token by any two of three shares, and proves itself",
    async (spec) => {
      const key = await generate(spec, `shared ${spec}`);
      const begun = await begin(key.ref);
      expect(begun.mechanism).toBe("CKM_AES_KEY_WRAP_PAD");
      expect(begun.proof).toMatch(/signed on “Here”|check value/);
      const shares = await handOut(begun);
      expect(statSync(begun.path).mode & 0o777).toBe(0o600);
      const { objects, proof } = await bench.kernel.must("tokens.restoreKeyFromShares", {
        id: there.id,
        path: begun.path,
        shares: [shares[2], shares[0]],
      });
      expect(proof).toMatch(/signed on “There”|check value/);
      expect(own(objects)).toMatchObject({ label: key.label, keyId: key.keyId, sensitive: true, local: false });
      expect(own(objects).fingerprint).toBe(key.fingerprint);
      const seen = (await witness("There")).filter((object) => object.id === key.keyId);
      expect(seen).toHaveLength(spec === "aes-256" ? 1 : 2);
      expect(seen[0]?.access).not.toContain("local");
    },
  );

  it("H09 D30 shows one share to one named custodian at a time, until it is typed back, and never again", async () => {
    const begun = await begin((await generate("ecdsa-p256", "one by one")).ref);
    const { ceremonyId } = begun;
    expect(await code("tokens.confirmShare", { ceremonyId, share: "x" })).toBe("request/invalid-params");
    const first = await reveal(ceremonyId, "Ann");
    expect(await reveal(ceremonyId, "Ann")).toBe(first);
    const slip = first.replace(/^./, (letter) => (letter === "2" ? "3" : "2"));
    const typed = await bench.kernel.reply("tokens.confirmShare", { ceremonyId, share: slip });
    expect(typed).toMatchObject({ ok: false, error: { code: "tokens/share-unreadable", details: { line: 1 } } });
    expect(await bench.kernel.must("tokens.confirmShare", { ceremonyId, share: first.toLowerCase() })).toEqual({
      confirmed: 1,
      total: 3,
    });
    expect(await code("tokens.revealShare", { ceremonyId, custodian: "Ann" })).toBe("request/invalid-params");
    const second = await reveal(ceremonyId, "Ben");
    expect(second).not.toBe(first);
    expect(await code("tokens.confirmShare", { ceremonyId, share: first })).toBe("tokens/share-wrong");
    await bench.kernel.must("tokens.confirmShare", { ceremonyId, share: second });
    // Nothing exists that the first two could open.
    expect(existsSync(begun.path)).toBe(false);
    const third = await reveal(ceremonyId, "Cem");
    expect(await bench.kernel.must("tokens.confirmShare", { ceremonyId, share: third })).toEqual({
      confirmed: 3,
      total: 3,
      path: begun.path,
    });
    expect(existsSync(begun.path)).toBe(true);
    expect(await code("tokens.revealShare", { ceremonyId, custodian: "Dia" })).toBe("tokens/ceremony-unknown");
  });

  it("H09 D29 D30 a share confirmed twice at once counts once: every custodian gets one, and all of them open the file", async () => {
    const key = await generate("ecdsa-p256", "at once");
    const begun = await begin(key.ref, { threshold: 3 });
    const { ceremonyId } = begun;
    const shares: string[] = [];
    for (const custodian of ["Ann", "Ben", "Cem"]) {
      const share = await reveal(ceremonyId, custodian);
      const twice = [1, 2].map(() => code("tokens.confirmShare", { ceremonyId, share }));
      expect((await Promise.all(twice)).sort()).toEqual(["ok", "tokens/ceremony-busy"]);
      shares.push(share);
    }
    expect(new Set(shares).size).toBe(3);
    expect(await code("tokens.rehearseShares", { path: begun.path, shares })).toBe("ok");
    expect(bench.kernel.bugs).toEqual([]);
  });

  it("H09 D30 a share confirmed while it is shown again, or cancelled as the file is written, is one thing after another", async () => {
    const begun = await begin((await generate("ecdsa-p256", "crossing")).ref, { shares: 2 });
    const { ceremonyId } = begun;
    const first = await reveal(ceremonyId, "Ann");
    const again = { ceremonyId, custodian: "Ann" };
    const crossing = [code("tokens.confirmShare", { ceremonyId, share: first }), code("tokens.revealShare", again)];
    expect(await Promise.all(crossing)).toEqual(["ok", "tokens/ceremony-busy"]);
    // The second share is not on show to Ann, who has the first.
    expect(await code("tokens.confirmShare", { ceremonyId, share: first })).toBe("request/invalid-params");
    const share = await reveal(ceremonyId, "Ben");
    const ending = [code("tokens.confirmShare", { ceremonyId, share }), code("tokens.cancelShares", { ceremonyId })];
    expect(await Promise.all(ending)).toEqual(["ok", "tokens/ceremony-busy"]);
    expect(await code("tokens.rehearseShares", { path: begun.path, shares: [first, share] })).toBe("ok");
  });

  it("H09 D30 a share that one custodian has seen is nobody else's", async () => {
    const begun = await begin((await generate("ecdsa-p256", "seen")).ref);
    const { ceremonyId } = begun;
    const first = await reveal(ceremonyId, "Ann");
    expect(await bench.kernel.reply("tokens.revealShare", { ceremonyId, custodian: "Ben" })).toMatchObject({
      ok: false,
      error: { code: "request/invalid-params", message: expect.stringContaining("shown to Ann") },
    });
    expect(await reveal(ceremonyId, "Ann")).toBe(first);
    await bench.kernel.must("tokens.confirmShare", { ceremonyId, share: first });
    expect(await reveal(ceremonyId, "Ben")).not.toBe(first);
    await bench.kernel.must("tokens.cancelShares", { ceremonyId });
  });

  it("H09 D30 every custodian's step is on record by name, and no trace holds a share", async () => {
    const begun = await begin((await generate("ecdsa-p256", "on record")).ref);
    const shares = await handOut(begun, ["Ann Archer", "Ben Baker", "Cem Carver"]);
    expect(await bench.kernel.must("tokens.describeBackup", { path: begun.path })).toMatchObject({
      key: { class: "private-key", label: "on record" },
      wrappedBy: { kind: "shares", setId: begun.setId, threshold: 2, total: 3 },
    });
    await bench.kernel.must("tokens.rehearseShares", { path: begun.path, shares: shares.slice(1) });
    await bench.kernel.must("tokens.checkShare", { path: begun.path, share: shares[0] });
    const { traces } = await bench.kernel.must("audit.list", { limit: 40 });
    const names = traces.map((trace: { name: string; resourceName: string }) => `${trace.name} ${trace.resourceName}`);
    for (const step of ["revealShare", "confirmShare"])
      for (const [at, who] of ["Ann Archer", "Ben Baker", "Cem Carver"].entries())
        expect(names).toContain(`${step} on record: share ${at + 1} of 3, ${who}`);
    const text = JSON.stringify(traces);
    expect(text).toContain("[hidden]");
    for (const group of shares.join(" ").split(/\s/).slice(0, 60)) expect(text).not.toContain(`${group} `);
    for (const share of shares) for (const line of share.split("\n")) expect(text).not.toContain(line);
  });

  it("H09 D30 cancelled or cut off by a lock, nothing is written and the shares handed out are worth nothing", async () => {
    const key = await generate("ecdsa-p256", "cut off");
    const begun = await begin(key.ref);
    await handOut(begun, ["Ann", "Ben"]);
    expect(await bench.kernel.must("tokens.cancelShares", { ceremonyId: begun.ceremonyId })).toEqual({ handedOut: 2 });
    expect(existsSync(begun.path)).toBe(false);
    expect(await code("tokens.revealShare", { ceremonyId: begun.ceremonyId, custodian: "Cem" })).toBe(
      "tokens/ceremony-unknown",
    );
    const again = await begin(key.ref);
    await handOut(again, ["Ann"]);
    await bench.kernel.must("vault.lock");
    await bench.kernel.unlock();
    for (const id of [here.id, there.id]) await bench.kernel.must("tokens.logIn", { id, pin: USER_PIN });
    expect(await code("tokens.revealShare", { ceremonyId: again.ceremonyId, custodian: "Ben" })).toBe(
      "tokens/ceremony-unknown",
    );
    expect(existsSync(again.path)).toBe(false);
    const [one, two] = [await begin(key.ref), await begin(key.ref)];
    expect(await code("tokens.cancelShares", { ceremonyId: one.ceremonyId })).toBe("tokens/ceremony-unknown");
    expect(await code("tokens.cancelShares", { ceremonyId: two.ceremonyId })).toBe("ok");
  });

  it("H09 D29 says which share is bad, given twice, of another set, or that there are too few; and restores nothing", async () => {
    const key = await generate("ecdsa-p256", "named");
    const begun = await begin(key.ref);
    const shares = await handOut(begun);
    const other = await handOut(await begin((await generate("ecdsa-p256", "other set")).ref));
    const refused = async (given: readonly (string | undefined)[]) => {
      const replies = await Promise.all(
        [
          ["tokens.restoreKeyFromShares", { id: there.id, path: begun.path, shares: given }] as const,
          ["tokens.rehearseShares", { path: begun.path, shares: given }] as const,
        ].map(([name, params]) => bench.kernel.reply(name, params)),
      );
      const [restored, rehearsed] = replies.map((reply) => (reply.ok ? undefined : reply.error));
      expect(rehearsed).toEqual(restored);
      return restored;
    };
    expect(await refused([shares[1]])).toMatchObject({ code: "tokens/shares-too-few" });
    expect(await refused([shares[1], shares[1]])).toMatchObject({
      code: "tokens/share-duplicate",
      details: { index: 2 },
    });
    expect(await refused([shares[0], other[2]])).toMatchObject({
      code: "tokens/share-other-set",
      details: { index: 3 },
    });
    expect(await refused([shares[0], shares[1]?.replace("\n", " 7\n")])).toMatchObject({
      code: "tokens/share-unreadable",
      message: expect.stringContaining("number 2"),
    });
    const { objects } = await bench.kernel.must("tokens.listObjects", { id: there.id });
    expect(objects.filter((object: TokenObject) => object.keyId === key.keyId)).toEqual([]);
    expect(await code("tokens.checkShare", { path: begun.path, share: other[0] })).toBe("tokens/share-other-set");
    expect(await bench.kernel.must("tokens.checkShare", { path: begun.path, share: shares[1] })).toEqual({
      index: 2,
      setId: begun.setId,
      threshold: 2,
      total: 3,
      label: "named",
    });
  });

  it("H09 D30 a rehearsal proves the shares without a token: none is even asked", async () => {
    const begun = await begin((await generate("ecdsa-p256", "drill")).ref);
    const shares = await handOut(begun);
    const before = new Map(bench.ear.calls);
    const done = await bench.kernel.must("tokens.rehearseShares", { path: begun.path, shares: shares.slice(0, 2) });
    expect(done).toMatchObject({ label: "drill", threshold: 2, total: 3, setId: begun.setId });
    expect(done.proof).toContain("its seal on the file fits");
    for (const call of ["createObject", "unwrapKey", "wrapKey", "sign", "find"])
      expect(bench.ear.calls.get(call)).toBe(before.get(call));
  });

  it("H09 finds out that a file was changed, and tells files by shares from files by a wrapping key", async () => {
    const key = await generate("ecdsa-p256", "guarded");
    const begun = await begin(key.ref);
    const shares = await handOut(begun);
    const file = JSON.parse(readFileSync(begun.path, "utf8"));
    const turned = (base64: string) =>
      Buffer.from(Buffer.from(base64, "base64").map((byte, at) => (at === 9 ? byte ^ 1 : byte))).toString("base64");
    const changes: readonly [object, string][] = [
      [{ wrapped: turned(file.wrapped) }, "tokens/backup-unreadable"],
      [{ seal: turned(file.seal) }, "tokens/backup-unreadable"],
      [{ key: { ...file.key, label: "other" } }, "tokens/backup-unreadable"],
      [{ version: 1 }, "tokens/backup-unreadable"],
      [{ version: 3 }, "tokens/backup-unreadable"],
      [{ wrappedBy: { ...file.wrappedBy, check: "0011223344556677" } }, "tokens/backup-unreadable"],
      [{ wrappedBy: { ...file.wrappedBy, threshold: 1 } }, "tokens/backup-unreadable"],
      [{ wrappedBy: { ...file.wrappedBy, commitment: "00".repeat(16) } }, "tokens/share-wrong"],
    ];
    for (const [index, [change, expected]] of changes.entries()) {
      const path = folder.at(`changed-${index}.json`);
      writeFileSync(path, JSON.stringify({ ...file, ...change }));
      const given = { path, shares: shares.slice(0, 2) };
      expect([change, await code("tokens.rehearseShares", given)]).toEqual([change, expected]);
      expect(await code("tokens.restoreKeyFromShares", { id: there.id, ...given })).toBe(expected);
    }
    const wrapping = await generate("aes-256", "wrapper", { purpose: "wrap" });
    const byKey = await bench.kernel.must("tokens.backUpKey", {
      id: here.id,
      ref: (await generate("ecdsa-p256", "by key")).ref,
      wrappingRef: wrapping.ref,
      folder: folder.path,
    });
    expect(await code("tokens.rehearseShares", { path: byKey.path, shares })).toBe("tokens/backup-wrong-key");
    const crossed = { id: here.id, wrappingRef: wrapping.ref, path: begun.path };
    expect(await code("tokens.restoreKey", crossed)).toBe("tokens/backup-wrong-key");
  });

  it("H09 C46 refuses before anybody gets a share: a key that stays, a threshold above the number, a file in the way", async () => {
    const stays = await generate("ecdsa-p256", "stays", { extractable: false });
    expect(await code("tokens.backUpKeyToShares", wish(stays.ref))).toBe("tokens/key-stays");
    const key = await generate("ecdsa-p256", "in the way");
    expect(await code("tokens.backUpKeyToShares", wish(key.ref, { threshold: 4 }))).toBe("request/invalid-params");
    expect(await code("tokens.backUpKeyToShares", wish(key.ref, { shares: 17 }))).toBe("request/invalid-params");
    expect(await code("tokens.backUpKeyToShares", wish(key.ref, { folder: "/proc" }))).toBe("files/not-writable");
    mkdirSync(folder.at("busy"));
    writeFileSync(folder.at("busy/in_the_way.keystead-shares.json"), "");
    writeFileSync(folder.at("busy/in the way.keystead-shares.json"), "");
    expect(await code("tokens.backUpKeyToShares", wish(key.ref, { folder: folder.at("busy") }))).toBe("files/exists");
    expect(readdirSync(folder.at("busy"))).toHaveLength(2);
    expect(await code("tokens.backUpKeyToShares", wish((await generate("ed25519", "promised")).ref))).toBe(
      "tokens/key-stays",
    );
  });

  it("H09 C45 a token that takes no key from outside says so by name, and no share is made", async () => {
    const key = await generate("ecdsa-p256", "no import");
    // SoftHSM always takes one: what it would say if it did not, said in its place.
    const refuse = () =>
      bench.ear.before("createObject", async () => {
        throw new KeysteadError("tokens/mechanism-missing", "no C_CreateObject here", {
          ckr: "CKR_FUNCTION_NOT_SUPPORTED",
        });
      });
    refuse();
    expect(await bench.kernel.reply("tokens.backUpKeyToShares", wish(key.ref))).toMatchObject({
      ok: false,
      error: { code: "tokens/import-refused", message: expect.stringContaining("takes no key from outside") },
    });
    const begun = await begin(key.ref);
    const shares = await handOut(begun);
    refuse();
    const restore = { id: there.id, path: begun.path, shares };
    expect(await code("tokens.restoreKeyFromShares", restore)).toBe("tokens/import-refused");
    expect(await code("tokens.restoreKeyFromShares", restore)).toBe("ok");
  });

  it("H09 C47 leaves nothing of this on either token, and no bug", async () => {
    for (const { label } of [here, there]) {
      const left = (await witness(label)).filter((object) => object.label.startsWith("keystead-"));
      expect(left).toEqual([]);
    }
    expect(bench.kernel.bugs).toEqual([]);
  });
});
