import { digest } from "#main/crypto/digest.ts";
import { randomBytes } from "#main/crypto/random.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { PerformanceFigure, TokenKeySpec } from "#shared/models/token.ts";
import { newKeyId } from "./key-id.ts";
import { destroyQuietly, makeKey } from "./make-key.ts";
import type { TokenInUse } from "./token-in-use.ts";
import type { MeasuredWork, Mechanism, ObjectHandle } from "./token-port.ts";
import { type TokensParts, tokenResource } from "./tokens-parts.ts";
import { isTokenGone } from "./unlock-secret.ts";

interface Series {
  readonly spec: TokenKeySpec;
  readonly works: readonly {
    readonly name: string;
    readonly kind: MeasuredWork["kind"];
    readonly mechanism: () => Mechanism;
    readonly bytes: number;
    /** The guide's platinum edition, operations a second. */
    readonly reference?: number;
  }[];
}

type Work = Series["works"][number];

const rsa = () => ({ name: "CKM_RSA_PKCS" });
const ecdsa = () => ({ name: "CKM_ECDSA" });
const gcm = (): Mechanism => ({
  name: "CKM_AES_GCM",
  parameter: { kind: "gcm", iv: randomBytes(12), tagBits: 128 },
});

const SERIES: readonly Series[] = [
  {
    spec: "rsa-2048",
    works: [
      { name: "RSA-2048 sign", kind: "sign", mechanism: rsa, bytes: 32, reference: 1_500 },
      { name: "RSA-2048 verify", kind: "verify", mechanism: rsa, bytes: 32, reference: 25_000 },
    ],
  },
  {
    spec: "ecdsa-p256",
    works: [
      { name: "ECDSA P-256 sign", kind: "sign", mechanism: ecdsa, bytes: 32, reference: 23_000 },
      { name: "ECDSA P-256 verify", kind: "verify", mechanism: ecdsa, bytes: 32, reference: 9_000 },
    ],
  },
  {
    spec: "aes-256",
    works: [{ name: "AES-256-GCM encrypt, 4 KB", kind: "encrypt", mechanism: gcm, bytes: 4096 }],
  },
];

/** H12. Keys of the session alone; what the token cannot do is a figure of 0 with its reason. */
export async function measureAll(
  token: TokenInUse,
  callers: readonly number[],
  milliseconds: number,
  specs: readonly TokenKeySpec[] = SERIES.map((series) => series.spec),
): Promise<PerformanceFigure[]> {
  const figures: PerformanceFigure[] = [];
  for (const series of SERIES.filter(({ spec }) => specs.includes(spec))) {
    let handles: readonly ObjectHandle[] = [];
    try {
      const wish = { spec: series.spec, label: "keystead-measure", keyId: newKeyId() } as const;
      handles = await makeKey(token, { ...wish, extractable: false, purpose: "general" }, { CKA_TOKEN: false });
      for (const work of series.works)
        figures.push(...(await measureWork(token, handles, work, callers, milliseconds)));
    } catch (error) {
      for (const work of series.works) figures.push(untaken(work, error));
    } finally {
      await destroyQuietly(token, handles);
    }
  }
  return figures;
}

/** What the token fails at does not take away what it could do. */
async function measureWork(
  token: TokenInUse,
  handles: readonly ObjectHandle[],
  work: Work,
  callers: readonly number[],
  milliseconds: number,
): Promise<readonly PerformanceFigure[]> {
  const figures: PerformanceFigure[] = [];
  try {
    for (const count of callers) figures.push(await measureOne(token, handles, work, count, milliseconds));
    return figures;
  } catch (error) {
    const none = untaken(work, error);
    return figures.length > 0 ? figures : [none];
  }
}

/** Whatever it says; but one that has gone is no answer, and is the error. */
function untaken(work: Work, error: unknown): PerformanceFigure {
  if (!isKeysteadError(error) || isTokenGone(error)) throw error;
  return { name: work.name, callers: 1, perSecond: 0, ...referenceOf(work), note: error.message };
}

async function measureOne(
  token: TokenInUse,
  [own = "", other = own]: readonly ObjectHandle[],
  work: Work,
  callers: number,
  forMilliseconds: number,
): Promise<PerformanceFigure> {
  const { module, slot } = token;
  const mechanism = work.mechanism();
  const message = work.bytes === 32 ? digest("sha256", randomBytes(64)) : randomBytes(work.bytes);
  const verifies = work.kind === "verify";
  const [signature] = verifies ? await module.sign(slot.slotId, mechanism, own, [message]) : [];
  const { operations, milliseconds } = await module.measure(slot.slotId, {
    kind: work.kind,
    mechanism,
    key: verifies ? other : own,
    message,
    ...(signature === undefined ? {} : { signature }),
    callers,
    forMilliseconds,
  });
  const perSecond = Math.round((operations / milliseconds) * 1_000_000) / 1000;
  return { name: work.name, callers, perSecond, ...referenceOf(work) };
}

const referenceOf = ({ reference }: { readonly reference?: number }) => (reference === undefined ? {} : { reference });

/** Alone with the token: another's calls in between would be measured too. */
export const measure =
  (parts: TokensParts): Handler<"tokens", "measure"> =>
  (params) =>
    parts.service.exclusive(params.id, async (token) => {
      await parts.service.logins.requireUser(token);
      const callers = params.callers === 1 ? [1] : [1, params.callers];
      return {
        result: { figures: await measureAll(token, callers, params.seconds * 1000) },
        resource: tokenResource({ id: token.id, label: token.info.label }),
      };
    });
