import pkcs11js, { type Handle, type PKCS11 } from "pkcs11js";
import type { BareOrder, BareResult, BareStart } from "./bare-loop.ts";

/*
 * The same library driven by pkcs11js alone, in one synchronous loop, in a process that knows nothing of Keystead: what it
 * gives at best. Takes orders from its parent, one after another.
 */
const MECHANISMS = { CKM_ECDSA: pkcs11js.CKM_ECDSA, CKM_SHA256_RSA_PKCS: pkcs11js.CKM_SHA256_RSA_PKCS } as const;

let module: PKCS11;
let session: Handle;

function start({ path, label, pin }: BareStart): BareResult {
  module = new pkcs11js.PKCS11();
  module.load(path);
  module.C_Initialize();
  const slot = module.C_GetSlotList(true).find((each) => module.C_GetTokenInfo(each).label.trim() === label);
  if (slot === undefined) throw new Error(`no token ${label}`);
  session = module.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
  module.C_Login(session, pkcs11js.CKU_USER, pin);
  return { times: [], milliseconds: 0 };
}

function search(template: { type: number; value: boolean | number | Buffer }[]): Handle[] {
  module.C_FindObjectsInit(session, template);
  const found: Handle[] = [];
  for (;;) {
    const some = module.C_FindObjects(session, 1000);
    if (some.length === 0) break;
    found.push(...some);
  }
  module.C_FindObjectsFinal(session);
  return found;
}

function sign(order: Extract<BareOrder, { kind: "sign" }>): BareResult {
  const [key] = search([
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
    { type: pkcs11js.CKA_ID, value: Buffer.from(order.keyId, "hex") },
  ]);
  if (key === undefined) throw new Error(`no key ${order.keyId}`);
  const mechanism = { mechanism: MECHANISMS[order.mechanism] };
  const message = Buffer.alloc(32, 0x5a);
  const out = Buffer.alloc(1024);
  const times: number[] = [];
  const begun = performance.now();
  let before = begun;
  while (before - begun < order.forMilliseconds) {
    module.C_SignInit(session, mechanism, key);
    module.C_Sign(session, message, out);
    const now = performance.now();
    times.push(now - before);
    before = now;
  }
  return { times, milliseconds: before - begun };
}

/** Every object with what a list must show of it at least. */
function list(): BareResult {
  const begun = performance.now();
  const found = search([{ type: pkcs11js.CKA_TOKEN, value: true }]);
  // A template is filled in place, and a filled one has no room for the next object's longer values.
  for (const object of found)
    module.C_GetAttributeValue(session, object, [
      { type: pkcs11js.CKA_CLASS },
      { type: pkcs11js.CKA_LABEL },
      { type: pkcs11js.CKA_ID },
    ]);
  return { times: found.map(() => 0), milliseconds: performance.now() - begun };
}

process.on("message", (order: BareOrder) => {
  const result = order.kind === "start" ? start(order) : order.kind === "sign" ? sign(order) : list();
  process.send?.(result);
});
