import { Alert, Flex, Typography } from "antd";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { KnownHostsFinding } from "#shared/models/server.ts";
import { Identifier } from "../../components/Identifier.tsx";

/** What the officer's own known_hosts files say of the key beside it: one sentence, and the lines when they contradict it. */
export function KnownHostsNote({ finding }: { readonly finding: KnownHostsFinding }) {
  const { t } = useTranslation();
  const { verdict, lines, authorities, unread } = finding;
  const [known] = lines;
  const [authority] = authorities;
  return (
    <Flex vertical gap={8} role="note" aria-label={t("servers.knownHosts.label")} data-known-hosts={verdict}>
      {verdict === "same" && known && (
        <Alert type="success" showIcon title={t("servers.knownHosts.same", { place: placeOf(t, known) })} />
      )}
      {verdict === "not-listed" && (
        <Typography.Text type="secondary">{t("servers.knownHosts.notListed")}</Typography.Text>
      )}
      {verdict === "revoked" && known && (
        <Alert
          type="error"
          showIcon
          title={t("servers.knownHosts.revoked", { place: placeOf(t, known) })}
          description={t("servers.knownHosts.revokedText")}
        />
      )}
      {verdict === "different" && (
        <Alert
          type="error"
          showIcon
          title={t("servers.knownHosts.different")}
          description={
            <Flex vertical gap={4}>
              {lines.map((line) => (
                <div key={`${line.path} ${line.line}`}>
                  {t("servers.knownHosts.lists", { place: placeOf(t, line), algorithm: line.algorithm })}
                  <div>
                    <Identifier value={line.fingerprint} label={t("servers.knownHosts.listed")} />
                  </div>
                </div>
              ))}
              <span>{t("servers.knownHosts.differentText")}</span>
            </Flex>
          }
        />
      )}
      {unread.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t("servers.knownHosts.unreadable")}
          description={unread.map((one) => (
            <div key={`${one.path} ${one.line ?? ""}`}>
              {placeOf(t, one)}: {t(`servers.knownHosts.why.${one.why}`)}
            </div>
          ))}
        />
      )}
      {authority && (
        <Typography.Text type="secondary">
          {t("servers.knownHosts.authority", { place: placeOf(t, authority) })}
        </Typography.Text>
      )}
    </Flex>
  );
}

function placeOf(t: TFunction, { path, line }: { readonly path: string; readonly line?: number | undefined }): string {
  return line === undefined ? path : t("servers.knownHosts.place", { path, line });
}
