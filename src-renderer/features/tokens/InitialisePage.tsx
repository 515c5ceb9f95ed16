import { Button, Skeleton } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import type { TokenView } from "#shared/models/token.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Page } from "../../components/Page.tsx";
import { InitialiseWizard } from "./InitialiseWizard.tsx";
import { tokenName } from "./token-state.ts";
import { useTokens } from "./use-tokens.ts";

/**
 * H04. The token as it was when the page was opened decides which of the two screens this is: while it is erased it goes away
 * and comes back as another one, and the wizard must stay.
 */
export function InitialisePage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const { query, tokens } = useTokens();
  const [subject, setSubject] = useState<TokenView>();
  const found = tokens.find((token) => token.id === id && token.present);
  useEffect(() => {
    setSubject((before) => (before?.id === id ? before : found));
  }, [id, found]);
  const shown = subject?.id === id ? subject : found;
  if (!shown) {
    return (
      <Page title={t("tokens.actions.initialise")}>
        {query.isPending ? (
          <Skeleton active />
        ) : query.error ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <EmptyState
            text={t("tokens.initialise.goneBeforeStart")}
            action={<Button onClick={() => navigate("/tokens")}>{t("tokens.initialise.toList")}</Button>}
          />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={
        shown.initialized
          ? t("tokens.initialise.titleAnew", { name: tokenName(shown, t("tokens.fresh")) })
          : t("tokens.initialise.titleFresh")
      }
    >
      <InitialiseWizard
        key={shown.id}
        subject={shown}
        now={found}
        onAgain={() => {
          setSubject(undefined);
          void navigate("/tokens");
        }}
      />
    </Page>
  );
}
