/** Headers of every response, whatever it is. Nothing may stay in a cache: an origin outlives the process behind its port. */
export const EVERY_RESPONSE = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Permissions-Policy": permissionsPolicy(),
  "X-Frame-Options": "DENY",
  "X-DNS-Prefetch-Control": "off",
} as const;

/** For whatever is not the page: it is not to be rendered at all. */
export const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";

/**
 * The page's policy. Styles need the nonce because antd inserts them at run time; scripts come from files only. `default` is
 * the one Trusted Types policy that may be made: the page's own, which refuses markup. `connect` is what the page may fetch:
 * its door on loopback, nothing in the window.
 */
export function pagePolicy(nonce: string, connect: "'self'" | "'none'"): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types default",
  ].join("; ");
}

/** Clipboard writing stays: the console copies fingerprints and public keys. */
function permissionsPolicy(): string {
  const off = [
    "accelerometer",
    "autoplay",
    "camera",
    "clipboard-read",
    "display-capture",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "window-management",
    "xr-spatial-tracking",
  ];
  return off.map((feature) => `${feature}=()`).join(", ");
}
