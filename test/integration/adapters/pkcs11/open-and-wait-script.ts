import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";

// A Keystead reduced to one open library, for a test that kills it.
await createTokenModules().open(process.argv[2] ?? "");
process.send?.("open");
