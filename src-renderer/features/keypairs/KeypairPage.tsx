import { Alert, Button, Card, Descriptions, Flex, Tabs } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import type { Keypair } from "#shared/models/keypair.ts";
import { isGone, useOperation } from "../../app/use-operation.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { MissingPage } from "../../components/MissingPage.tsx";
import { Page } from "../../components/Page.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { RowMenu } from "../../components/RowMenu.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { KeypairDialogs, type OpenKeypairDialog } from "./KeypairDialogs.tsx";
import { HALF_TONE } from "./key-specs.ts";
import { PublicKeyPanel } from "./PublicKeyPanel.tsx";
import { useKeypairActions } from "./use-keypair-actions.ts";

export function KeypairPage() {
  const { t } = useTranslation();
  const { id = "", tab = "basics" } = useParams();
  const navigate = useNavigate();
  const input = useMemo(() => ({ id }), [id]);
  const query = useOperation("keypairs", "get", input);
  const [dialog, setDialog] = useState<OpenKeypairDialog>();
  const actions = useKeypairActions(setDialog);
  // Removed elsewhere, it goes from here too; a dialog that is open about it ends first and says so itself.
  const keypair = isGone(query.error) && !dialog ? undefined : query.data;
  if (!keypair) {
    return (
      <MissingPage
        title={t("keypairs.title")}
        what={t("keypairs.what")}
        list="/keypairs"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  // Without its private half the next step is to put it back.
  const lacks = keypair.privateHalf === "cleared" || keypair.privateHalf === "never-kept";
  const next = lacks ? "import" : "bind";
  const inSight = new Set(["bind", lacks ? "import" : "export", "rename"]);
  const all = actions(keypair);
  return (
    <Page
      title={keypair.name}
      beside={
        <>
          <StateTag tone={HALF_TONE[keypair.privateHalf]}>{t(`keypairs.half.${keypair.privateHalf}`)}</StateTag>
          <Identifier value={keypair.id} label={t("common.id")} />
        </>
      }
      actions={
        <>
          {all
            .filter((action) => inSight.has(action.key))
            .map((action) => (
              <Button
                key={action.key}
                type={action.key === next ? "primary" : "default"}
                title={(action.disabled && action.why) || ""}
                disabled={action.disabled ?? false}
                onClick={action.onClick}
              >
                {action.label}
              </Button>
            ))}
          <RowMenu name={keypair.name} actions={all.filter((action) => !inSight.has(action.key))} />
        </>
      }
    >
      <Card styles={{ body: { paddingTop: 4 } }}>
        <Tabs
          activeKey={tab}
          onChange={(key) => navigate(`/keypairs/${id}/${key}`, { replace: true })}
          items={[
            { key: "basics", label: t("keypairs.tabs.basics"), children: <Basics keypair={keypair} /> },
            { key: "public", label: t("keypairs.tabs.publicKey"), children: <PublicKeyPanel id={keypair.id} /> },
            {
              key: "servers",
              label: `${t("keypairs.tabs.servers")} (${keypair.boundServers.length})`,
              children: <BoundServers keypair={keypair} />,
            },
          ]}
        />
      </Card>
      <KeypairDialogs open={dialog} onClose={() => setDialog(undefined)} onDeleted={() => navigate("/keypairs")} />
    </Page>
  );
}

function Basics({ keypair }: { readonly keypair: Keypair }) {
  const { t } = useTranslation();
  const { token } = keypair;
  return (
    <Flex vertical gap={12}>
      {token && <Alert type="info" showIcon title={t("tokens.keypair.neverLeaves", { ...token })} />}
      <Facts keypair={keypair} />
    </Flex>
  );
}

function Facts({ keypair }: { readonly keypair: Keypair }) {
  const { t } = useTranslation();
  const { token } = keypair;
  return (
    <Descriptions
      size="small"
      bordered
      column={1}
      styles={{ label: { width: 200 } }}
      items={[
        { key: "spec", label: t("keypairs.columns.spec"), children: t(`keypairs.spec.${keypair.spec}`) },
        {
          key: "sha256",
          label: t("keypairs.facts.fingerprintSha256"),
          children: <Identifier value={keypair.fingerprintSha256} label={t("keypairs.facts.fingerprintSha256")} />,
        },
        {
          key: "md5",
          label: t("keypairs.facts.fingerprintMd5"),
          children: <Identifier value={keypair.fingerprintMd5} label={t("keypairs.facts.fingerprintMd5")} />,
        },
        { key: "half", label: t("keypairs.columns.half"), children: t(`keypairs.half.${keypair.privateHalf}`) },
        ...(token
          ? [
              {
                key: "token",
                label: t("tokens.keypair.fact"),
                children: (
                  <Link to={`/tokens/${token.id}`}>
                    {token.label} · {token.serial}
                  </Link>
                ),
              },
            ]
          : []),
        {
          key: "sealed",
          label: t("keypairs.facts.sealedUnder"),
          children: keypair.sealedUnder ?? t("common.none"),
        },
        { key: "scope", label: t("keypairs.scopeLabel"), children: t(`keypairs.scopeHint.${keypair.scope}`) },
        { key: "owner", label: t("keypairs.facts.owner"), children: keypair.ownerName },
        { key: "comment", label: t("keypairs.comment"), children: keypair.comment || t("common.none") },
        { key: "created", label: t("common.created"), children: <RelativeTime time={keypair.createdAt} /> },
        { key: "changed", label: t("common.changed"), children: <RelativeTime time={keypair.updatedAt} /> },
      ]}
    />
  );
}

function BoundServers({ keypair }: { readonly keypair: Keypair }) {
  const { t } = useTranslation();
  if (keypair.boundServers.length === 0) return <EmptyState text={t("keypairs.noServers")} />;
  return (
    <ul style={{ margin: 0, paddingInlineStart: 20 }}>
      {keypair.boundServers.map((server) => (
        <li key={server.id}>
          <Link to={`/servers/${server.id}`}>{server.name}</Link>
        </li>
      ))}
    </ul>
  );
}
