export interface SuggestedModule {
  readonly name: string;
  readonly path: string;
}

/** Where Linux distributions put libraries, each for the machines it supports. */
const MULTIARCH = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
const inLibraryFolders = (...files: readonly string[]): string[] =>
  MULTIARCH.flatMap((folder) => files.map((file) => `${folder}/${file}`));

/** From the vendors' and distributions' own documents; `addModule` proves what is really there. */
const LINUX: Readonly<Record<string, readonly string[]>> = {
  "SoftHSM 2": [
    "/usr/local/lib/softhsm/libsofthsm2.so",
    ...inLibraryFolders("softhsm/libsofthsm2.so", "pkcs11/libsofthsm2.so"),
  ],
  OpenSC: inLibraryFolders("opensc-pkcs11.so", "pkcs11/opensc-pkcs11.so"),
  "YubiKey (ykcs11)": ["/usr/local/lib/libykcs11.so", ...inLibraryFolders("libykcs11.so", "libykcs11.so.2")],
  "Yubico YubiHSM 2": inLibraryFolders("pkcs11/yubihsm_pkcs11.so", "yubihsm_pkcs11.so"),
  "Thales SafeNet eToken": [
    "/usr/lib/libeTPkcs11.so",
    "/usr/lib64/libeTPkcs11.so",
    "/usr/lib/libIDPrimePKCS11.so",
    "/usr/lib64/libIDPrimePKCS11.so",
  ],
  "FEITIAN ePass2003": [
    "/usr/lib/libcastle.so.1.0.0",
    "/usr/lib64/libcastle.so.1.0.0",
    "/opt/ePass2003-Castle-20141128/x86_64/redist/libcastle.so.1.0.0",
    "/usr/local/lib/libcastle_v2.so",
  ],
  "SmartCard-HSM (sc-hsm-embedded)": ["/usr/local/lib/libsc-hsm-pkcs11.so", ...inLibraryFolders("libsc-hsm-pkcs11.so")],
  "Nitrokey NetHSM": ["/usr/local/lib/libnethsm_pkcs11.so", ...inLibraryFolders("libnethsm_pkcs11.so")],
  "AWS CloudHSM": ["/opt/cloudhsm/lib/libcloudhsm_pkcs11.so"],
  "Thales Luna": ["/usr/safenet/lunaclient/lib/libCryptoki2_64.so", "/usr/lunasa/lib/libCryptoki2_64.so"],
  "Entrust nShield": ["/opt/nfast/toolkits/pkcs11/libcknfast.so"],
  "Utimaco CryptoServer": [
    "/usr/lib/libcs_pkcs11_R3.so",
    "/usr/lib64/libcs_pkcs11_R3.so",
    "/opt/utimaco/lib/libcs_pkcs11_R3.so",
    "/opt/utimaco/p11/libcs_pkcs11_R2.so",
  ],
  "TPM 2.0 (tpm2-pkcs11)": [
    "/usr/local/lib/libtpm2_pkcs11.so",
    ...inLibraryFolders("libtpm2_pkcs11.so.1", "pkcs11/libtpm2_pkcs11.so"),
  ],
  "NSS (Firefox)": inLibraryFolders("libsoftokn3.so", "nss/libsoftokn3.so"),
  "p11-kit proxy": inLibraryFolders("p11-kit-proxy.so"),
};

const MACOS: Readonly<Record<string, readonly string[]>> = {
  "SoftHSM 2": ["/opt/homebrew/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"],
  OpenSC: ["/Library/OpenSC/lib/opensc-pkcs11.so", "/opt/homebrew/lib/opensc-pkcs11.so"],
  "YubiKey (ykcs11)": ["/opt/homebrew/lib/libykcs11.dylib", "/usr/local/lib/libykcs11.dylib"],
  "Yubico YubiHSM 2": ["/usr/local/lib/pkcs11/yubihsm_pkcs11.dylib"],
  "Thales SafeNet eToken": ["/usr/local/lib/libeTPkcs11.dylib", "/usr/local/lib/libIDPrimePKCS11.dylib"],
  "FEITIAN ePass2003": ["/usr/local/lib/libcastle.1.0.0.dylib"],
  "SmartCard-HSM (sc-hsm-embedded)": ["/usr/local/lib/libsc-hsm-pkcs11.dylib"],
  "Nitrokey NetHSM": ["/usr/local/lib/libnethsm_pkcs11.dylib"],
  "NSS (Firefox)": [
    "/Applications/Firefox.app/Contents/MacOS/libsoftokn3.dylib",
    "/opt/homebrew/lib/libsoftokn3.dylib",
  ],
};

const WINDOWS: Readonly<Record<string, readonly string[]>> = {
  "SoftHSM 2": ["C:\\SoftHSM2\\lib\\softhsm2-x64.dll"],
  OpenSC: ["C:\\Program Files\\OpenSC Project\\OpenSC\\pkcs11\\opensc-pkcs11.dll"],
  "YubiKey (ykcs11)": ["C:\\Program Files\\Yubico\\Yubico PIV Tool\\bin\\libykcs11.dll"],
  "Yubico YubiHSM 2": ["C:\\Program Files\\Yubico\\YubiHSM Shell\\bin\\pkcs11\\yubihsm_pkcs11.dll"],
  "Thales SafeNet eToken": ["C:\\Windows\\System32\\eTPKCS11.dll", "C:\\Windows\\System32\\IDPrimePKCS1164.dll"],
  "FEITIAN ePass2003": ["C:\\Windows\\System32\\eps2003csp11.dll"],
  "SmartCard-HSM (sc-hsm-embedded)": ["C:\\Windows\\System32\\sc-hsm-pkcs11.dll"],
  "AWS CloudHSM": ["C:\\Program Files\\Amazon\\CloudHSM\\lib\\cloudhsm_pkcs11.dll"],
  "Thales Luna": ["C:\\Program Files\\SafeNet\\LunaClient\\cryptoki.dll"],
  "Entrust nShield": ["C:\\Program Files\\nCipher\\nfast\\toolkits\\pkcs11\\cknfast.dll"],
  "Utimaco CryptoServer": ["C:\\Program Files\\Utimaco\\CryptoServer\\Lib\\cs_pkcs11_R3.dll"],
  "NSS (Firefox)": ["C:\\Program Files\\Mozilla Firefox\\softokn3.dll"],
};

/** The usual libraries of a system, each at every place it is usually at, whether they are there or not (H01). */
export function suggestedModules(platform: NodeJS.Platform): readonly SuggestedModule[] {
  const table = platform === "win32" ? WINDOWS : platform === "darwin" ? MACOS : LINUX;
  return Object.entries(table).flatMap(([name, paths]) => paths.map((path) => ({ name, path })));
}
