import { Alert, Checkbox, Descriptions, Flex, Input, Typography } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { KnownHostsFinding, Server } from "#shared/models/server.ts";
import { addressOf } from "../../components/format.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { KnownHostsNote } from "./KnownHostsNote.tsx";
import { compareFingerprint, hostKeyFile } from "./server-state.ts";

/** Half a paste or a wrong line is a mistake to mend, not an attack to fear. */
const COMPARISON = {
  same: { alert: "success", status: "" },
  different: { alert: "error", status: "error" },
  "no-fingerprint": { alert: "warning", status: "warning" },
} as const;

interface HostKeyCheckProps {
  readonly address: { readonly host: string; readonly port: number };
  readonly hostKey: Pick<Server["hostKeys"][number], "algorithm" | "fingerprint">;
  /** What the officer's own known_hosts says of it. */
  readonly knownHosts: KnownHostsFinding;
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
}

/**
 * Shows the presented host key and has the officer compare it. Pasting the fingerprint from elsewhere compares exactly; a
 * difference takes the consent away again. Where known_hosts lists another key, only pasting will do; where it revokes this
 * one, nothing will (B47).
 */
export function HostKeyCheck({ address, hostKey, knownHosts, checked, onChecked }: HostKeyCheckProps) {
  const { t } = useTranslation();
  const [pasted, setPasted] = useState("");
  const field = useId();
  const compared = pasted.trim() === "" ? undefined : compareFingerprint(pasted, hostKey.fingerprint);
  const revoked = knownHosts.verdict === "revoked";
  const mustPaste = knownHosts.verdict === "different";
  const paste = (text: string) => {
    setPasted(text);
    if (text.trim() !== "" || mustPaste)
      onChecked(!revoked && compareFingerprint(text, hostKey.fingerprint) === "same");
  };
  return (
    <Flex vertical gap={12}>
      <Typography.Text>{t("servers.hostKey.intro")}</Typography.Text>
      <Descriptions
        size="small"
        bordered
        column={1}
        items={[
          { key: "address", label: t("servers.columns.address"), children: addressOf(address) },
          { key: "algorithm", label: t("servers.hostKey.algorithm"), children: hostKey.algorithm },
          {
            key: "fingerprint",
            label: t("servers.hostKey.fingerprint"),
            children: <Identifier value={hostKey.fingerprint} label={t("servers.hostKey.fingerprint")} />,
          },
        ]}
      />
      <KnownHostsNote finding={knownHosts} />
      <div>
        <Typography.Text type="secondary">{t("servers.hostKey.command")}</Typography.Text>
        <Identifier
          value={`ssh-keygen -lf /etc/ssh/${hostKeyFile(hostKey.algorithm)}`}
          label={t("servers.hostKey.command")}
        />
      </div>
      <div>
        <label htmlFor={field}>
          {t("servers.hostKey.paste")} {!mustPaste && `(${t("common.optional")})`}
        </label>
        <Input
          id={field}
          value={pasted}
          spellCheck={false}
          autoComplete="off"
          placeholder="SHA256:…"
          aria-describedby={`${field}-hint`}
          status={compared === undefined ? "" : COMPARISON[compared].status}
          onChange={(event) => paste(event.target.value)}
          style={{ marginTop: 4 }}
        />
        <Typography.Text type="secondary" id={`${field}-hint`}>
          {t("servers.hostKey.pasteHint")}
        </Typography.Text>
      </div>
      <div aria-live="polite">
        {compared && (
          <Alert type={COMPARISON[compared].alert} showIcon title={t(`servers.hostKey.compared.${compared}`)} />
        )}
      </div>
      <Checkbox
        checked={checked}
        disabled={revoked || (compared === undefined ? mustPaste : compared !== "same")}
        onChange={(event) => onChecked(event.target.checked)}
      >
        {t("servers.hostKey.checked")}
      </Checkbox>
    </Flex>
  );
}
