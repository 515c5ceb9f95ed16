import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import type { OperationName } from "#shared/contract/index.ts";
import type { Administrator, TokenObject, TokenView } from "#shared/models/token.ts";
import { type Kernel, OWNER, type TestFolder } from "#test/support/kernel.ts";
import type { SoftHsm } from "#test/support/tokens/softhsm.ts";

const SO_PIN = "87654321";
const USER_PIN = "123456";

/** Tokens for the walk: a SoftHSM of its own, whose every token is made through the same door as everything else. */
export class TokenWorld {
  readonly kernel: Kernel;
  readonly hsm: SoftHsm;
  readonly #folder: TestFolder;
  #serial = 0;
  #kept: string | undefined;

  constructor(kernel: Kernel, hsm: SoftHsm, folder: TestFolder) {
    this.kernel = kernel;
    this.hsm = hsm;
    this.#folder = folder;
  }

  name(what: string): string {
    return `${what}-${this.#serial++}`;
  }

  async module(): Promise<string> {
    const { modules } = await this.kernel.must("tokens.listModules");
    return (
      modules[0]?.id ?? (await this.kernel.must("tokens.addModule", { path: this.hsm.module, name: "SoftHSM" })).id
    );
  }

  /** None is added when this has run. */
  async noModule(): Promise<void> {
    const { modules } = await this.kernel.must("tokens.listModules");
    for (const { id } of modules) await this.kernel.must("tokens.removeModule", { id });
  }

  async fresh(): Promise<{ id: string; confirm: string }> {
    await this.module();
    const { tokens } = await this.kernel.must("tokens.list");
    const found = tokens.find((token: TokenView) => !token.initialized);
    if (found === undefined) throw new Error("SoftHSM shows no fresh token");
    return { id: found.id, confirm: found.serial === "" ? "empty" : found.serial };
  }

  async made(): Promise<string> {
    const fresh = await this.fresh();
    const wish = { ...fresh, label: this.name("walk"), soPin: SO_PIN, userPin: USER_PIN };
    const { token } = await this.kernel.must("tokens.initialize", wish);
    await this.kernel.must("tokens.logIn", { id: token.id, pin: USER_PIN });
    return token.id;
  }

  /** One token for all that leaves it as it was, logged in again when a lock has logged it out. */
  async token(): Promise<string> {
    await this.module();
    const { tokens } = await this.kernel.must("tokens.list");
    const kept = tokens.find((token: TokenView) => token.id === this.#kept && token.present);
    const id: string = kept?.id ?? (await this.made());
    this.#kept = id;
    await this.kernel.must("tokens.logIn", { id, pin: USER_PIN });
    return id;
  }

  async key(id: string, spec: string, more: object = {}): Promise<TokenObject> {
    const { objects } = await this.kernel.must("tokens.generateKey", { id, spec, label: this.name("key"), ...more });
    const own = objects.find((object: TokenObject) => object.class === "private-key" || object.class === "secret-key");
    if (own === undefined) throw new Error("no key was made");
    return own;
  }

  async series(): Promise<string> {
    const form = { labelPattern: "walk-##", soPin: SO_PIN, userPin: USER_PIN };
    return (await this.kernel.must("tokens.beginSeries", form)).seriesId;
  }

  /** A certificate that a passing authority has made for a key on the token. */
  async certificate(id: string): Promise<string> {
    const { ref } = await this.key(id, "ecdsa-p256");
    const { pem } = await this.kernel.must("tokens.requestCertificate", { id, ref, subject: "CN=walk" });
    const at = (name: string) => this.#folder.at(`${this.name(name)}.pem`);
    const [request, key, authority] = [at("request"), at("key"), at("authority")] as const;
    writeFileSync(request, pem);
    const openssl = (...args: string[]) =>
      execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    openssl(
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      "/CN=CA",
      "-days",
      "2",
      "-keyout",
      key,
      "-out",
      authority,
    );
    return openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", key, "-days", "2", "-set_serial", "7");
  }

  async backup(): Promise<{ id: string; wrappingRef: string; path: string }> {
    const id = await this.token();
    const wrapping = await this.key(id, "aes-256", { purpose: "wrap", extractable: true });
    const { ref, label } = await this.key(id, "rsa-2048", { extractable: true });
    const { path } = await this.kernel.must("tokens.backUpKey", { id, ref, wrappingRef: wrapping.ref });
    await this.kernel.must("tokens.deleteObject", { id, ref, confirm: label });
    return { id, wrappingRef: wrapping.ref, path };
  }

  /** A backup whose two shares are still to be handed out; its key is deleted. */
  async ceremony(): Promise<{ id: string; ceremonyId: string; path: string }> {
    const id = await this.token();
    const { ref, label } = await this.key(id, "ecdsa-p256", { extractable: true });
    const wish = { id, ref, threshold: 2, shares: 2 };
    const { ceremonyId, path } = await this.kernel.must("tokens.backUpKeyToShares", wish);
    await this.kernel.must("tokens.deleteObject", { id, ref, confirm: label });
    return { id, ceremonyId, path };
  }

  /** A token registered under one path of the library, and in under another. */
  async moved(): Promise<{ fromId: string; toId: string; confirm: string }> {
    await this.module();
    const fromId = await this.made();
    const name = this.name("moved");
    const { serial } = await this.kernel.must("tokens.activate", { id: fromId, name, use: "server" });
    await this.noModule();
    const path = this.#folder.at(`${this.name("lib")}.so`);
    copyFileSync(this.hsm.module, path);
    await this.kernel.must("tokens.addModule", { path, name: this.name("library") });
    const { tokens } = await this.kernel.must("tokens.list");
    const now = tokens.find((token: TokenView) => token.present && token.serial === serial);
    return { fromId, toId: now.id, confirm: name };
  }

  async shown(ceremonyId: string): Promise<string> {
    const wish = { ceremonyId, custodian: this.name("custodian") };
    return (await this.kernel.must("tokens.revealShare", wish)).lines.join("\n");
  }

  async shares(): Promise<{ id: string; path: string; shares: string[] }> {
    const { id, ceremonyId, path } = await this.ceremony();
    const shares: string[] = [];
    for (const _ of [1, 2]) {
      const share = await this.shown(ceremonyId);
      await this.kernel.must("tokens.confirmShare", { ceremonyId, share });
      shares.push(share);
    }
    return { id, path, shares };
  }

  /** Registered for the owner, on a token that stays in. */
  async administrator(): Promise<string> {
    const { administrators } = await this.kernel.must("tokens.listAdministrators");
    const alone = administrators.find((one: Administrator) => !one.needsPassword);
    if (alone !== undefined) return alone.slotId;
    const done = await this.kernel.must("tokens.registerAdministrator", { id: await this.token(), pin: USER_PIN });
    return done.administrator.slotId;
  }

  /** The same, beside the owner's password. */
  async secondFactor(): Promise<{ slotId: string; pin: string }> {
    const { administrators } = await this.kernel.must("tokens.listAdministrators");
    const known = administrators.find((one: Administrator) => one.needsPassword);
    if (known !== undefined) return { slotId: known.slotId, pin: USER_PIN };
    const wish = { id: await this.made(), pin: USER_PIN, mode: "with-password", password: OWNER.password };
    const { administrator } = await this.kernel.must("tokens.registerAdministrator", wish);
    return { slotId: administrator.slotId, pin: USER_PIN };
  }
}

type TokenOperation = Extract<OperationName, `tokens.${string}`> | "vault.unlockWithToken" | "keypairs.createOnToken";

export const GOOD_TOKENS: Readonly<Record<TokenOperation, (world: TokenWorld) => Promise<unknown>>> = {
  "vault.unlockWithToken": async (world) => ({ slotId: await world.administrator(), pin: USER_PIN }),
  "keypairs.createOnToken": async (world) => ({
    name: world.name("pair"),
    tokenId: await world.token(),
    spec: "ecdsa-p256",
  }),
  "tokens.suggestModules": async () => ({}),
  "tokens.addModule": async (world) => {
    await world.noModule();
    return { path: world.hsm.module, name: "SoftHSM" };
  },
  "tokens.listModules": async () => ({}),
  "tokens.removeModule": async (world) => ({ id: await world.module() }),
  "tokens.restartModule": async (world) => ({ id: await world.module() }),
  "tokens.diagnoseModule": async (world) => ({ id: await world.module() }),
  "tokens.list": async () => ({}),
  "tokens.get": async (world) => ({ id: await world.token() }),
  "tokens.activate": async (world) => ({ id: await world.made(), name: world.name("hsm"), use: "server" }),
  "tokens.deactivate": async (world) => {
    const id = await world.made();
    await world.kernel.must("tokens.activate", { id, name: world.name("hsm"), use: "signature" });
    return { id };
  },
  "tokens.setTags": async (world) => {
    const id = await world.made();
    await world.kernel.must("tokens.activate", { id, name: world.name("hsm"), use: "finance" });
    return { id, tags: [{ key: "site", value: "north" }] };
  },
  "tokens.relinkInstance": (world) => world.moved(),
  "tokens.logIn": async (world) => ({ id: await world.token(), pin: USER_PIN }),
  "tokens.logOut": async (world) => ({ id: await world.made() }),
  "tokens.initialize": async (world) => ({
    ...(await world.fresh()),
    label: world.name("good"),
    soPin: SO_PIN,
    userPin: USER_PIN,
  }),
  "tokens.beginSeries": async () => ({ labelPattern: "walk-##", soPin: SO_PIN, userPin: USER_PIN }),
  "tokens.initializeNext": async (world) => ({ seriesId: await world.series(), ...(await world.fresh()) }),
  "tokens.endSeries": async (world) => ({ seriesId: await world.series() }),
  "tokens.changePin": async (world) => ({ id: await world.made(), currentPin: USER_PIN, newPin: "654321" }),
  "tokens.unblockPin": async (world) => ({ id: await world.made(), soPin: SO_PIN, newPin: "654321" }),
  "tokens.listObjects": async (world) => ({ id: await world.token() }),
  "tokens.generateKey": async (world) => ({ id: await world.token(), spec: "ecdsa-p256", label: world.name("key") }),
  "tokens.renameObject": async (world) => {
    const id = await world.token();
    return { id, ref: (await world.key(id, "aes-256")).ref, label: world.name("renamed") };
  },
  "tokens.deleteObject": async (world) => {
    const id = await world.token();
    const { ref, label } = await world.key(id, "ecdsa-p256");
    return { id, ref, confirm: label };
  },
  "tokens.publicKey": async (world) => {
    const id = await world.token();
    return { id, ref: (await world.key(id, "ecdsa-p256")).ref, format: "openssh" };
  },
  "tokens.sign": async (world) => {
    const id = await world.token();
    const { ref } = await world.key(id, "ecdsa-p256");
    return { id, ref, messages: [Buffer.from("walk").toString("base64")] };
  },
  "tokens.verify": async (world) => {
    const id = await world.token();
    const { ref } = await world.key(id, "ecdsa-p256");
    const message = Buffer.from("walk").toString("base64");
    const { signatures } = await world.kernel.must("tokens.sign", { id, ref, messages: [message] });
    return { id, ref, message, signature: signatures[0] };
  },
  "tokens.requestCertificate": async (world) => {
    const id = await world.token();
    return { id, ref: (await world.key(id, "ecdsa-p256")).ref, subject: "CN=walk" };
  },
  "tokens.importCertificate": async (world) => {
    const id = await world.token();
    return { id, certificate: await world.certificate(id) };
  },
  "tokens.certificate": async (world) => {
    const id = await world.token();
    const { object } = await world.kernel.must("tokens.importCertificate", {
      id,
      certificate: await world.certificate(id),
    });
    return { id, ref: object.ref };
  },
  "tokens.transferWrappingKey": async (world) => {
    const [id, toId] = [await world.token(), await world.made()];
    const wrapping = await world.key(id, "aes-256", { purpose: "wrap", extractable: true });
    const receiver = await world.key(toId, "rsa-2048", { purpose: "wrap" });
    return { id, ref: wrapping.ref, toId, toRef: receiver.ref, acceptSha1: true };
  },
  "tokens.backUpKey": async (world) => {
    const id = await world.token();
    const wrapping = await world.key(id, "aes-256", { purpose: "wrap" });
    return { id, ref: (await world.key(id, "rsa-2048", { extractable: true })).ref, wrappingRef: wrapping.ref };
  },
  "tokens.describeBackup": async (world) => ({ path: (await world.shares()).path }),
  "tokens.restoreKey": (world) => world.backup(),
  "tokens.backUpKeyToShares": async (world) => {
    const id = await world.token();
    return { id, ref: (await world.key(id, "ecdsa-p256", { extractable: true })).ref, threshold: 2, shares: 3 };
  },
  "tokens.revealShare": async (world) => ({
    ceremonyId: (await world.ceremony()).ceremonyId,
    custodian: world.name("custodian"),
  }),
  "tokens.confirmShare": async (world) => {
    const { ceremonyId } = await world.ceremony();
    return { ceremonyId, share: await world.shown(ceremonyId) };
  },
  "tokens.cancelShares": async (world) => ({ ceremonyId: (await world.ceremony()).ceremonyId }),
  "tokens.checkShare": async (world) => {
    const { path, shares } = await world.shares();
    return { path, share: shares[0] };
  },
  "tokens.rehearseShares": async (world) => {
    const { path, shares } = await world.shares();
    return { path, shares };
  },
  "tokens.restoreKeyFromShares": (world) => world.shares(),
  "tokens.measure": async (world) => ({ id: await world.token(), seconds: 0.2 }),
  "tokens.registerAdministrator": async (world) => ({ id: await world.made(), pin: USER_PIN }),
  "tokens.listAdministrators": async () => ({}),
  "tokens.removeAdministrator": async (world) => ({ slotId: await world.administrator() }),
};
