import type { Handle } from "pkcs11js";
import type { Attributes, AttributeValue, FoundObject, ObjectHandle } from "#main/features/tokens/token-port.ts";
import { attributeType, decoded, template } from "./attribute-values.ts";
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
): readonly FoundObject[] {
  const search = template(wanted);
  return loaded.sessions.withinFresh(slotId, () =>
    allHandles(loaded, slotId, search).flatMap((object) => {
      const handle = loaded.sessions.handleText(slotId, object);
      try {
        return [{ handle, attributes: readAll(loaded, slotId, object, names) }];
      } catch (error) {
        // Deleted by another program since it was found.
        if (hasCkr(error, "CKR_OBJECT_HANDLE_INVALID")) return [];
        throw error;
      }
    }),
  );
}

function allHandles(loaded: LoadedModule, slotId: string, search: ReturnType<typeof template>): readonly Handle[] {
  const { module } = loaded;
  const session = begin(loaded, slotId, "C_FindObjectsInit", (s) => module.C_FindObjectsInit(s, search));
  const handles: Handle[] = [];
  try {
    for (;;) {
      const some = ask("C_FindObjects", () => module.C_FindObjects(session, HANDLES_AT_ONCE));
      handles.push(...some);
      if (some.length === 0) return handles;
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
  const found: Record<string, AttributeValue> = {};
  loaded.sessions.within(slotId, (session) => readSome(loaded, session, object, names, found));
  return found;
}

/**
 * Reads as many attributes in one call as the token allows. pkcs11js gives nothing at all when one of them is refused, so a
 * refused lot is halved until the refused ones stand alone: about ten calls instead of one for each.
 */
function readSome(
  loaded: LoadedModule,
  session: Handle,
  object: Handle,
  names: readonly string[],
  found: Record<string, AttributeValue>,
): void {
  if (names.length === 0) return;
  try {
    const wanted = names.map((name) => ({ type: attributeType(name) }));
    const values = ask("C_GetAttributeValue", () => loaded.module.C_GetAttributeValue(session, object, wanted));
    for (const [index, name] of names.entries()) {
      const value = values[index]?.value;
      const plain = Buffer.isBuffer(value) ? decoded(name, value) : undefined;
      if (plain !== undefined) found[name] = plain;
    }
  } catch (error) {
    if (!(error instanceof ModuleFailure) || isGone(error) || hasCkr(error, "CKR_OBJECT_HANDLE_INVALID")) throw error;
    if (names.length === 1) {
      // Sensitive or unknown to the token is an answer; any other failure is one.
      if (hasCkr(error, "CKR_ATTRIBUTE_SENSITIVE", "CKR_ATTRIBUTE_TYPE_INVALID")) return;
      throw error;
    }
    const half = names.length >> 1;
    readSome(loaded, session, object, names.slice(0, half), found);
    readSome(loaded, session, object, names.slice(half), found);
  }
}

export function createObject(loaded: LoadedModule, slotId: string, attributes: Attributes): ObjectHandle {
  const wanted = template(attributes);
  return loaded.sessions.within(slotId, (session) =>
    loaded.sessions.handleText(
      slotId,
      ask("C_CreateObject", () => loaded.module.C_CreateObject(session, wanted)),
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
