import { contextBridge, ipcRenderer } from "electron";
import type { EventListener, KeysteadEvent } from "#shared/contract/events.ts";
import type { OperationName } from "#shared/contract/index.ts";
import { operationNames } from "#shared/contract/names.ts";
import { channelOf, EVENT_CHANNEL, type WindowApi } from "#shared/doors/window.ts";

// One function an operation, made here from the names that the build puts in: the page cannot name a channel. Neither
// `ipcRenderer` nor its event object gets across, and `listen` gives back the one way to end it.
const operations = Object.fromEntries(
  Object.entries(operationNames).map(([feature, names]) => [
    feature,
    Object.fromEntries(
      names.map((name) => {
        const channel = channelOf(`${feature}.${name}` as OperationName);
        return [name, (input: unknown) => ipcRenderer.invoke(channel, input)];
      }),
    ),
  ]),
) as unknown as WindowApi["operations"];

const api: WindowApi = {
  operations,
  listen(listener: EventListener) {
    const forward = (_event: unknown, event: KeysteadEvent) => listener(event);
    ipcRenderer.on(EVENT_CHANNEL, forward);
    return () => {
      ipcRenderer.removeListener(EVENT_CHANNEL, forward);
    };
  },
};

contextBridge.exposeInMainWorld("keystead", api);
