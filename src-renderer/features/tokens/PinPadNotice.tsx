import { Alert } from "antd";
import { useTranslation } from "react-i18next";

/** C24, said where somebody would look for a PIN field. */
export function PinPadNotice() {
  const { t } = useTranslation();
  return <Alert type="warning" showIcon title={t("tokens.page.padTitle")} description={t("tokens.page.padText")} />;
}
