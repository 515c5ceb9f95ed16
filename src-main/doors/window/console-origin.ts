import { WINDOW_HOST, WINDOW_SCHEME } from "#shared/doors/window.ts";

/** True for addresses of our own page. Parsed, never compared by prefix: `keystead://console.evil/` begins like ours. */
export function isConsoleAddress(address: string): boolean {
  const url = URL.parse(address);
  return (
    url !== null &&
    url.protocol === `${WINDOW_SCHEME}:` &&
    url.host === WINDOW_HOST &&
    url.username === "" &&
    url.password === ""
  );
}

/** True for a download that our own page made of its own text, such as a public key. */
export function isConsoleBlob(address: string): boolean {
  return address.startsWith("blob:") && isConsoleAddress(address.slice("blob:".length));
}
