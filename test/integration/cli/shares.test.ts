import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenObject } from "#shared/models/token.ts";
import { CliBench } from "#test/support/cli.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { TokenBench } from "../tokens/bench.ts";

// A drill on the command line: another vault, no token, the file and the custodians' own files.

describe.skipIf(softHsmUnavailable() !== undefined)("a backup by shares on the command line", () => {
  const folder = new TestFolder("cli-shares");
  const cli = new CliBench();
  let path = "";
  let files: string[] = [];

  beforeAll(async () => {
    await using bench = await TokenBench.open((await vaultTemplate(folder))("vault"));
    const { kernel } = bench;
    const { id } = await bench.made("Here");
    const wish = { id, spec: "ecdsa-p256", label: "drilled", extractable: true };
    const { objects } = await kernel.must("tokens.generateKey", wish);
    const ref = objects.find((object: TokenObject) => object.class === "private-key").ref;
    const begun = await kernel.must("tokens.backUpKeyToShares", {
      id,
      ref,
      threshold: 2,
      shares: 3,
      folder: folder.path,
    });
    path = begun.path;
    files = [];
    for (const custodian of ["Ann", "Ben", "Cem"]) {
      const { lines } = await kernel.must("tokens.revealShare", { ceremonyId: begun.ceremonyId, custodian });
      const share = lines.join("\n");
      await kernel.must("tokens.confirmShare", { ceremonyId: begun.ceremonyId, share });
      files.push(cli.secretFile(`share-${custodian}`, `# ${custodian}\n${share}`));
    }
    const created = await cli.create();
    expect(created.status, created.stderr).toBe(0);
  });
  afterAll(() => {
    cli[Symbol.dispose]();
    folder[Symbol.dispose]();
  });

  const rehearse = (...given: readonly string[]) =>
    cli.unlocked([
      ...["tokens", "rehearse-shares", "--path", path],
      ...given.flatMap((file) => ["--shares-file", file]),
    ]);

  it("G03 H09 D30 takes each custodian's share from that custodian's file", async () => {
    const { status, result, stderr } = await rehearse(files[2] ?? "", files[0] ?? "");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(result).toMatchObject({ label: "drilled", threshold: 2, total: 3 });
    expect(await rehearse(files[1] ?? "")).toMatchObject({ status: 2, error: { code: "tokens/shares-too-few" } });
    expect(await rehearse(files[1] ?? "", files[1] ?? "")).toMatchObject({
      error: { code: "tokens/share-duplicate", details: { index: 2 } },
    });
  });

  it("G03 H09 takes shares from a descriptor and from JSON, and refuses them among the arguments", async () => {
    const text = (at: number) => `share ${at}`;
    const inline = await cli.unlocked(["tokens", "rehearse-shares", "--path", path, "--shares", text(1)]);
    expect(inline).toMatchObject({ status: 2, error: { code: "request/secret-in-arguments" } });
    const json = cli.secretFile("params.json", JSON.stringify({ path, shares: [text(1)] }));
    const read = await cli.unlocked(["tokens", "rehearse-shares", "--json-file", json]);
    expect(read).toMatchObject({ status: 2, error: { code: "tokens/share-unreadable" } });
    const piped = await cli.unlocked(["tokens", "rehearse-shares", "--path", path, "--shares-fd", "3"], {
      descriptors: [text(3)],
    });
    expect(piped).toMatchObject({ status: 2, error: { code: "tokens/share-unreadable" } });
  });
});
