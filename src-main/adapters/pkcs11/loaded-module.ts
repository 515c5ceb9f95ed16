import pkcs11js, { type PKCS11 } from "pkcs11js";
import { ask, hasCkr, ModuleFailure } from "./module-failure.ts";
import { fixedText, versionText } from "./native-values.ts";
import type { StartAnswer, StartOptions } from "./protocol.ts";
import { SessionTable } from "./session-table.ts";

/** A library in this process, initialised. */
export interface LoadedModule {
  readonly module: PKCS11;
  readonly sessions: SessionTable;
  readonly locking: boolean;
}

export function loadModule(options: StartOptions): { readonly loaded: LoadedModule; readonly answer: StartAnswer } {
  const module = new pkcs11js.PKCS11();
  loadLibrary(module, options.path);
  const locking = initialize(module, options.libraryParameters);
  const info = ask("C_GetInfo", () => module.C_GetInfo());
  const answer: StartAnswer = {
    locking,
    info: {
      cryptokiVersion: versionText(info.cryptokiVersion),
      manufacturer: fixedText(info.manufacturerID),
      description: fixedText(info.libraryDescription),
      libraryVersion: versionText(info.libraryVersion),
    },
  };
  return { loaded: { module, sessions: new SessionTable(module, options.generation), locking }, answer };
}

function loadLibrary(module: PKCS11, path: string): void {
  try {
    ask("C_GetFunctionList", () => module.load(path));
  } catch (error) {
    if (error instanceof ModuleFailure || !(error instanceof Error)) throw error;
    // dlopen and dlsym have no codes, only texts; the symbol's own name is the same in every language.
    const missing = error.message.replaceAll(path, "").includes("C_GetFunctionList");
    throw new ModuleFailure(missing ? { nature: "not-pkcs11" } : { nature: "load", text: error.message });
  }
}

/** C5: with locking by the operating system; without, when the module cannot. Answers whether it can. */
function initialize(module: PKCS11, libraryParameters: string | undefined): boolean {
  // pkcs11js cuts the last byte of the parameters off: it is given a space to lose.
  const parameters = libraryParameters ? { libraryParameters: `${libraryParameters} ` } : {};
  const attempt = (flags: number): void => ask("C_Initialize", () => module.C_Initialize({ ...parameters, flags }));
  try {
    attempt(pkcs11js.CKF_OS_LOCKING_OK);
    return true;
  } catch (error) {
    // Some library the module itself uses may have initialised it; with which flags is unknown.
    if (hasCkr(error, "CKR_CRYPTOKI_ALREADY_INITIALIZED")) return false;
    if (!hasCkr(error, "CKR_CANT_LOCK")) throw error;
  }
  attempt(0);
  return false;
}
