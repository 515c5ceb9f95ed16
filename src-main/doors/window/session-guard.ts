import { isConsoleAddress, isConsoleBlob } from "./console-origin.ts";

/** What this file needs of an Electron `Session`. */
export interface SessionPort {
  setPermissionRequestHandler(
    handler: (page: { getURL(): string } | null, permission: string, callback: (granted: boolean) => void) => void,
  ): void;
  setPermissionCheckHandler(handler: (page: unknown, permission: string, origin: string) => boolean): void;
  setDevicePermissionHandler(handler: (details: unknown) => boolean): void;
  setDisplayMediaRequestHandler(handler: (request: unknown, callback: (streams: null) => void) => void): void;
  setBluetoothPairingHandler(
    handler: (details: unknown, callback: (answer: { confirmed: boolean }) => void) => void,
  ): void;
  setUSBProtectedClassesHandler(handler: (details: { protectedClasses: string[] }) => string[]): void;
  setSpellCheckerEnabled(enable: boolean): void;
  on(
    event: "will-download",
    listener: (event: { preventDefault(): void }, item: { getURL(): string }) => void,
  ): unknown;
  readonly webRequest: {
    onBeforeRequest(
      listener: (details: { url: string }, callback: (answer: { cancel: boolean }) => void) => void,
    ): void;
  };
}

/** The console copies fingerprints and public keys; it asks for nothing else. */
const GRANTED = "clipboard-sanitized-write";

/** Shuts the session: no permission, no device, no capture, no request to anywhere but our own scheme. */
export function guardSession(session: SessionPort): void {
  session.setPermissionRequestHandler((page, permission, callback) =>
    callback(permission === GRANTED && page !== null && isConsoleAddress(page.getURL())),
  );
  session.setPermissionCheckHandler((_page, permission, origin) => permission === GRANTED && isConsoleAddress(origin));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => callback(null));
  session.setBluetoothPairingHandler((_details, callback) => callback({ confirmed: false }));
  session.setUSBProtectedClassesHandler(({ protectedClasses }) => protectedClasses);
  session.setSpellCheckerEnabled(false);
  session.on("will-download", (event, item) => {
    if (!isConsoleBlob(item.getURL())) event.preventDefault();
  });
  session.webRequest.onBeforeRequest(({ url }, callback) =>
    callback({ cancel: !isConsoleAddress(url) && !isConsoleBlob(url) }),
  );
}
