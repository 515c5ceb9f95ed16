import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CliBench } from "#test/support/cli.ts";
import { OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { TokenBench, USER_PIN } from "../tokens/bench.ts";

describe.skipIf(softHsmUnavailable() !== undefined)("a token's log-in on the command line", () => {
  const folder = new TestFolder("cli-token");
  const cli = new CliBench();
  let bench: TokenBench;
  let id = "";
  let env: Readonly<Record<string, string>> = {};
  let password = "";

  beforeAll(async () => {
    const home = (await vaultTemplate(folder))("vault");
    bench = await TokenBench.open(home);
    id = (await bench.made("Here")).id;
    // The library, and the token in it, stay; the vault is free for the calls.
    await bench.kernel.app.close("closing");
    env = { KEYSTEAD_HOME: home, ...bench.hsm.env };
    password = cli.secretFile("owner", OWNER.password);
  });
  afterAll(async () => {
    await bench?.[Symbol.asyncDispose]();
    cli[Symbol.dispose]();
    folder[Symbol.dispose]();
  });

  const run = (args: readonly string[], input = "") =>
    cli.run([...args, "--vault-password-file", password], { env, input });
  const generate = { id, spec: "ecdsa-p256", label: "made here" };

  it("G03 H01 ends with its call, says so, and names the batch where the operation after it fails", async () => {
    const login = await run(["tokens", "log-in", "--id", id, "--pin-file", cli.secretFile("pin", USER_PIN)]);
    expect(login, login.stderr).toMatchObject({ status: 0, result: { id } });
    expect(JSON.parse(login.stderr).warning.message).toContain("keystead batch --sequential");
    const made = await run([
      ...["tokens", "generate-key", "--id", id],
      ...["--spec", generate.spec, "--label", generate.label],
    ]);
    expect(made).toMatchObject({ status: 4, stdout: "", error: { code: "tokens/not-logged-in" } });
    expect(made.error.message).toMatch(
      /tokens\.logIn and tokens\.generateKey through one “keystead batch --sequential”/,
    );
  });

  it("G03 H09 names the batch for a ceremony and a series too", async () => {
    const share = await run(["tokens", "reveal-share", "--ceremony-id", "none", "--custodian", "Ann"]);
    expect(share).toMatchObject({ status: 5, error: { code: "tokens/ceremony-unknown" } });
    expect(share.error.message).toContain("tokens.backUpKeyToShares and tokens.revealShare through one");
  });

  it("G03 H01 lasts in a batch, as the remedy says", async () => {
    const requests = [
      { id: 1, operation: "tokens.logIn", params: { id, pin: USER_PIN } },
      { id: 2, operation: "tokens.generateKey", params: { ...generate, id } },
    ];
    const done = await run(["batch", "--sequential"], requests.map((each) => `${JSON.stringify(each)}\n`).join(""));
    expect(done.status, done.stdout + done.stderr).toBe(0);
  });
});
