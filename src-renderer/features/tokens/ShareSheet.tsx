import { theme } from "antd";
import { useTranslation } from "react-i18next";

interface ShareSheetProps {
  readonly index: number;
  readonly total: number;
  readonly lines: readonly string[];
}

/** One share as it is to be written down: six numbered lines of five groups. No copy button: a clipboard is everybody's. */
export function ShareSheet({ index, total, lines }: ShareSheetProps) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  return (
    <section aria-label={t("tokens.shares.sheet", { index, total })}>
      <ol
        style={{
          margin: 0,
          padding: "12px 16px 12px 52px",
          border: `1px solid ${token.colorBorder}`,
          borderRadius: token.borderRadius,
          background: token.colorBgLayout,
          fontFamily: token.fontFamilyCode,
          fontSize: 18,
          lineHeight: 1.7,
          fontVariantNumeric: "slashed-zero",
        }}
      >
        {lines.map((line) => (
          <li key={line} style={{ whiteSpace: "pre", wordSpacing: 6 }}>
            {line}
          </li>
        ))}
      </ol>
    </section>
  );
}
