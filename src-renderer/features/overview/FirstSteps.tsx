import { Card, Steps, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

/** For a vault in which nothing is bound yet: the way to the first proved server. */
export function FirstSteps({ hasKeypair, hasServer }: { readonly hasKeypair: boolean; readonly hasServer: boolean }) {
  const { t } = useTranslation();
  return (
    <Card title={<h2 style={{ font: "inherit", margin: 0 }}>{t("overview.start.title")}</h2>}>
      <Typography.Paragraph>{t("overview.start.text")}</Typography.Paragraph>
      <Steps
        size="small"
        orientation="vertical"
        current={-1}
        items={[
          {
            status: hasKeypair ? "finish" : "process",
            title: <Link to="/keypairs">{t("overview.start.keypair")}</Link>,
          },
          {
            status: hasServer ? "finish" : hasKeypair ? "process" : "wait",
            title: <Link to="/servers">{t("overview.start.server")}</Link>,
          },
          {
            status: hasKeypair && hasServer ? "process" : "wait",
            title: <Link to="/servers">{t("overview.start.bind")}</Link>,
          },
        ]}
      />
    </Card>
  );
}
