import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useClient } from "./bridge-context.ts";
import { outdate, putAnswer } from "./overtaken-answers.ts";
import { STATUS_KEY } from "./use-vault.ts";

const EVERY = 20_000;
const SIGNS = ["pointerdown", "keydown", "wheel"] as const;

/**
 * Somebody typing or reading is at work although no operation is called: tell main so, at most every 20 seconds and only
 * after a real key, click or turn of the wheel, so that a console left standing open still locks itself (V01).
 */
export function useKeepAlive(): void {
  const client = useClient();
  const queries = useQueryClient();
  useEffect(() => {
    let last = Date.now();
    const atWork = () => {
      const now = Date.now();
      if (now - last < EVERY) return;
      last = now;
      client.vault.keepAlive({}).then(
        (status) => putAnswer(queries, STATUS_KEY, status),
        // Refused means locked meanwhile: the status says it better than an error here could.
        () => outdate(queries, STATUS_KEY),
      );
    };
    for (const sign of SIGNS) window.addEventListener(sign, atWork, { capture: true, passive: true });
    return () => {
      for (const sign of SIGNS) window.removeEventListener(sign, atWork, { capture: true });
    };
  }, [client, queries]);
}
