import { create } from "zustand";
import { isLanguage, type Language } from "./language-names.ts";
import { isThemeChoice, type ThemeChoice } from "./theme.ts";

type LockReason = "asked" | "idle" | "suspended" | "closing";

/** What only this window knows. Never a secret, never anything that came over the bridge, and nothing on disk. */
interface WindowState {
  readonly theme: ThemeChoice;
  readonly language: Language;
  readonly lockReason: LockReason | undefined;
  readonly searchOpen: boolean;
  readonly bannerHidden: boolean;
  /** Last query text of each list page, so that the way back leads to the same rows. */
  readonly lastFilter: Readonly<Record<string, string>>;
  setTheme(theme: ThemeChoice): void;
  setLanguage(language: Language): void;
  setLockReason(reason: LockReason | undefined): void;
  setSearchOpen(open: boolean): void;
  hideBanner(): void;
  rememberFilter(path: string, query: string): void;
  forgetSession(): void;
}

/** Theme and language stand in the address before the hash, so that a copied address looks the same (and no store is needed). */
function readAddress(): { theme: ThemeChoice; language: Language } {
  const query = new URLSearchParams(globalThis.location?.search ?? "");
  const theme = query.get("theme");
  const asked = query.get("lang") ?? globalThis.navigator?.language?.slice(0, 2) ?? "en";
  return { theme: isThemeChoice(theme) ? theme : "system", language: isLanguage(asked) ? asked : "en" };
}

function writeAddress(name: string, value: string): void {
  const address = new URL(globalThis.location.href);
  address.searchParams.set(name, value);
  globalThis.history.replaceState(globalThis.history.state, "", address);
}

export const useWindowStore = create<WindowState>()((set) => ({
  ...readAddress(),
  lockReason: undefined,
  searchOpen: false,
  bannerHidden: false,
  lastFilter: {},
  setTheme(theme) {
    writeAddress("theme", theme);
    set({ theme });
  },
  setLanguage(language) {
    writeAddress("lang", language);
    set({ language });
  },
  setLockReason: (lockReason) => set({ lockReason }),
  setSearchOpen: (searchOpen) => set({ searchOpen }),
  hideBanner: () => set({ bannerHidden: true }),
  rememberFilter: (path, query) => set((state) => ({ lastFilter: { ...state.lastFilter, [path]: query } })),
  // Filters may hold names out of the vault: they go with the lock.
  forgetSession: () => set({ lastFilter: {}, searchOpen: false }),
}));
