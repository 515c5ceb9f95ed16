import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { EmptyState } from "../components/EmptyState.tsx";
import { Page } from "../components/Page.tsx";

export function NotFoundPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Page title={t("app.notFound.title")}>
      <EmptyState
        text={t("app.notFound.text")}
        action={<Button onClick={() => navigate("/")}>{t("app.notFound.back")}</Button>}
      />
    </Page>
  );
}
