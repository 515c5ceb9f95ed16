import { type RefObject, useLayoutEffect, useRef, useState } from "react";

/** Height in CSS pixels of the room a list has, kept right when the window changes; virtual tables need a number. */
export function useFillHeight(taken: number): {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly height: number;
} {
  const ref = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(400);
  useLayoutEffect(() => {
    const box = ref.current;
    if (!box) return;
    const measure = () => setHeight(Math.max(120, Math.floor(box.clientHeight - taken)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, [taken]);
  return { ref, height };
}
