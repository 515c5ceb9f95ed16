import { useCallback, useEffect, useRef, useState } from "react";
import { useBridge } from "../app/bridge-context.ts";

interface UnloadGuard {
  /** Somebody wants to close Keystead's own window; it is for the page to ask. */
  readonly asked: boolean;
  readonly stay: () => void;
  readonly close: () => void;
}

/**
 * Keeps the page from being closed or loaded anew unasked. A browser asks in its own words. Keystead's own window asks nothing
 * and stays, so the page asks, in the officer's language; only a lock loads it anew all the same (V01).
 */
export function useUnloadGuard(): UnloadGuard {
  const inWindow = useBridge().mode === "window";
  const [asked, setAsked] = useState(false);
  const mayClose = useRef(false);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (mayClose.current) return;
      event.preventDefault();
      if (inWindow) setAsked(true);
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [inWindow]);
  const stay = useCallback(() => setAsked(false), []);
  const close = useCallback(() => {
    mayClose.current = true;
    window.close();
  }, []);
  return { asked, stay, close };
}
