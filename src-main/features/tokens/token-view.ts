import type { TokenView } from "#shared/models/token.ts";
import { pinStateOf } from "./pin-rules.ts";
import { presentAs } from "./token-identity.ts";
import type { PresentToken } from "./token-in-use.ts";
import type { Role } from "./token-port.ts";
import type { InstanceRow, PinFailures } from "./token-repository.ts";

interface Known {
  readonly failures: PinFailures;
  readonly administrator: boolean;
}

/** A token that is in, with what the vault knows of it. */
export function presentView(
  token: PresentToken,
  known: Known & {
    readonly instance: InstanceRow | undefined;
    readonly loggedIn: Role | undefined;
    readonly now: number;
  },
): TokenView {
  const { info, slot, watch } = token;
  const has = (flag: string) => info.flags.includes(flag);
  const { instance, failures } = known;
  return {
    id: token.id,
    moduleId: watch.row.id,
    moduleName: watch.row.name,
    present: true,
    slot: slot.slotId,
    slotDescription: slot.description,
    label: info.label,
    manufacturer: info.manufacturer,
    model: info.model,
    serial: info.serial,
    hardwareVersion: info.hardwareVersion,
    firmwareVersion: info.firmwareVersion,
    initialized: has("TOKEN_INITIALIZED"),
    loginRequired: has("LOGIN_REQUIRED"),
    protectedPath: has("PROTECTED_AUTHENTICATION_PATH"),
    writeProtected: has("WRITE_PROTECTED"),
    loggedIn: known.loggedIn ?? "nobody",
    userPin: {
      state: pinStateOf("user", info.flags, failures.user),
      ownFailures: failures.user,
      minLength: info.minPinLength,
      maxLength: info.maxPinLength,
    },
    soPin: { state: pinStateOf("so", info.flags, failures.so), ownFailures: failures.so },
    ...(info.freePrivateMemory === undefined ? {} : { freePrivateMemory: info.freePrivateMemory }),
    ...(info.freePublicMemory === undefined ? {} : { freePublicMemory: info.freePublicMemory }),
    ...instanceView(instance, instance?.status === "failed" ? "failed" : "running"),
    administrator: known.administrator,
    lastSeenAt: known.now,
  };
}

/** A registered token that is not in: what it was when it was last seen. */
export function absentView(
  instance: InstanceRow,
  known: Known & {
    readonly moduleName: string;
    readonly lastSeenAt: number | undefined;
    readonly present: readonly PresentToken[];
  },
): TokenView {
  const now = presentAs(
    { ...instance, id: instance.tokenId },
    known.present.map(({ id, info }) => ({ ...info, id })),
  );
  return {
    id: instance.tokenId,
    moduleId: instance.moduleId,
    moduleName: known.moduleName,
    present: false,
    label: instance.label,
    manufacturer: instance.manufacturer,
    model: instance.model,
    serial: instance.serial,
    initialized: true,
    loginRequired: true,
    protectedPath: false,
    writeProtected: false,
    loggedIn: "nobody",
    userPin: { state: "ok", ownFailures: known.failures.user, minLength: 0, maxLength: 0 },
    soPin: { state: "ok", ownFailures: known.failures.so },
    ...instanceView(instance, "removed"),
    administrator: known.administrator,
    ...(now === undefined ? {} : { presentAs: now.id }),
    lastSeenAt: known.lastSeenAt ?? instance.lastSeenAt,
  };
}

function instanceView(
  row: InstanceRow | undefined,
  status: "running" | "failed" | "removed",
): Pick<TokenView, "instance"> {
  if (row === undefined || row.name === null || row.use === null) return {};
  return {
    instance: { name: row.name, use: row.use, status, createdAt: row.createdAt, tags: JSON.parse(row.tagsJson) },
  };
}
