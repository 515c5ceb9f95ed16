import { useEffect, useState } from "react";

/** The time, kept fresh every so many milliseconds while something on the screen counts; still when `every` is 0. */
export function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (every === 0) return;
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
