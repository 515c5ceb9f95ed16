import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import type { TokenView } from "#shared/models/token.ts";
import { Kernel } from "#test/support/kernel.ts";
import { type SoftHsm, type SoftHsmOptions, startSoftHsm } from "#test/support/tokens/softhsm.ts";
import { type Interposed, interposed } from "./interposed.ts";

export const SO_PIN = "87654321";
export const USER_PIN = "123456";

/** The whole application with a SoftHSM of its own: nothing else sees its tokens. */
export class TokenBench implements AsyncDisposable {
  readonly kernel: Kernel;
  readonly hsm: SoftHsm;
  readonly ear: Interposed;
  moduleId = "";

  private constructor(kernel: Kernel, hsm: SoftHsm, ear: Interposed) {
    this.kernel = kernel;
    this.hsm = hsm;
    this.ear = ear;
  }

  /** Unlocked, with the library added. */
  static async open(folder: string, options: SoftHsmOptions = {}): Promise<TokenBench> {
    const hsm = await startSoftHsm(options);
    const ear = interposed(() => createTokenModules({ startProcess: nodeProcess(hsm.env) }));
    const bench = new TokenBench(new Kernel(folder, { tokenModules: ear.modules }), hsm, ear);
    await bench.kernel.unlock();
    bench.moduleId = (await bench.kernel.must("tokens.addModule", { path: hsm.module, name: "SoftHSM" })).id;
    return bench;
  }

  async tokens(): Promise<readonly TokenView[]> {
    return (await this.kernel.must("tokens.list")).tokens;
  }

  /** The one with this label. */
  async token(label: string): Promise<TokenView> {
    const found = (await this.tokens()).find((token) => token.label === label);
    if (found === undefined) throw new Error(`no token ${label}`);
    return found;
  }

  /** The slot SoftHSM always keeps for one more. */
  async fresh(): Promise<TokenView> {
    const found = (await this.tokens()).find((token) => !token.initialized);
    if (found === undefined) throw new Error("no fresh token");
    return found;
  }

  /** Through the wizard, and logged in. */
  async made(label: string): Promise<TokenView> {
    const fresh = await this.fresh();
    const { token } = await this.kernel.must("tokens.initialize", {
      id: fresh.id,
      label,
      soPin: SO_PIN,
      userPin: USER_PIN,
      confirm: fresh.serial === "" ? "empty" : fresh.serial,
    });
    return this.kernel.must("tokens.logIn", { id: token.id, pin: USER_PIN });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kernel[Symbol.asyncDispose]();
    await this.hsm.dispose();
  }
}
