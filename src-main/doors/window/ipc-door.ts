import type { App, Caller, Reply } from "#main/dispatch/caller.ts";
import type { KeysteadEvent } from "#shared/contract/events.ts";
import { operations } from "#shared/contract/index.ts";
import { channelOf, EVENT_CHANNEL } from "#shared/doors/window.ts";
import type { ErrorCode } from "#shared/errors/codes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { isConsoleAddress } from "./console-origin.ts";

/** What this file needs of an `IpcMainInvokeEvent`. */
export interface SenderPort {
  readonly sender: { readonly id: number };
  readonly senderFrame: { readonly url: string; readonly parent: unknown } | null;
}

/** What this file needs of Electron's `ipcMain`. */
export interface IpcPort {
  handle(channel: string, listener: (event: SenderPort, ...args: unknown[]) => Promise<Reply>): void;
}

/** What this file needs of a window's `WebContents`. */
export interface WindowPagePort {
  readonly id: number;
  isDestroyed(): boolean;
  send(channel: string, event: KeysteadEvent): void;
}

/** One window and the caller it is. A reload keeps the caller: the page may only ever be our own. */
export interface WindowDoor {
  admit(page: WindowPagePort): Caller;
  dismiss(page: Pick<WindowPagePort, "id">): void;
}

/** Registers one channel an operation and passes on what comes from the main frame of a window that was admitted. */
export function openWindowDoor(app: App, ipc: IpcPort): WindowDoor {
  const callers = new Map<number, { readonly caller: Caller; readonly unsubscribe: () => void }>();

  for (const { name } of operations) {
    ipc.handle(channelOf(name), async (event, ...args) => {
      const caller = isOwnPage(event) ? callers.get(event.sender.id)?.caller : undefined;
      if (!caller) return refuse("access/door-refused", "Only Keystead's own window may ask here.");
      const params = readParams(args);
      return params.ok ? app.dispatch(caller, { operation: name, params: params.value }) : params.refusal;
    });
  }

  return {
    admit(page) {
      const caller = app.connect("window");
      const unsubscribe = app.listen(caller, (event) => {
        if (!page.isDestroyed()) page.send(EVENT_CHANNEL, event);
      });
      callers.set(page.id, { caller, unsubscribe });
      return caller;
    },
    dismiss(page) {
      const entry = callers.get(page.id);
      if (!entry) return;
      callers.delete(page.id);
      entry.unsubscribe();
      app.disconnect(entry.caller);
    },
  };
}

/** A frame within the page, a page that has moved on, and a frame that is already gone are all strangers. */
function isOwnPage({ senderFrame }: SenderPort): boolean {
  return senderFrame !== null && senderFrame.parent === null && isConsoleAddress(senderFrame.url);
}

type Read = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly refusal: Reply };

/**
 * Brings what came by structured clone down to JSON, as at every other door: maps, dates, cycles and big integers do not get
 * to the schemas, and the size means the same.
 */
function readParams(args: readonly unknown[]): Read {
  if (args.length !== 1) return { ok: false, refusal: refuse("request/malformed", "A call has exactly one argument.") };
  let text: string | undefined;
  try {
    text = JSON.stringify(args[0]);
  } catch (error) {
    // A RangeError: nested deeper than the engine follows.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
  }
  if (text === undefined) return { ok: false, refusal: refuse("request/malformed", "The request is not plain data.") };
  if (Buffer.byteLength(text) > LIMITS.requestBytes) {
    return {
      ok: false,
      refusal: refuse("request/too-large", `A request may have at most ${LIMITS.requestBytes} bytes.`),
    };
  }
  return { ok: true, value: JSON.parse(text) };
}

function refuse(code: ErrorCode, message: string): Reply {
  return { ok: false, error: new KeysteadError(code, message).toJSON() };
}
