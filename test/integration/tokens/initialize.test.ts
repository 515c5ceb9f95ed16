import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { pkcs11Tool } from "#test/support/tokens/pkcs11-tool.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { SO_PIN, TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-initialize");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

describe.skipIf(softHsmUnavailable() !== undefined)("initialising on SoftHSM", () => {
  it("H04 C18 C20 C21 takes a fresh token through every step to ready, with a proof for each", async () => {
    await using bench = await TokenBench.open(copy("fresh"));
    const fresh = await bench.fresh();
    const { token, steps, erased } = await bench.kernel.must("tokens.initialize", {
      id: fresh.id,
      label: "Kartenleser 1 äöü",
      soPin: SO_PIN,
      userPin: USER_PIN,
      confirm: fresh.serial === "" ? "empty" : fresh.serial,
    });
    expect(steps.map((step: { name: string; state: string }) => [step.name, step.state])).toEqual(
      [
        "inventory",
        "confirm",
        "close-sessions",
        "erase",
        "find-again",
        "so-log-in",
        "set-user-pin",
        "user-log-in",
        "probe",
      ].map((name) => [name, "done"]),
    );
    expect(erased).toEqual([]);
    expect(token).toMatchObject({ label: "Kartenleser 1 äöü", initialized: true, loggedIn: "nobody" });
    expect(token.userPin).toMatchObject({ state: "ok", ownFailures: 0 });
    const witness = pkcs11Tool({ ...bench.hsm, label: "Kartenleser 1 äöü", pin: USER_PIN });
    expect(await witness.objects()).toEqual([]);
    expect(bench.kernel.bugs).toEqual([]);
  });
});
