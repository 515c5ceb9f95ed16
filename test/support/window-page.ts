import type { Page } from "playwright-core";
import type { App } from "#main/dispatch/caller.ts";
import { operationNames } from "#shared/contract/names.ts";

/**
 * Gives a browser's page what preload.ts gives the page of Keystead's own window, over the real application. Call it before the
 * page is loaded. As Electron does, nothing is asked when a page prevents its end: it stays.
 */
export async function likeOwnWindow(page: Page, app: App): Promise<void> {
  const caller = app.connect("window");
  await page.exposeFunction("callKeystead", (operation: string, params: unknown) =>
    app.dispatch(caller, { operation, params }),
  );
  page.on("dialog", (question) => void question.dismiss());
  await page.addInitScript(
    (names) => {
      const own = window as unknown as {
        callKeystead(operation: string, params: unknown): Promise<unknown>;
        keystead: object;
      };
      const operations = Object.fromEntries(
        Object.entries(names).map(([feature, each]) => [
          feature,
          Object.fromEntries(
            each.map((name) => [name, (params: unknown) => own.callKeystead(`${feature}.${name}`, params)]),
          ),
        ]),
      );
      own.keystead = { operations, listen: () => () => undefined };
      // A script may not close a tab that it has not opened; a window of ours is closed by its page.
      window.close = () => {
        document.documentElement.dataset.closed = "yes";
      };
    },
    operationNames as Readonly<Record<string, readonly string[]>>,
  );
}
