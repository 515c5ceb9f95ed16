import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ecParamsForms, readEcParams } from "#main/features/tokens/ec-params.ts";

const hex = (text: string) => Buffer.from(text, "hex");

describe("CKA_EC_PARAMS", () => {
  it.each([
    ["06082a8648ce3d030107", "nistp256"],
    ["06052b81040022", "nistp384"],
    ["06052b81040023", "nistp521"],
    ["06052b8104000a", "secp256k1"],
    // PKCS#11 3.0 section 2.3.1: by name; RFC 8410: by OID.
    ["130c656477617264733235353139", "ed25519"],
    ["06032b6570", "ed25519"],
    ["130a63757276653235353139", "x25519"],
    ["06032b656e", "x25519"],
    ["130a65647761726473343438", "ed448"],
    ["06032b6571", "ed448"],
    ["06032b656f", "x448"],
    ["06092b2403030208010107", undefined],
    ["130165", undefined],
    ["", undefined],
    ["06", undefined],
    ["06082a8648ce3d03010700", undefined],
    ["0500", undefined],
  ])("C36 %s is %s", (params, curve) => {
    expect(readEcParams(hex(params))).toBe(curve);
  });

  const explicit = (name: string, form: "uncompressed" | "compressed") =>
    execFileSync("openssl", [
      "ecparam",
      "-name",
      name,
      "-param_enc",
      "explicit",
      "-conv_form",
      form,
      "-outform",
      "DER",
    ]);

  it.each([
    ["prime256v1", "nistp256"],
    ["secp384r1", "nistp384"],
    ["secp521r1", "nistp521"],
    ["secp256k1", "secp256k1"],
    ["brainpoolP256r1", undefined],
    ["secp224r1", undefined],
  ])("C38 explicit parameters that openssl writes for %s are %s", (name, curve) => {
    expect(readEcParams(explicit(name, "uncompressed"))).toBe(curve);
    expect(readEcParams(explicit(name, "compressed"))).toBe(curve);
  });

  it("C38 explicit parameters with any value changed are no curve: neither base point nor order may be another", () => {
    const good = explicit("prime256v1", "uncompressed");
    // The seed is the one value that decides nothing: its bytes may differ.
    const seed = good.indexOf(hex("c49d360886e704936a6678e1139d26b7819f7e90"));
    const positions = [...good.keys()]
      .filter((at) => at < seed - 3 || at >= seed + 20)
      .filter((at) => at < good.length - 3);
    fc.assert(
      fc.property(fc.constantFrom(...positions), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(good);
        changed[at] = (changed[at] ?? 0) ^ change;
        // The version, at 5, may be 1, 2 or 3.
        if (at !== 5) expect(readEcParams(changed)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("never throws, whatever a token answers", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(() => readEcParams(Buffer.from(bytes))).not.toThrow();
      }),
    );
  });

  it.each([
    ["nistp256", ["06082a8648ce3d030107"]],
    ["nistp384", ["06052b81040022"]],
    ["ed25519", ["130c656477617264733235353139", "06032b6570"]],
  ] as const)("are written for %s as %j, and read back", (curve, forms) => {
    expect(ecParamsForms(curve).map((form) => form.toString("hex"))).toEqual(forms);
    for (const form of ecParamsForms(curve)) expect(readEcParams(form)).toBe(curve);
  });
});
