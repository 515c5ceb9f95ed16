import type { WindowApi } from "#shared/doors/window.ts";
import type { Bridge } from "./bridge.ts";
import { buildClient } from "./build-client.ts";

/** The bridge over `window.keystead`, which preload.ts provides. The window ends with its main process, so it is never lost. */
export function windowBridge(api: WindowApi): Bridge {
  const operations: Readonly<Record<string, Readonly<Record<string, (input: unknown) => Promise<unknown>>>>> =
    api.operations;
  return {
    mode: "window",
    client: buildClient((name, input) => {
      const [feature = "", operation = ""] = name.split(".");
      const call = operations[feature]?.[operation];
      if (!call) throw new TypeError(`The preload does not offer ${name}`);
      return call(input);
    }),
    listen: (listener) => api.listen(listener),
    lost: new Promise(() => undefined),
  };
}
