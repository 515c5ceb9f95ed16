import { UsbOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { tokenName } from "./token-state.ts";
import { useTokens } from "./use-tokens.ts";

/** Which tokens are in and whether somebody is logged in to them, in sight on every page. Leads to the list. */
export function TokenLight() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tokens, modules } = useTokens();
  const present = tokens.filter((token) => token.present);
  if (modules.length === 0) return null;
  const entries = present.map((token) => ({
    id: token.id,
    text: t("tokens.light.entry", {
      name: tokenName(token, t("tokens.fresh")),
      login: t(`tokens.login.${token.loggedIn}`),
    }),
  }));
  const count = present.length === 0 ? t("tokens.light.none") : t("tokens.light.in", { count: present.length });
  const lit = present.some((token) => token.loggedIn === "user");
  return (
    <Tooltip
      title={
        <>
          <div>{count}</div>
          {entries.map((entry) => (
            <div key={entry.id}>{entry.text}</div>
          ))}
        </>
      }
    >
      <Button
        type="text"
        icon={<UsbOutlined />}
        aria-label={[count, ...entries.map((entry) => entry.text)].join(". ")}
        onClick={() => navigate("/tokens")}
        style={{ fontVariantNumeric: "tabular-nums" }}
      >
        {present.length}
        {lit && " ✓"}
      </Button>
    </Tooltip>
  );
}
