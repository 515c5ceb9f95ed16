import { createTokenModules, type TokenModulesOptions } from "#main/adapters/pkcs11/create-token-modules.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { SlotInfo, TokenModule, TokenModules } from "#main/features/tokens/token-port.ts";
import { isKeysteadError, type KeysteadError } from "#shared/errors/keystead-error.ts";

export const pin = (text: string): SecretBytes => SecretBytes.fromText(text);

/** The error a call ends with; a call that succeeds is a failed test. */
export async function failureOf(call: Promise<unknown>): Promise<KeysteadError> {
  const error: unknown = await call.then(
    (value) => new Error(`succeeded with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!isKeysteadError(error)) throw error;
  return error;
}

const opened: TokenModules[] = [];

export function modulesWith(
  environment: Readonly<Record<string, string>> = {},
  options: TokenModulesOptions = {},
): TokenModules {
  const modules = createTokenModules({ environment, ...options });
  opened.push(modules);
  return modules;
}

/** For `afterEach`: no token process outlives its test. */
export const closeModules = async (): Promise<void> => {
  await Promise.all(opened.splice(0).map((modules) => modules.closeAll()));
};

export async function slotOf(module: TokenModule, label: string): Promise<SlotInfo> {
  const found = (await module.slots()).filter((slot) => slot.token?.label === label);
  const [slot] = found;
  if (!slot || found.length > 1) throw new Error(`${found.length} tokens labelled ${label}`);
  return slot;
}

export const P256 = Buffer.from("06082a8648ce3d030107", "hex");

/** Templates of a signing key pair on the token, as safe as they come. */
export function pairTemplates(label: string, id: Buffer, own: Readonly<Record<string, number | Buffer>>) {
  const both = { CKA_TOKEN: true, CKA_LABEL: label, CKA_ID: id };
  return [
    { ...both, ...own, CKA_VERIFY: true },
    { ...both, CKA_PRIVATE: true, CKA_SIGN: true, CKA_SENSITIVE: true, CKA_EXTRACTABLE: false },
  ] as const;
}
