import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createApp } from "#main/app.ts";
import { systemClock } from "#main/clock.ts";
import { vaultFolder } from "#main/vault-folder.ts";
import { watchForSuspend } from "../suspend-watch.ts";
import { openBrowserDoor } from "./browser-door.ts";
import { type Launch, launchBrowser } from "./launch.ts";
import { offerUntilOpened } from "./offer.ts";

const USAGE = `Serves the Keystead console to a browser on this machine.

  --no-open   start no browser; print the file that opens the console
  --help      show this

KEYSTEAD_HOME says which folder holds the vault.`;

const { values } = parseArgs({ options: { "no-open": { type: "boolean" }, help: { type: "boolean" } } });
if (values.help) console.log(USAGE);
else await run(values["no-open"] !== true);

async function run(open: boolean): Promise<void> {
  const log = (line: string) => console.log(line);
  const app = createApp({ folder: vaultFolder(), door: "browser" });
  const door = await openBrowserDoor(app, {
    rendererFolder: fileURLToPath(new URL("../../../out/renderer", import.meta.url)),
    log,
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void door.close("Keystead has been closed."));
  }

  watchForSuspend(systemClock, () => {
    app.lock("suspended").catch((error: unknown) => log(`The vault could not be locked: ${String(error)}`));
  });

  const file = await offerUntilOpened(door, systemClock, log);
  let opened = false;
  void door.opened.then(() => {
    opened = true;
  });
  const stop = new AbortController();
  const launch: Launch = open
    ? await launchBrowser(file, stop.signal)
    : { kind: "none", reason: "--no-open was given" };
  switch (launch.kind) {
    case "own-browser":
      log(`Opening the console with ${launch.program} and a profile of its own.`);
      void launch.ended.then(() => {
        if (opened) void door.close("The console's window was closed.");
        else sayHowToOpen(file, "the browser ended before it showed the console");
      });
      break;
    case "system-browser":
      log(
        "Opening the console in your browser. Its extensions can read the page: prefer Chromium, which gets a profile of its own.",
      );
      break;
    case "none":
      sayHowToOpen(file, launch.reason);
  }

  log(await door.closed);
  stop.abort();
  await app.close("closing");
  if (launch.kind === "own-browser") await launch.ended;
}

function sayHowToOpen(file: string, reason: string): void {
  console.log(`No browser was started: ${reason}. Open this file with a browser of this machine and user:\n  ${file}`);
}
