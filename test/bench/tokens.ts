import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import { createApp } from "#main/app.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Attributes, TokenModule } from "#main/features/tokens/token-port.ts";
import { BareLoop, type BareOrder } from "#test/support/tokens/bare-loop.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";
import { at } from "#test/support/tokens/token-now.ts";
import { type Bench, type Line, line, median, timed } from "./measure.ts";

const [SO_PIN, PIN, PASSWORD] = ["87654321", "123456", "bench correct horse battery"];
/** Many short ones: what disturbs the machine lasts longer than a round, and so hits both sides of most. */
const ROUNDS = 21;
const ROUND_MS = 250;
const CALLERS = 16;
const OBJECTS = 1000;
const LARGE_KEYS = 3;

/** Tokens through the process of their own and through the whole application, against pkcs11js alone in a clean process. */
export const tokens: Bench = {
  name: "tokens",
  unavailable: softHsmUnavailable,
  async run() {
    const hsm = await startSoftHsm();
    try {
      return [...(await signing(hsm)), ...(await application(hsm))];
    } finally {
      await hsm.dispose();
    }
  },
};

type Sign = Omit<Extract<BareOrder, { kind: "sign" }>, "forMilliseconds" | "kind">;
interface Signer extends Sign {
  /** As the module knows it. */
  readonly sign: () => Promise<unknown>;
  /** Signatures that one call gives. */
  readonly each?: number;
}

async function signing(hsm: SoftHsm): Promise<readonly Line[]> {
  await hsm.addToken("Signing", SO_PIN, PIN);
  const modules = createTokenModules({ startProcess: nodeProcess(hsm.env) });
  try {
    const module = await modules.open(hsm.module);
    const slotId = await slotOf(module, "Signing");
    await module.logIn(await at(module, slotId), "user", SecretBytes.fromText(PIN));
    const ecdsa = await signer(module, slotId, "CKM_ECDSA", "CKM_EC_KEY_PAIR_GEN", "e0", {
      CKA_EC_PARAMS: Buffer.from("06082a8648ce3d030107", "hex"),
    });
    const rsa = await signer(module, slotId, "CKM_SHA256_RSA_PKCS", "CKM_RSA_PKCS_KEY_PAIR_GEN", "a0", {
      CKA_MODULUS_BITS: 2048,
      CKA_PUBLIC_EXPONENT: Buffer.of(1, 0, 1),
    });
    await using bare = await BareLoop.start(hsm.env, { path: hsm.module, label: "Signing", pin: PIN });
    return [
      await manyCallers("tokens.sign.ecdsa-p256.16-callers", ecdsa, bare),
      await manyCallers("tokens.sign.rsa-2048.16-callers", rsa, bare),
      await oneCaller("tokens.sign.ecdsa-p256.1-caller-latency", ecdsa, bare),
    ];
  } finally {
    await modules.closeAll();
  }
}

async function slotOf(module: TokenModule, label: string): Promise<string> {
  const slot = (await module.slots()).find((each) => each.token?.label === label);
  if (slot === undefined) throw new Error(`no token ${label}`);
  return slot.slotId;
}

async function signer(
  module: TokenModule,
  slotId: string,
  mechanism: Sign["mechanism"],
  generation: string,
  keyId: string,
  kind: Attributes,
): Promise<Signer> {
  const kept = { CKA_TOKEN: true, CKA_ID: Buffer.from(keyId, "hex") };
  const { privateKey } = await module.generateKeyPair(
    slotId,
    { name: generation },
    { ...kept, CKA_VERIFY: true, ...kind },
    { ...kept, CKA_PRIVATE: true, CKA_SENSITIVE: true, CKA_SIGN: true },
  );
  const message = Buffer.alloc(32, 0x5a);
  return { mechanism, keyId, sign: () => module.sign(slotId, { name: mechanism }, privateKey, [message]) };
}

/** Signatures a second. Both sides in turn, so that a disturbance of the machine hits both; the first round warms up. */
async function manyCallers(name: string, { sign, each = 1, ...which }: Signer, bare: BareLoop): Promise<Line> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const alone = await bare.order({ kind: "sign", ...which, forMilliseconds: ROUND_MS });
    const rate = each * (await rateOf(sign));
    if (round === 0) continue;
    theirs.push((alone.times.length / alone.milliseconds) * 1000);
    ours.push(rate);
  }
  const [value, baseline] = [median(ours), median(theirs)];
  const goal = `${CALLERS} callers at once get at least 80 % of a bare synchronous loop in a clean process`;
  return line(name, value, "signatures/s", baseline, goal, value >= 0.8 * baseline);
}

async function rateOf(sign: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  let signatures = 0;
  const caller = async () => {
    while (performance.now() - begun < ROUND_MS) {
      await sign();
      signatures += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (signatures / (performance.now() - begun)) * 1000;
}

async function oneCaller(name: string, { sign, ...which }: Signer, bare: BareLoop): Promise<Line> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push(...(await bare.order({ kind: "sign", ...which, forMilliseconds: ROUND_MS })).times);
    const begun = performance.now();
    while (performance.now() - begun < ROUND_MS) ours.push(await timed(sign));
  }
  const [value, baseline] = [median(ours), median(theirs)];
  return line(
    name,
    value,
    "ms",
    baseline,
    "half of the signatures have less than 0.5 ms added to them",
    value - baseline < 0.5,
  );
}

async function application(hsm: SoftHsm): Promise<readonly Line[]> {
  await hsm.addToken("Thousand", SO_PIN, PIN);
  await hsm.addToken("Busy", SO_PIN, PIN);
  await hsm.addToken("Dispatcher", SO_PIN, PIN);
  await fill(hsm);
  const folder = mkdtempSync(join(tmpdir(), "keystead-bench-"));
  const tokenModules = () => createTokenModules({ startProcess: nodeProcess(hsm.env) });
  const app = createApp({ folder, door: "test" }, { tokenModules });
  const caller = app.connect("test");
  const say: Say = async (operation, params = {}) => {
    const reply = await app.dispatch(caller, { operation, params });
    if (!reply.ok) throw new Error(`${operation}: ${reply.error.message}`);
    return reply.result;
  };
  try {
    await say("vault.create", { name: "Bench", userName: "bench", password: PASSWORD });
    await say("tokens.addModule", { path: hsm.module, name: "SoftHSM" });
    return [...(await throughDispatcher(hsm, say)), await listing(hsm, say), await whileBusy(say)];
  } finally {
    await app.close("closing");
    rmSync(folder, { recursive: true, force: true });
  }
}

type Say = (operation: string, params?: unknown) => Promise<unknown>;

/** The objects, put there before the application starts. */
async function fill(hsm: SoftHsm): Promise<void> {
  const modules = createTokenModules({ startProcess: nodeProcess(hsm.env) });
  try {
    const module = await modules.open(hsm.module);
    const slotId = await slotOf(module, "Thousand");
    for (let index = 0; index < OBJECTS; index++)
      await module.createObject(slotId, {
        CKA_CLASS: 2,
        CKA_KEY_TYPE: 0,
        CKA_TOKEN: true,
        CKA_PRIVATE: false,
        CKA_LABEL: `key ${index}`,
        CKA_ID: Buffer.from(index.toString(16).padStart(4, "0"), "hex"),
        CKA_MODULUS: Buffer.alloc(256, 0xc5 + (index % 7)),
        CKA_PUBLIC_EXPONENT: Buffer.of(1, 0, 1),
      });
  } finally {
    await modules.closeAll();
  }
}

async function loggedIn(say: Say, label: string): Promise<string> {
  const { tokens: there } = (await say("tokens.list")) as {
    readonly tokens: readonly { readonly id: string; readonly label: string }[];
  };
  const token = there.find((each) => each.label === label);
  if (token === undefined) throw new Error(`no token ${label}`);
  await say("tokens.logIn", { id: token.id, pin: PIN });
  return token.id;
}

/** As an application would ask for it: parsed, permitted, signed, and traced durably before it is answered. */
async function throughDispatcher(hsm: SoftHsm, say: Say): Promise<readonly Line[]> {
  const id = await loggedIn(say, "Dispatcher");
  await using bare = await BareLoop.start(hsm.env, { path: hsm.module, label: "Dispatcher", pin: PIN });
  const lines: Line[] = [];
  for (const [spec, mechanism] of [
    ["ecdsa-p256", "CKM_ECDSA"],
    ["rsa-2048", "CKM_SHA256_RSA_PKCS"],
  ] as const) {
    const { objects } = (await say("tokens.generateKey", { id, spec, label: spec })) as {
      readonly objects: readonly { readonly ref: string; readonly class: string; readonly keyId: string }[];
    };
    const own = objects.find((object) => object.class === "private-key");
    if (own === undefined) throw new Error("no key was made");
    const message = Buffer.alloc(32, 0x5a).toString("base64");
    const sign = (messages: number) => () =>
      say("tokens.sign", { id, ref: own.ref, messageType: "digest", messages: Array(messages).fill(message) });
    const which = { mechanism, keyId: own.keyId };
    lines.push(
      await manyCallers(`tokens.sign.${spec}.dispatcher.16-callers`, { ...which, sign: sign(1) }, bare),
      await manyCallers(
        `tokens.sign.${spec}.dispatcher.16-callers-of-16`,
        { ...which, sign: sign(16), each: 16 },
        bare,
      ),
    );
  }
  return lines;
}

async function listing(hsm: SoftHsm, say: Say): Promise<Line> {
  const id = await loggedIn(say, "Thousand");
  await using bare = await BareLoop.start(hsm.env, { path: hsm.module, label: "Thousand", pin: PIN });
  const [ours, theirs]: [number[], number[]] = [[], []];
  const all = (what: string, count: number) => {
    if (count !== OBJECTS) throw new Error(`${what} lists ${count} objects`);
  };
  for (let round = 0; round <= ROUNDS; round++) {
    const alone = await bare.order({ kind: "list" });
    all("the bare search", alone.times.length);
    const whole = await timed(async () => {
      const { objects } = (await say("tokens.listObjects", { id })) as { readonly objects: readonly unknown[] };
      all("Keystead", objects.length);
    });
    if (round === 0) continue;
    theirs.push(alone.milliseconds);
    ours.push(whole);
  }
  const [value, baseline] = [median(ours), median(theirs)];
  const goal = `under 300 ms for ${OBJECTS} objects (baseline: the bare search with class, label and id)`;
  return line("tokens.list-1000", value, "ms", baseline, goal, value < 300);
}

async function whileBusy(say: Say): Promise<Line> {
  const id = await loggedIn(say, "Busy");
  const warmUntil = performance.now() + 500;
  await slowest(say, () => performance.now() > warmUntil);
  const quietUntil = performance.now() + 2000;
  const idle = await slowest(say, () => performance.now() > quietUntil);
  let [worst, answered] = [0, 0];
  for (let key = 0; key < LARGE_KEYS; key++) {
    let made = false;
    const making = say("tokens.generateKey", { id, spec: "rsa-4096", label: `large ${key}` }).finally(() => {
      made = true;
    });
    const [busy] = await Promise.all([slowest(say, () => made), making]);
    worst = Math.max(worst, busy.worst);
    answered += busy.answered;
  }
  return line(
    "tokens.busy",
    worst,
    "ms",
    idle.worst,
    "every other operation is answered in under 50 ms while an RSA-4096 key is made on the token (baseline: before that)",
    worst < 50,
    `the slowest of ${answered} while ${LARGE_KEYS} keys were made, of ${idle.answered} before`,
  );
}

/** The slowest answer of these, one after the other until `over`; each of them once at least. */
async function slowest(say: Say, over: () => boolean): Promise<{ readonly worst: number; readonly answered: number }> {
  let [worst, answered] = [0, 0];
  do {
    for (const operation of ["tokens.list", "tokens.listModules", "keypairs.list", "servers.list"]) {
      worst = Math.max(worst, await timed(() => say(operation)));
      answered += 1;
    }
  } while (!over());
  return { worst, answered };
}
