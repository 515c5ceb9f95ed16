import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { run } from "#test/support/key-tools.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { SO_PIN, TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-at-once");
const unavailable = softHsmUnavailable();
let bench: TokenBench;
let token: TokenView;

beforeAll(async () => {
  if (unavailable !== undefined) return;
  bench = await TokenBench.open((await vaultTemplate(folder))("at-once"));
  token = await bench.made("Busy");
});
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const AMBIGUOUS = ["ok", "tokens/object-ambiguous"];
async function twice(operation: string, params: object): Promise<readonly string[]> {
  const codes = await Promise.all([bench.kernel.code(operation, params), bench.kernel.code(operation, params)]);
  return codes.sort();
}
async function generate(spec: string, label: string, more: object = {}): Promise<TokenObject> {
  const { objects } = await bench.kernel.must("tokens.generateKey", { id: token.id, spec, label, ...more });
  return objects[0];
}
const withId = async (keyId: string): Promise<readonly string[]> =>
  (await bench.kernel.must("tokens.listObjects", { id: token.id })).objects
    .filter((object: TokenObject) => object.keyId === keyId)
    .map((object: TokenObject) => object.class)
    .sort();

describe.skipIf(unavailable !== undefined)("the same asked for twice at once", () => {
  it("H09 a backup is restored once: two keys under one name could be told apart, and deleted, by nobody", async () => {
    const wrapping = await generate("aes-256", "wrap", { purpose: "wrap", extractable: true });
    const key = await generate("ecdsa-p256", "moving", { extractable: true });
    const files = { id: token.id, wrappingRef: wrapping.ref, folder: folder.path };
    const { path } = await bench.kernel.must("tokens.backUpKey", { ...files, ref: key.ref });
    await bench.kernel.must("tokens.deleteObject", { id: token.id, ref: key.ref, confirm: "moving" });
    const restore = { id: token.id, wrappingRef: wrapping.ref, path };
    expect(await twice("tokens.restoreKey", restore)).toEqual(AMBIGUOUS);
    expect(await withId(key.keyId)).toEqual(["private-key", "public-key"]);
  });

  it("H10 a certificate is imported once", async () => {
    const key = await generate("ecdsa-p256", "certified");
    const { pem } = await bench.kernel.must("tokens.requestCertificate", {
      id: token.id,
      ref: key.ref,
      subject: "CN=web",
    });
    const [request, ca, issued] = [folder.at("request.pem"), folder.at("ca.pem"), folder.at("issued.pem")];
    writeFileSync(request, pem);
    run("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", ca]);
    run("openssl", ["req", "-x509", "-new", "-key", ca, "-subj", "/CN=ca", "-days", "2", "-out", issued]);
    const certificate = run("openssl", ["x509", "-req", "-in", request, "-CA", issued, "-CAkey", ca, "-days", "1"]);
    expect(await twice("tokens.importCertificate", { id: token.id, certificate })).toEqual(AMBIGUOUS);
    expect(await withId(key.keyId)).toEqual(["certificate", "private-key", "public-key"]);
  });

  it("C33 never are there two keys of one id", async () => {
    const keyId = "c0ffee";
    const wish = { id: token.id, spec: "ecdsa-p256", label: "same id", keyId };
    expect(await twice("tokens.generateKey", wish)).toContain("tokens/object-ambiguous");
    expect([0, 2]).toContain((await withId(keyId)).length);
  });

  it("H04 C29 two tokens of a series, or with one label typed twice, never get one label", async () => {
    const [one, other] = [await bench.made("Twin A"), await bench.made("Twin B")];
    const label = { label: "Same", soPin: SO_PIN, userPin: USER_PIN };
    const wizard = ({ id, label: confirm }: TokenView) =>
      bench.kernel.code("tokens.initialize", { ...label, id, confirm });
    expect((await Promise.all([wizard(one), wizard(other)])).sort()).toEqual(["ok", "tokens/label-taken"]);
    const tokens = (await bench.tokens()).filter((each) => ["Same", "Twin A", "Twin B"].includes(each.label));
    expect(tokens.map((each) => each.label).sort()).toEqual(["Same", expect.stringMatching(/^Twin/)]);
    const pins = { soPin: SO_PIN, userPin: USER_PIN };
    const { seriesId } = await bench.kernel.must("tokens.beginSeries", { labelPattern: "S-#", ...pins });
    const next = ({ id, label: confirm }: TokenView) =>
      bench.kernel.must("tokens.initializeNext", { seriesId, id, confirm });
    const done = await Promise.all(tokens.map(next));
    expect(done.map((each) => each.label).sort()).toEqual(["S-1", "S-2"]);
    expect(bench.kernel.bugs).toEqual([]);
  });
});
