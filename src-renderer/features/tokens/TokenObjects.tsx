import { Alert, Button, Flex, Input, Table, Tag, Tooltip, Typography } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { useOperation } from "../../app/use-operation.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { RowMenu } from "../../components/RowMenu.tsx";
import { StateTag, type Tone } from "../../components/StateTag.tsx";
import { includesText } from "../../components/text-search.ts";
import { type ObjectAct, ObjectDialogs, type OpenObjectDialog } from "./ObjectDialogs.tsx";
import { type ObjectFamily, objectFamilies, type Protection } from "./object-families.ts";
import { signAlgorithms } from "./signed-message.ts";
import { useKeyName } from "./use-object-kind.ts";

const PROTECTION_TONE: Readonly<Record<Exclude<Protection, "none">, Tone>> = {
  stays: "good",
  stayed: "good",
  // Decided when the key was made, and no fault: as good as the other way.
  extractable: "quiet",
  readable: "bad",
  unknown: "quiet",
};

interface TokenObjectsProps {
  readonly token: TokenView;
  readonly onLogIn: () => void;
}

/** H07, H09, H10: what is on the token, the halves and certificates of a key together. */
export function TokenObjects({ token, onLogIn }: TokenObjectsProps) {
  const { t } = useTranslation();
  const input = useMemo(() => ({ id: token.id }), [token.id]);
  const isReady = token.present && token.initialized;
  // What another program put on the token makes no event: looking at the page looks at the token.
  const navigate = useNavigate();
  const query = useOperation("tokens", "listObjects", input, { enabled: isReady, staleTime: 0 });
  const [search, setSearch] = useState("");
  const [dialog, setDialog] = useState<OpenObjectDialog>();
  const objects = query.data?.objects;
  const families = useMemo(() => objectFamilies(objects ?? []), [objects]);
  const rows = useMemo(
    () =>
      families.filter((family) =>
        includesText(search, ...family.members.flatMap((one) => [one.label, one.keyId, one.fingerprint, one.keyType])),
      ),
    [families, search],
  );
  if (!isReady) return <EmptyState text={token.present ? t("tokens.page.notInitialised") : t("tokens.page.absent")} />;
  if (query.error && !objects) return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />;
  const act = (kind: "generate" | "importCertificate" | "restore") => () => setDialog({ act: kind });
  const hidden = query.data?.loggedIn === false && token.loginRequired;
  return (
    <Flex vertical gap={12}>
      <Flex gap={8} wrap align="center">
        <Input
          allowClear
          value={search}
          aria-label={t("tokens.objects.search")}
          placeholder={t("tokens.objects.search")}
          onChange={(event) => setSearch(event.target.value)}
          style={{ width: 250 }}
        />
        <Typography.Text type="secondary" role="status">
          {t("common.shown", { shown: rows.length, total: families.length })} ·{" "}
          {t("tokens.objects.count", { count: objects?.length ?? 0 })}
        </Typography.Text>
        <Flex gap={8} wrap style={{ marginInlineStart: "auto" }}>
          <Button onClick={act("restore")}>{t("tokens.objects.restore")}</Button>
          <Button onClick={act("importCertificate")}>{t("tokens.objects.importCertificate")}</Button>
          <Button type="primary" disabled={token.writeProtected} onClick={act("generate")}>
            {t("tokens.objects.generate")}
          </Button>
        </Flex>
      </Flex>
      {hidden && (
        <Alert
          type="info"
          showIcon
          title={t("tokens.objects.logInFirst")}
          action={
            <Button size="small" disabled={token.protectedPath} onClick={onLogIn}>
              {t("tokens.actions.logIn")}
            </Button>
          }
        />
      )}
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
      <FamilyTable
        rows={rows}
        loading={query.isPending}
        emptyText={
          families.length > 0
            ? t("common.noMatch")
            : hidden
              ? t("tokens.objects.emptyHidden")
              : t("tokens.objects.empty")
        }
        onOpen={setDialog}
        onShares={(object) => void navigate(`/tokens/${token.id}/back-up-by-shares/${encodeURIComponent(object.ref)}`)}
      />
      <ObjectDialogs token={token} objects={objects ?? []} open={dialog} onClose={() => setDialog(undefined)} />
    </Flex>
  );
}

interface FamilyTableProps {
  readonly rows: readonly ObjectFamily[];
  readonly loading: boolean;
  readonly emptyText: string;
  readonly onOpen: (dialog: OpenObjectDialog) => void;
  readonly onShares: (object: TokenObject) => void;
}

function FamilyTable({ rows, loading, emptyText, onOpen, onShares }: FamilyTableProps) {
  const { t } = useTranslation();
  const keyName = useKeyName();
  const actions = useFamilyActions(onOpen, onShares);
  return (
    <Table
      size="small"
      rowKey="key"
      dataSource={[...rows]}
      loading={loading}
      pagination={rows.length > 25 ? { pageSize: 25, size: "small", showSizeChanger: false } : false}
      scroll={{ x: 900 }}
      locale={{ emptyText: <EmptyState text={emptyText} /> }}
      columns={[
        {
          title: t("tokens.objects.columns.label"),
          width: 150,
          ellipsis: true,
          render: (_, family) => (
            <Button
              type="link"
              size="small"
              title={family.head.label}
              style={{ paddingInline: 0, maxWidth: "100%" }}
              onClick={() => onOpen({ act: "details", family, object: family.head })}
            >
              <span style={{ overflow: "hidden", textOverflow: "ellipsis" }}>
                {family.head.label || t("tokens.objects.noLabel")}
              </span>
            </Button>
          ),
        },
        {
          title: t("tokens.objects.columns.kind"),
          width: 150,
          render: (_, family) =>
            `${t(`tokens.objects.kind.${family.kind}`)} ${family.head.class === "certificate" ? "" : keyName(family.head)}`.trim(),
        },
        {
          title: t("tokens.objects.columns.parts"),
          width: 190,
          render: (_, family) => (
            <Flex gap={4} wrap>
              {family.members.map((member, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: objects nobody can tell apart share a ref
                <Tag key={`${member.ref}-${index}`} style={{ marginInlineEnd: 0 }}>
                  {t(`tokens.objects.class.${member.class}`)}
                </Tag>
              ))}
            </Flex>
          ),
        },
        {
          title: t("tokens.objects.columns.protection"),
          width: 150,
          render: (_, { protection }) =>
            protection === "none" ? (
              "–"
            ) : (
              <Tooltip title={t(`tokens.objects.protectionMeaning.${protection}`)}>
                <span>
                  <StateTag tone={PROTECTION_TONE[protection]}>{t(`tokens.objects.protection.${protection}`)}</StateTag>
                </span>
              </Tooltip>
            ),
        },
        {
          title: t("tokens.objects.columns.id"),
          width: 170,
          render: (_, { head }) =>
            head.keyId ? <Identifier oneLine value={head.keyId} label={t("tokens.objects.columns.id")} /> : "–",
        },
        {
          title: <span className="visually-hidden">{t("common.actions")}</span>,
          width: 48,
          fixed: "end",
          render: (_, family) => (
            <RowMenu name={family.head.label || t("tokens.objects.noLabel")} actions={actions(family)} />
          ),
        },
      ]}
    />
  );
}

function useFamilyActions(onOpen: FamilyTableProps["onOpen"], onShares: FamilyTableProps["onShares"]) {
  const { t } = useTranslation();
  return (family: ObjectFamily) => {
    const { head, members } = family;
    const action = (act: ObjectAct, label: string, object: TokenObject | undefined, danger = false) =>
      object === undefined ? [] : [{ key: act, label, danger, onClick: () => onOpen({ act, family, object }) }];
    const find = (kind: TokenObject["class"]) => members.find((member) => member.class === kind);
    const isKeyPair = head.class === "private-key" || head.class === "public-key";
    const secret = find("private-key") ?? find("secret-key");
    const wraps = head.class === "secret-key" && head.uses.includes("wrap");
    return [
      ...action("details", t("tokens.objects.details"), head),
      ...action("publicKey", t("tokens.objects.publicKey"), isKeyPair ? head : undefined),
      ...action("sign", t("tokens.objects.sign"), signAlgorithms(head).length > 0 ? head : undefined),
      ...action("request", t("tokens.objects.certificateRequest"), find("private-key")),
      ...action("certificate", t("tokens.objects.showCertificate"), find("certificate")),
      ...action("rename", t("tokens.objects.rename"), head.modifiable === false ? undefined : head),
      ...action("backUp", t("tokens.objects.backUp"), secret),
      ...(secret ? [{ key: "shares", label: t("tokens.shares.menu"), onClick: () => onShares(secret) }] : []),
      ...action("transfer", t("tokens.objects.transfer"), wraps ? head : undefined),
      ...action("delete", t("common.delete"), head, true),
    ];
  };
}
