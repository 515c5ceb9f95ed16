import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DoctorReport, PerformanceFigure } from "#shared/models/token.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { pkcs11Tool } from "#test/support/tokens/pkcs11-tool.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-doctor");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

const outcomes = (report: DoctorReport) =>
  Object.fromEntries(report.probes.map((probe) => [probe.name, probe.outcome]));

describe.skipIf(softHsmUnavailable() !== undefined)("the module doctor on SoftHSM", () => {
  it("H01 C41 C42 C43 tells what works, what is not listed and what is listed and does not work", async () => {
    await using bench = await TokenBench.open(copy("doctor"));
    const token = await bench.made("Patient");
    const report: DoctorReport = await bench.kernel.must("tokens.diagnoseModule", { id: bench.moduleId });
    expect(report.tokenId).toBe(token.id);
    expect(report.mechanisms.find((mechanism) => mechanism.name === "CKM_RSA_PKCS")).toMatchObject({
      flags: expect.arrayContaining(["SIGN", "VERIFY"]),
      maxKeySize: 16384,
    });
    expect(outcomes(report)).toMatchObject({
      "RSA-2048 signature": "works",
      "RSA, hashed on the token": "works",
      "RSA-PSS": "works",
      "RSA-OAEP with SHA-1": "works",
      "RSA-OAEP with SHA-256": "fails",
      "ECDSA P-256 signature": "works",
      "ECDSA P-384 signature": "works",
      "ECDSA, hashed on the token": "not-listed",
      "Ed25519 signature": "works",
      "ECDH P-256": "works",
      "AES-256-GCM": "works",
      "HMAC-SHA-256": "works",
      "AES key wrap CKM_AES_KEY_WRAP": "works",
      "AES key wrap CKM_AES_KEY_WRAP_PAD": "works",
      "AES key wrap CKM_AES_KEY_WRAP_KWP": "not-listed",
      "Speed: ECDSA P-256 sign": "works",
    });
    expect(report.quirks).toEqual(
      expect.arrayContaining([
        "RSA-OAEP works with SHA-1 only (C42).",
        "What it calls CKM_AES_KEY_WRAP_PAD (0x210A) is RFC 5649, which the standard numbers 0x210B (C43).",
        "Listed and not working: RSA-OAEP with SHA-256.",
      ]),
    );
    expect(await pkcs11Tool({ ...bench.hsm, label: "Patient", pin: USER_PIN }).objects()).toEqual([]);
    expect(bench.kernel.bugs).toEqual([]);
  });

  it("H01 tries nothing on a token that nobody is logged in to, and says so", async () => {
    await using bench = await TokenBench.open(copy("untried"));
    const token = await bench.made("Sleeper");
    await bench.kernel.must("tokens.logOut", { id: token.id });
    const report: DoctorReport = await bench.kernel.must("tokens.diagnoseModule", {
      id: bench.moduleId,
      tokenId: token.id,
    });
    expect(new Set(report.probes.map((probe) => probe.outcome))).toEqual(new Set(["not-tried", "not-listed"]));
    expect(report.mechanisms.length).toBeGreaterThan(30);
    expect(await bench.kernel.code("tokens.diagnoseModule", { id: bench.moduleId, tokenId: "0".repeat(32) })).toBe(
      "tokens/not-present",
    );
    expect(await bench.kernel.code("tokens.diagnoseModule", { id: "nothing" })).toBe("tokens/module-unknown");
  });

  it("H12 measures beside the guide's figures, for one caller and for several", async () => {
    await using bench = await TokenBench.open(copy("measure"));
    const token = await bench.made("Runner");
    const ask = { id: token.id, seconds: 0.2 };
    const { figures } = await bench.kernel.must("tokens.measure", { ...ask, callers: 4 });
    const of = (name: string) => figures.filter((figure: PerformanceFigure) => figure.name === name);
    expect(of("RSA-2048 sign").map((figure: PerformanceFigure) => [figure.callers, figure.reference])).toEqual([
      [1, 1500],
      [4, 1500],
    ]);
    expect(of("RSA-2048 verify")[0].reference).toBe(25_000);
    expect(of("ECDSA P-256 sign")[0].reference).toBe(23_000);
    expect(of("ECDSA P-256 verify")[0].reference).toBe(9_000);
    expect(of("AES-256-GCM encrypt, 4 KB")[0].reference).toBeUndefined();
    expect(figures).toHaveLength(10);
    for (const figure of figures) expect(figure.perSecond).toBeGreaterThan(50);
    expect(await pkcs11Tool({ ...bench.hsm, label: "Runner", pin: USER_PIN }).objects()).toEqual([]);
    await bench.kernel.must("tokens.logOut", { id: token.id });
    expect(await bench.kernel.code("tokens.measure", ask)).toBe("tokens/not-logged-in");
  });

  it("H12 C41 a token that cannot do something has a figure of 0 and a reason", async () => {
    await using bench = await TokenBench.open(copy("poor"), {
      mechanisms: "-CKM_AES_GCM,CKM_AES_KEY_GEN,CKM_EDDSA,CKM_AES_KEY_WRAP_PAD",
    });
    const token = await bench.made("Poor");
    const { figures } = await bench.kernel.must("tokens.measure", { id: token.id, seconds: 0.2 });
    const aes = figures.find((figure: PerformanceFigure) => figure.name.startsWith("AES"));
    expect(aes).toMatchObject({ perSecond: 0, note: expect.stringContaining("cannot") });
    const report: DoctorReport = await bench.kernel.must("tokens.diagnoseModule", { id: bench.moduleId });
    expect(outcomes(report)).toMatchObject({ "AES-256-GCM": "not-listed", "Ed25519 signature": "not-listed" });
  });
});
