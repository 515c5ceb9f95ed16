import { type PropsWithChildren, useEffect, useRef } from "react";

/**
 * What takes the place of the form or button that was just used. It gets the focus that went with those, so that whoever works by
 * keyboard or screen reader goes on here and not at the top of the page.
 */
export function Landing({ children }: PropsWithChildren) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { activeElement } = document;
    const lost =
      activeElement === null || activeElement === document.body || activeElement.matches(".ant-modal, [role=dialog]");
    if (lost) place.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div ref={place} tabIndex={-1} style={{ outline: "none" }}>
      {children}
    </div>
  );
}
