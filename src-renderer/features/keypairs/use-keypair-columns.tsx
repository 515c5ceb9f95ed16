import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Keypair } from "#shared/models/keypair.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { fileTime, type ListColumn } from "../../components/list-columns.ts";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { HALF_TONE, KEY_SPECS } from "./key-specs.ts";

const serverNames = (pair: Keypair) => pair.boundServers.map((server) => server.name).join(", ");

export function useKeypairColumns(): readonly ListColumn<Keypair>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        key: "name",
        label: t("common.name"),
        width: 150,
        ellipsis: true,
        sorter: (a, b) => a.name.localeCompare(b.name),
        render: (_, pair) => <Link to={`/keypairs/${pair.id}`}>{pair.name}</Link>,
        text: (pair) => pair.name,
      },
      {
        key: "spec",
        label: t("keypairs.columns.spec"),
        width: 130,
        sorter: (a, b) => KEY_SPECS.indexOf(a.spec) - KEY_SPECS.indexOf(b.spec),
        render: (_, pair) => t(`keypairs.spec.${pair.spec}`),
        text: (pair) => t(`keypairs.spec.${pair.spec}`),
      },
      {
        key: "fingerprint",
        label: t("keypairs.columns.fingerprint"),
        width: 205,
        render: (_, pair) => (
          <Identifier oneLine value={pair.fingerprintSha256} label={t("keypairs.facts.fingerprintSha256")} />
        ),
        text: (pair) => pair.fingerprintSha256,
      },
      {
        key: "fingerprintMd5",
        extra: true,
        label: t("keypairs.facts.fingerprintMd5"),
        width: 220,
        render: (_, pair) => (
          <Identifier oneLine value={pair.fingerprintMd5} label={t("keypairs.facts.fingerprintMd5")} />
        ),
        text: (pair) => pair.fingerprintMd5,
      },
      {
        key: "half",
        label: t("keypairs.columns.half"),
        width: 125,
        render: (_, pair) => (
          <StateTag tone={HALF_TONE[pair.privateHalf]}>{t(`keypairs.half.${pair.privateHalf}`)}</StateTag>
        ),
        text: (pair) => t(`keypairs.half.${pair.privateHalf}`),
      },
      {
        key: "scope",
        label: t("keypairs.columns.scope"),
        width: 95,
        render: (_, pair) => t(`keypairs.scope.${pair.scope}`),
        text: (pair) => t(`keypairs.scope.${pair.scope}`),
      },
      {
        key: "servers",
        label: t("keypairs.columns.servers"),
        width: 100,
        ellipsis: true,
        sorter: (a, b) => a.boundServers.length - b.boundServers.length,
        render: (_, pair) => serverNames(pair) || t("common.none"),
        text: serverNames,
      },
      {
        key: "comment",
        extra: true,
        label: t("keypairs.comment"),
        width: 160,
        ellipsis: true,
        render: (_, pair) => pair.comment || t("common.none"),
        text: (pair) => pair.comment,
      },
      {
        key: "owner",
        extra: true,
        label: t("keypairs.facts.owner"),
        width: 120,
        ellipsis: true,
        render: (_, pair) => pair.ownerName,
        text: (pair) => pair.ownerName,
      },
      {
        key: "created",
        label: t("common.created"),
        width: 160,
        sorter: (a, b) => a.createdAt - b.createdAt,
        render: (_, pair) => <RelativeTime time={pair.createdAt} short />,
        text: (pair) => fileTime(pair.createdAt),
      },
      {
        key: "id",
        extra: true,
        label: t("common.id"),
        width: 220,
        render: (_, pair) => <Identifier oneLine value={pair.id} label={t("common.id")} />,
        text: (pair) => pair.id,
      },
    ],
    [t],
  );
}
