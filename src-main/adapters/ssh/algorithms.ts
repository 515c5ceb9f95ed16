import type { Algorithms } from "ssh2";
import {
  isCipherUsable,
  isDhGroupExchangeUsable,
  isDhGroupUsable,
  isDsaUsable,
  isHashUsable,
} from "#main/crypto/transport-probe.ts";
import type { SshProfile } from "#main/features/servers/ssh-port.ts";

/** Names we offer, best first. ssh2 knows no post-quantum key exchange (B60). */
export interface Offer {
  readonly kex: readonly string[];
  readonly serverHostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly hmac: readonly string[];
}

type Candidates = Readonly<Record<string, () => boolean>>;

const always = () => true;

const STRICT_KEX: Candidates = {
  "curve25519-sha256": always,
  "curve25519-sha256@libssh.org": always,
  "ecdh-sha2-nistp256": always,
  "ecdh-sha2-nistp384": always,
  "ecdh-sha2-nistp521": always,
  "diffie-hellman-group-exchange-sha256": isDhGroupExchangeUsable,
  "diffie-hellman-group14-sha256": () => isDhGroupUsable("modp14"),
  "diffie-hellman-group15-sha512": () => isDhGroupUsable("modp15"),
  "diffie-hellman-group16-sha512": () => isDhGroupUsable("modp16"),
  "diffie-hellman-group17-sha512": () => isDhGroupUsable("modp17"),
  "diffie-hellman-group18-sha512": () => isDhGroupUsable("modp18"),
};

const STRICT_HOST_KEYS: Candidates = {
  "ssh-ed25519": always,
  "ecdsa-sha2-nistp256": always,
  "ecdsa-sha2-nistp384": always,
  "ecdsa-sha2-nistp521": always,
  "rsa-sha2-512": always,
  "rsa-sha2-256": always,
};

const STRICT_CIPHERS: Candidates = {
  "aes128-gcm@openssh.com": () => isCipherUsable("aes-128-gcm", 16, 12),
  "aes256-gcm@openssh.com": () => isCipherUsable("aes-256-gcm", 32, 12),
  "aes128-ctr": () => isCipherUsable("aes-128-ctr", 16, 16),
  "aes192-ctr": () => isCipherUsable("aes-192-ctr", 24, 16),
  "aes256-ctr": () => isCipherUsable("aes-256-ctr", 32, 16),
  // ssh2 drives OpenSSL's bare ChaCha20 itself; Electron has neither form.
  "chacha20-poly1305@openssh.com": () => isCipherUsable("chacha20", 32, 16),
};

const STRICT_MACS: Candidates = {
  "hmac-sha2-256-etm@openssh.com": () => isHashUsable("sha256"),
  "hmac-sha2-512-etm@openssh.com": () => isHashUsable("sha512"),
  "hmac-sha2-256": () => isHashUsable("sha256"),
  "hmac-sha2-512": () => isHashUsable("sha512"),
};

/** B59: what one old server may need, always after everything strict. */
const LEGACY_KEX: Candidates = {
  "diffie-hellman-group-exchange-sha1": isDhGroupExchangeUsable,
  "diffie-hellman-group14-sha1": () => isDhGroupUsable("modp14"),
  "diffie-hellman-group1-sha1": () => isDhGroupUsable("modp2"),
};

const LEGACY_HOST_KEYS: Candidates = { "ssh-rsa": always, "ssh-dss": isDsaUsable };

const LEGACY_CIPHERS: Candidates = {
  "aes128-cbc": () => isCipherUsable("aes-128-cbc", 16, 16),
  "aes192-cbc": () => isCipherUsable("aes-192-cbc", 24, 16),
  "aes256-cbc": () => isCipherUsable("aes-256-cbc", 32, 16),
  "3des-cbc": () => isCipherUsable("des-ede3-cbc", 24, 8),
};

const LEGACY_MACS: Candidates = {
  "hmac-sha1-etm@openssh.com": () => isHashUsable("sha1"),
  "hmac-sha1": () => isHashUsable("sha1"),
};

const probed = new Map<SshProfile, Offer>();

/** What to offer one server. Host-key types known for it come first, or an upgrade there would look like an attack (B48). */
export function offerFor(profile: SshProfile, knownTypes: readonly string[]): Offer {
  let offer = probed.get(profile);
  if (offer === undefined) {
    const legacy = profile === "legacy";
    offer = {
      kex: usable(STRICT_KEX, legacy && LEGACY_KEX),
      serverHostKey: usable(STRICT_HOST_KEYS, legacy && LEGACY_HOST_KEYS),
      cipher: usable(STRICT_CIPHERS, legacy && LEGACY_CIPHERS),
      hmac: usable(STRICT_MACS, legacy && LEGACY_MACS),
    };
    probed.set(profile, offer);
  }
  const isKnown = (algorithm: string) => knownTypes.includes(keyTypeOf(algorithm));
  const types = offer.serverHostKey;
  return { ...offer, serverHostKey: [...types.filter(isKnown), ...types.filter((type) => !isKnown(type))] };
}

/**
 * The offer in ssh2's form. Exact lists would throw on a name ssh2 itself has filtered out; patterns over its own supported
 * list cannot.
 */
export function ssh2Algorithms(offer: Offer): Algorithms {
  const lists = {
    kex: exactly(offer.kex),
    serverHostKey: exactly(offer.serverHostKey),
    cipher: exactly(offer.cipher),
    hmac: exactly(offer.hmac),
    compress: exactly(["none"]),
  };
  // ssh2 documents patterns here; its published types leave them out.
  return lists as unknown as Algorithms;
}

/** RFC 8332: three signature algorithms share the key type `ssh-rsa`. */
function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm;
}

function usable(strict: Candidates, legacy: Candidates | false): readonly string[] {
  return Object.entries({ ...strict, ...(legacy === false ? {} : legacy) })
    .filter(([, probe]) => probe())
    .map(([name]) => name);
}

function exactly(names: readonly string[]): { readonly remove: RegExp; readonly append: readonly RegExp[] } {
  return { remove: /./, append: names.map((name) => new RegExp(`^${name.replaceAll(".", "\\.")}$`)) };
}
