import type { Handle, Template } from "pkcs11js";
import type {
  Attributes,
  AttributeValue,
  FoundObject,
  FurtherAttributes,
  ObjectHandle,
} from "#main/features/tokens/token-port.ts";
import { attributeType, decoded, keptAs, template } from "./attribute-values.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { ask, hasCkr, isGone, ModuleFailure } from "./module-failure.ts";
import { begin } from "./operation.ts";

const HANDLES_AT_ONCE = 256;
/** Far beyond any token; a module that still has more to give never ends. */
const MAX_OBJECTS = 20_000;

export function find(
  loaded: LoadedModule,
  slotId: string,
  wanted: Attributes,
  names: readonly string[],
  further: readonly FurtherAttributes[] = [],
): readonly FoundObject[] {
  const search = template(wanted);
  // Which handles outlive a session hangs on it; the search tells, or each object.
  const asked = wanted.CKA_TOKEN !== undefined || names.includes("CKA_TOKEN") ? names : [...names, "CKA_TOKEN"];
  return loaded.sessions.withinFresh(slotId, () => {
    const { handles, session } = allHandles(loaded, slotId, search);
    const reading = new Reading(loaded, session);
    // One each: what one kind of object refuses, another may have.
    const more = further.map((step) => ({ ...step, reading: new Reading(loaded, session) }));
    return handles.flatMap((object) => {
      try {
        const { CKA_TOKEN: token, ...rest } = reading.of(object, asked);
        const attributes: Record<string, AttributeValue> = rest;
        if (token !== undefined && names.includes("CKA_TOKEN")) attributes.CKA_TOKEN = token;
        for (const step of more)
          if (Object.entries(step.where).every(([name, value]) => attributes[name] === value))
            Object.assign(attributes, step.reading.of(object, step.attributes, true));
        return [
          { handle: loaded.sessions.handleText(slotId, object, keptAs({ CKA_TOKEN: token, ...wanted })), attributes },
        ];
      } catch (error) {
        // Deleted by another program since it was found.
        if (hasCkr(error, "CKR_OBJECT_HANDLE_INVALID")) return [];
        throw error;
      }
    });
  });
}

function allHandles(
  loaded: LoadedModule,
  slotId: string,
  search: Template,
): { readonly session: Handle; readonly handles: readonly Handle[] } {
  const { module } = loaded;
  const session = begin(loaded, slotId, "C_FindObjectsInit", (s) => module.C_FindObjectsInit(s, search));
  const handles: Handle[] = [];
  try {
    for (;;) {
      const some = ask("C_FindObjects", () => module.C_FindObjects(session, HANDLES_AT_ONCE));
      handles.push(...some);
      if (some.length === 0) return { session, handles };
      if (handles.length > MAX_OBJECTS) throw new ModuleFailure({ nature: "endless", call: "C_FindObjects" });
    }
  } finally {
    ask("C_FindObjectsFinal", () => module.C_FindObjectsFinal(session));
  }
}

export function read(loaded: LoadedModule, slotId: string, handle: ObjectHandle, names: readonly string[]): Attributes {
  return readAll(loaded, slotId, loaded.sessions.handleOf(slotId, handle), names);
}

function readAll(loaded: LoadedModule, slotId: string, object: Handle, names: readonly string[]): Attributes {
  return loaded.sessions.within(slotId, (session) => new Reading(loaded, session).of(object, names));
}

/** Sensitive or unknown to the token: an answer. Modules have other words for it, which hide neither the object nor the others. */
const REFUSALS = ["CKR_ATTRIBUTE_SENSITIVE", "CKR_ATTRIBUTE_TYPE_INVALID"] as const;
/** After these nothing that is asked next would be the token's own answer. */
const TOKEN_FAILS: readonly string[] = [
  "CKR_DEVICE_ERROR",
  "CKR_DEVICE_MEMORY",
  "CKR_HOST_MEMORY",
  "CKR_CRYPTOKI_NOT_INITIALIZED",
  "CKR_USER_NOT_LOGGED_IN",
];
type Refused = Map<string, ModuleFailure>;

/**
 * Reads many attributes in one call, and of one object after another. pkcs11js gives nothing at all when a single attribute is
 * refused, so a refused lot is halved until the refused ones stand alone; those of the object before are asked for alone from
 * the start, as its neighbours are mostly of its kind. That is a hint only: another object may well have what this one lacks.
 */
class Reading {
  readonly #loaded: LoadedModule;
  readonly #session: Handle;
  #refused: ReadonlySet<string> = new Set();

  constructor(loaded: LoadedModule, session: Handle) {
    this.#loaded = loaded;
    this.#session = session;
  }

  /** `partly`: of an object that has told something already. */
  of(object: Handle, names: readonly string[], partly = false): Attributes {
    const found: Record<string, AttributeValue> = {};
    const refused = new Map<string, ModuleFailure>();
    const likely = names.filter((name) => !this.#refused.has(name));
    this.#read(object, likely, found, refused);
    for (const name of names) if (this.#refused.has(name)) this.#read(object, [name], found, refused);
    this.#refused = new Set(refused.keys());
    // Where every attribute fails it is the token that does.
    const [failed] = [...refused.values()].filter((failure) => !hasCkr(failure, ...REFUSALS));
    if (failed !== undefined && !partly && refused.size === names.length) throw failed;
    return found;
  }

  #read(object: Handle, names: readonly string[], found: Record<string, AttributeValue>, refused: Refused): void {
    if (names.length === 0) return;
    try {
      this.#readAtOnce(object, names, found);
    } catch (error) {
      if (!(error instanceof ModuleFailure)) throw error;
      if (isGone(error) || hasCkr(error, "CKR_OBJECT_HANDLE_INVALID", ...TOKEN_FAILS)) throw error;
      const [name] = names;
      if (names.length === 1 && name !== undefined) {
        refused.set(name, error);
        return;
      }
      const half = names.length >> 1;
      this.#read(object, names.slice(0, half), found, refused);
      this.#read(object, names.slice(half), found, refused);
    }
  }

  #readAtOnce(object: Handle, names: readonly string[], found: Record<string, AttributeValue>): void {
    const wanted = names.map((name) => ({ type: attributeType(name) }));
    const values = ask("C_GetAttributeValue", () =>
      this.#loaded.module.C_GetAttributeValue(this.#session, object, wanted),
    );
    for (const [index, name] of names.entries()) {
      const value = values[index]?.value;
      const plain = Buffer.isBuffer(value) ? decoded(name, value) : undefined;
      if (plain !== undefined) found[name] = plain;
    }
  }
}

export function createObject(loaded: LoadedModule, slotId: string, attributes: Attributes): ObjectHandle {
  const wanted = template(attributes);
  return loaded.sessions.within(slotId, (session) =>
    loaded.sessions.handleText(
      slotId,
      ask("C_CreateObject", () => loaded.module.C_CreateObject(session, wanted)),
      keptAs(attributes),
    ),
  );
}

export function setAttributes(
  loaded: LoadedModule,
  slotId: string,
  handle: ObjectHandle,
  attributes: Attributes,
): void {
  const object = loaded.sessions.handleOf(slotId, handle);
  const wanted = template(attributes);
  loaded.sessions.within(slotId, (session) =>
    ask("C_SetAttributeValue", () => loaded.module.C_SetAttributeValue(session, object, wanted)),
  );
}

export function destroyObject(loaded: LoadedModule, slotId: string, handle: ObjectHandle): void {
  const object = loaded.sessions.handleOf(slotId, handle);
  loaded.sessions.within(slotId, (session) =>
    ask("C_DestroyObject", () => loaded.module.C_DestroyObject(session, object)),
  );
}
