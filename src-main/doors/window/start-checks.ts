/** What this file needs of Electron's `app`. */
export interface StartPort {
  readonly isPackaged: boolean;
  readonly commandLine: { hasSwitch(name: string): boolean };
  requestSingleInstanceLock(): boolean;
}

/** Each would let another program look into the window or into main, past every guard. */
const REFUSED_SWITCHES = [
  "remote-debugging-port",
  "remote-debugging-pipe",
  "remote-debugging-address",
  "remote-allow-origins",
  "inspect",
  "inspect-brk",
  "inspect-port",
  "js-flags",
  "disable-web-security",
  "no-sandbox",
  "disable-site-isolation-trials",
  "load-extension",
  "host-rules",
  "proxy-server",
];

/** Why this process must not go on, as a sentence; undefined when it may. Asked before anything else happens. */
export function refuseStart(app: StartPort): string | undefined {
  const found = app.isPackaged ? REFUSED_SWITCHES.find((name) => app.commandLine.hasSwitch(name)) : undefined;
  if (found !== undefined)
    return `Keystead does not start with --${found}: it would open the window to other programs.`;
  // The vault's own lock still holds where --user-data-dir gets round this one.
  if (!app.requestSingleInstanceLock()) return "Keystead is already running; its window comes to the front.";
  return undefined;
}
