import { type Browser, chromium } from "playwright-core";

/** The system's own browser. It runs as whoever runs the tests, root included, and root has no sandbox there. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking"],
  });
}
