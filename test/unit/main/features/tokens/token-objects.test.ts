import { describe, expect, it } from "vitest";
import { CKK, CKO } from "#main/features/tokens/token-numbers.ts";
import { describe as describeObjects } from "#main/features/tokens/token-objects.ts";
import { tokenObject } from "#shared/models/token.ts";

describe("what is shown of an object", () => {
  it.each([
    [0, undefined],
    [32, 256],
    [0xffff_ffff, undefined],
    [Number.MAX_SAFE_INTEGER, undefined],
  ])("H07 a secret key of %d bytes, as its token says, has %s bits", (CKA_VALUE_LEN, bits) => {
    const attributes = { CKA_CLASS: CKO.secretKey, CKA_KEY_TYPE: CKK.aes, CKA_VALUE_LEN };
    const [object] = describeObjects([{ handle: "1", attributes }]);
    expect(object?.view.bits).toBe(bits);
    expect(tokenObject.safeParse(object?.view).success).toBe(true);
  });
});
