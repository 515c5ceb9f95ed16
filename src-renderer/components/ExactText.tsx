import { theme } from "antd";
import { prettyJson } from "./format.ts";

/** Redacted JSON or a server's own words: exact, wrapped, scrolls by itself, reachable by keyboard. */
export function ExactText({
  text,
  label,
  json = false,
}: {
  readonly text: string;
  readonly label: string;
  readonly json?: boolean;
}) {
  const { token } = theme.useToken();
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      style={{ maxHeight: 320, overflow: "auto", borderRadius: token.borderRadius }}
    >
      <pre
        style={{
          margin: 0,
          padding: "8px 10px",
          background: token.colorBgLayout,
          border: `1px solid ${token.colorBorderSecondary}`,
          borderRadius: token.borderRadius,
          fontFamily: token.fontFamilyCode,
          fontSize: 12,
          whiteSpace: "pre-wrap",
          overflowWrap: "anywhere",
        }}
      >
        {json ? prettyJson(text) : text}
      </pre>
    </section>
  );
}
