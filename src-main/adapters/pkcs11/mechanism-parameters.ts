import pkcs11js, { type Mechanism as NativeMechanism } from "pkcs11js";
import type { Mechanism } from "#main/features/tokens/token-port.ts";
import { mechanismType } from "./constant-names.ts";

const HASHES = {
  sha1: { hashAlg: pkcs11js.CKM_SHA_1, mgf: pkcs11js.CKG_MGF1_SHA1 },
  sha256: { hashAlg: pkcs11js.CKM_SHA256, mgf: pkcs11js.CKG_MGF1_SHA256 },
  sha384: { hashAlg: pkcs11js.CKM_SHA384, mgf: pkcs11js.CKG_MGF1_SHA384 },
  sha512: { hashAlg: pkcs11js.CKM_SHA512, mgf: pkcs11js.CKG_MGF1_SHA512 },
} as const;

/** CKZ_DATA_SPECIFIED. */
const LABEL_GIVEN = 1;

/**
 * The mechanism in every shape worth trying, best first. AES-GCM has two: PKCS#11 2.40 put `ulIvBits` into the structure, and
 * modules know one or the other (NSS refuses the older one).
 */
export function nativeMechanisms(mechanism: Mechanism): readonly [NativeMechanism, ...NativeMechanism[]] {
  const type = mechanismType(mechanism.name);
  const given = mechanism.parameter;
  const shaped = (parameter: NonNullable<NativeMechanism["parameter"]>): NativeMechanism => ({
    mechanism: type,
    parameter,
  });
  switch (given?.kind) {
    case undefined:
      return [{ mechanism: type }];
    case "bytes":
      return [shaped(given.bytes)];
    case "oaep": {
      const { label } = given;
      const source = label && label.length > 0 ? { sourceData: label } : {};
      return [
        shaped({ type: pkcs11js.CK_PARAMS_RSA_OAEP, ...HASHES[given.hash], source: LABEL_GIVEN, ...source } as never),
      ];
    }
    case "pss":
      return [shaped({ type: pkcs11js.CK_PARAMS_RSA_PSS, ...HASHES[given.hash], saltLen: given.saltLength } as never)];
    case "gcm": {
      const aad = given.aad && given.aad.length > 0 ? { aad: given.aad } : {};
      const fields = { iv: given.iv, ivBits: given.iv.length * 8, tagBits: given.tagBits, ...aad };
      return [
        shaped({ type: pkcs11js.CK_PARAMS_AES_GCM_v240, ...fields }),
        shaped({ type: pkcs11js.CK_PARAMS_AES_GCM, ...fields }),
      ];
    }
    case "ecdh":
      return [
        shaped({ type: pkcs11js.CK_PARAMS_EC_DH, kdf: pkcs11js.CKD_NULL, publicData: given.publicPoint } as never),
      ];
  }
}
