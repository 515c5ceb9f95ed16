import { Button, Card, Descriptions, Flex, Skeleton, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import type { TokenModuleView } from "#shared/models/token.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ErrorText } from "../../components/ErrorText.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { Page } from "../../components/Page.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { ModuleDoctor } from "./ModuleDoctor.tsx";
import { RemoveModuleDialog } from "./RemoveModuleDialog.tsx";
import { MODULE_TONE, tokenName } from "./token-state.ts";
import { useRestartModule } from "./use-restart-module.ts";
import { useTokens } from "./use-tokens.ts";

/** One library: what it is, how its process is, and the doctor. */
export function ModulePage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const { query, modules } = useTokens();
  const [removing, setRemoving] = useState(false);
  const restart = useRestartModule();
  const module = modules.find((one) => one.id === id);
  if (!module) {
    return (
      <Page title={t("tokens.tabs.modules")}>
        {query.isPending ? (
          <Skeleton active />
        ) : query.error ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <EmptyState
            text={t("tokens.modules.gone")}
            action={<Link to="/tokens/modules">{t("tokens.showModules")}</Link>}
          />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={module.name}
      beside={
        <>
          <StateTag tone={MODULE_TONE[module.state]}>{t(`tokens.modules.state.${module.state}`)}</StateTag>
          <Identifier value={module.id} label={t("common.id")} />
        </>
      }
      actions={
        <>
          <Button loading={restart.pending} onClick={() => void restart.run(module.id)}>
            {t("tokens.modules.restart")}
          </Button>
          <Button danger onClick={() => setRemoving(true)}>
            {t("tokens.modules.remove")}
          </Button>
        </>
      }
    >
      <ErrorPanel error={restart.error} />
      <Card>
        <Facts module={module} />
      </Card>
      <ModuleDoctor module={module} />
      {removing && (
        <RemoveModuleDialog
          module={module}
          onClose={() => setRemoving(false)}
          onRemoved={() => navigate("/tokens/modules")}
        />
      )}
    </Page>
  );
}

function Facts({ module }: { readonly module: TokenModuleView }) {
  const { t } = useTranslation();
  const { tokens } = useTokens();
  const own = tokens.filter((token) => token.moduleId === module.id && token.present);
  const { info, problem } = module;
  return (
    <Descriptions
      size="small"
      bordered
      column={1}
      styles={{ label: { width: 180 } }}
      items={[
        ...(problem
          ? [
              {
                key: "problem",
                label: t("tokens.modules.facts.problem"),
                children: (
                  <>
                    <ErrorText said={problem} /> <Typography.Text code>{problem.code}</Typography.Text>
                  </>
                ),
              },
            ]
          : []),
        {
          key: "path",
          label: t("tokens.modules.facts.path"),
          children: <Identifier value={module.path} label={t("tokens.modules.facts.path")} />,
        },
        ...(info
          ? [
              { key: "maker", label: t("tokens.modules.facts.manufacturer"), children: info.manufacturer || "–" },
              { key: "what", label: t("tokens.modules.facts.description"), children: info.description || "–" },
              { key: "cryptoki", label: t("tokens.modules.facts.cryptoki"), children: info.cryptokiVersion },
              { key: "library", label: t("tokens.modules.facts.library"), children: info.libraryVersion },
            ]
          : []),
        {
          key: "tokens",
          label: t("tokens.modules.facts.tokens"),
          children:
            own.length === 0 ? (
              t("common.none")
            ) : (
              <Flex gap={12} wrap>
                {own.map((token) => (
                  <Link key={token.id} to={`/tokens/${token.id}`}>
                    {tokenName(token, t("tokens.fresh"))}
                  </Link>
                ))}
              </Flex>
            ),
        },
        { key: "added", label: t("tokens.modules.facts.added"), children: <RelativeTime time={module.addedAt} /> },
      ]}
    />
  );
}
