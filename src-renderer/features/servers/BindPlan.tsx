import { Typography, theme } from "antd";
import { useTranslation } from "react-i18next";

/** What will happen, said before it happens. */
export function BindPlan({ way }: { readonly way: "disable" | "keep" | "sftp" }) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const plans = {
    disable: [t("bind.willKey"), t("bind.willProve"), t("bind.willDisable"), t("bind.willRevert"), t("bind.willOff")],
    keep: [t("bind.willKey"), t("bind.willProve")],
    sftp: [t("bind.willKeySftp"), t("bind.willProveSftp")],
  } as const;
  const sentences = plans[way];
  return (
    <section
      aria-label={t("bind.will")}
      style={{
        padding: "10px 14px",
        marginBottom: 16,
        background: token.colorBgLayout,
        border: `1px solid ${token.colorBorderSecondary}`,
        borderRadius: token.borderRadius,
      }}
    >
      <Typography.Text strong>{t("bind.will")}</Typography.Text>
      <ol style={{ margin: "4px 0 0", paddingInlineStart: 20 }}>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ol>
      {/* What holds all the while is no step. */}
      <Typography.Paragraph style={{ margin: "4px 0 0" }}>
        {way !== "disable" && `${t("bind.willStay")} `}
        {t("bind.willRollBack")}
      </Typography.Paragraph>
    </section>
  );
}
