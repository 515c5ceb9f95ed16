import { Alert, Button, Card, Flex, Skeleton, Tabs } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import type { TokenView } from "#shared/models/token.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { Page } from "../../components/Page.tsx";
import { RowMenu } from "../../components/RowMenu.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { AdministratorsPanel } from "./AdministratorsPanel.tsx";
import { PinPadNotice } from "./PinPadNotice.tsx";
import { PinStateNote } from "./PinStateNote.tsx";
import { RelinkNotice } from "./RelinkNotice.tsx";
import { TokenBasics } from "./TokenBasics.tsx";
import { type OpenTokenDialog, TokenDialogs } from "./TokenDialogs.tsx";
import { TokenInstance } from "./TokenInstance.tsx";
import { TokenObjects } from "./TokenObjects.tsx";
import { TokenPerformance } from "./TokenPerformance.tsx";
import { LOGIN_TONE, tokenName } from "./token-state.ts";
import { useTokenActions } from "./use-token-actions.ts";
import { useTokens } from "./use-tokens.ts";

const IN_SIGHT = new Set(["logIn", "logOut", "changePin"]);

/** One token, also while it is out: the list of what is in decides, so the page changes the moment it is pulled. */
export function TokenPage() {
  const { t } = useTranslation();
  const { id = "", tab = "basics" } = useParams();
  const navigate = useNavigate();
  const { query, tokens } = useTokens();
  const [dialog, setDialog] = useState<OpenTokenDialog>();
  const actions = useTokenActions(setDialog);
  const token = tokens.find((one) => one.id === id);
  if (!token) {
    return (
      <Page title={query.isPending ? t("tokens.title") : t("tokens.page.gone")}>
        {query.isPending ? (
          <Skeleton active />
        ) : query.error ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <EmptyState
            text={t("tokens.page.goneText")}
            action={<Button onClick={() => navigate("/tokens")}>{t("tokens.page.goneBack")}</Button>}
          />
        )}
      </Page>
    );
  }
  const all = actions(token);
  const name = tokenName(token, t("tokens.fresh"));
  return (
    <Page
      title={name}
      beside={
        <>
          <StateTag tone={token.present ? "good" : "quiet"}>
            {t(`tokens.present.${token.present ? "in" : "out"}`)}
          </StateTag>
          {token.present && token.initialized && (
            <StateTag tone={LOGIN_TONE[token.loggedIn]}>{t(`tokens.login.${token.loggedIn}`)}</StateTag>
          )}
          {token.serial && <Identifier value={token.serial} label={t("tokens.facts.serial")} />}
        </>
      }
      actions={
        <>
          {all
            .filter((action) => IN_SIGHT.has(action.key))
            .map((action) => (
              <Button
                key={action.key}
                type={action.key === "logIn" ? "primary" : "default"}
                disabled={action.disabled ?? false}
                onClick={action.onClick}
              >
                {action.label}
              </Button>
            ))}
          <RowMenu name={name} actions={all.filter((action) => !IN_SIGHT.has(action.key))} />
        </>
      }
    >
      <Notices token={token} />
      <Card styles={{ body: { paddingTop: 4 } }}>
        <Tabs
          activeKey={tab}
          onChange={(key) => navigate(`/tokens/${id}/${key}`, { replace: true })}
          destroyOnHidden
          items={[
            { key: "basics", label: t("tokens.tab.basics"), children: <TokenBasics token={token} /> },
            {
              key: "objects",
              label: t("tokens.tab.objects"),
              children: <TokenObjects token={token} onLogIn={() => setDialog({ act: "logIn", token })} />,
            },
            { key: "instance", label: t("tokens.tab.instance"), children: <TokenInstance token={token} /> },
            { key: "performance", label: t("tokens.tab.performance"), children: <TokenPerformance token={token} /> },
            {
              key: "administrators",
              label: t("tokens.tab.administrators"),
              children: <AdministratorsPanel token={token} />,
            },
          ]}
        />
      </Card>
      <TokenDialogs open={dialog} onClose={() => setDialog(undefined)} />
    </Page>
  );
}

function Notices({ token }: { readonly token: TokenView }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (!token.present)
    return (
      <Flex vertical gap={8}>
        <Alert type="info" showIcon title={t("tokens.page.absent")} />
        <RelinkNotice token={token} />
      </Flex>
    );
  const careful = token.initialized && (token.userPin.state === "low" || token.userPin.state === "locked");
  return (
    <Flex vertical gap={8}>
      {!token.initialized && (
        <Alert
          type="info"
          showIcon
          title={t("tokens.page.notInitialised")}
          action={
            <Button
              type="primary"
              disabled={token.protectedPath || token.writeProtected}
              onClick={() => navigate(`/tokens/${token.id}/initialise`)}
            >
              {t("tokens.actions.initialise")}
            </Button>
          }
        />
      )}
      {token.protectedPath && <PinPadNotice />}
      {token.writeProtected && <Alert type="info" showIcon title={t("tokens.page.writeProtected")} />}
      {careful && <PinStateNote who="user" state={token.userPin.state} />}
      {token.initialized && token.userPin.state === "final-try" && (
        <Alert type="error" showIcon title={t("tokens.pinMeaning.user.final-try")} />
      )}
    </Flex>
  );
}
