import { LockOutlined, SearchOutlined, SyncOutlined, UnlockOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Flex, Grid, Layout, Tooltip, Typography, theme } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { clock, localTime } from "../components/format.ts";
import { useNow } from "../components/use-now.ts";
import { isMoving } from "../features/tasks/task-state.ts";
import { TokenLight } from "../features/tokens/TokenLight.tsx";
import { useOperation } from "./use-operation.ts";
import { openVault, useVaultStatus } from "./use-vault.ts";
import { useWindowStore } from "./window-store.ts";

const NOTHING = {};

/** Vault name, time to auto-lock, tokens that are in, running tasks, search, user, Lock. */
export function TopBar({ onLock }: { readonly onLock: () => void }) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const navigate = useNavigate();
  const setSearchOpen = useWindowStore((state) => state.setSearchOpen);
  const vault = openVault(useVaultStatus().data);
  const tasks = useOperation("tasks", "list", NOTHING);
  const running = tasks.data?.tasks.filter((task) => isMoving(task.state)).length ?? 0;
  const wide = Grid.useBreakpoint().lg ?? true;
  return (
    <Layout.Header
      aria-label={t("top.label")}
      style={{
        display: "flex",
        alignItems: "center",
        gap: 16,
        borderBottom: `1px solid ${token.colorBorderSecondary}`,
        lineHeight: "normal",
      }}
    >
      <Typography.Text strong ellipsis style={{ fontSize: 14, minWidth: 60 }}>
        {vault?.vaultName ?? t("app.name")}
      </Typography.Text>
      {vault && <LockTimer locksAt={vault.locksAt} />}
      <Flex gap={4} align="center" style={{ marginInlineStart: "auto", flexShrink: 0 }}>
        <TokenLight />
        {running > 0 && (
          <Button type="text" icon={<SyncOutlined spin />} onClick={() => navigate("/tasks")}>
            {t("top.running", { count: running })}
          </Button>
        )}
        <Tooltip title={t("top.searchHint")}>
          <Button
            icon={<SearchOutlined />}
            {...(wide ? {} : { "aria-label": t("top.search") })}
            onClick={() => setSearchOpen(true)}
          >
            {wide ? `${t("top.search")}  Ctrl K` : ""}
          </Button>
        </Tooltip>
        {vault && (
          <Typography.Text
            ellipsis
            style={{ padding: "0 8px", maxWidth: 180 }}
            aria-label={t("top.user", { name: vault.session.userName })}
            role="img"
          >
            <UserOutlined aria-hidden /> {vault.session.userName}
          </Typography.Text>
        )}
        <Tooltip title={t("top.lockHint")}>
          <Button icon={<LockOutlined />} {...(wide ? {} : { "aria-label": t("top.lock") })} onClick={onLock}>
            {wide ? t("top.lock") : ""}
          </Button>
        </Tooltip>
      </Flex>
    </Layout.Header>
  );
}

/** Counts down to auto-lock. When the time is up, asks main; it is main that locks. */
function LockTimer({ locksAt }: { readonly locksAt: number }) {
  const { t } = useTranslation();
  const now = useNow(1000);
  const status = useVaultStatus();
  const due = now >= locksAt;
  const { refetch } = status;
  useEffect(() => {
    if (due) void refetch();
  }, [due, refetch]);
  return (
    <Tooltip title={t("top.locksInHint", { time: localTime(locksAt) })}>
      <Typography.Text
        type={locksAt - now < 60_000 ? "warning" : "secondary"}
        role="timer"
        aria-live="off"
        style={{ whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" }}
      >
        <UnlockOutlined aria-hidden /> {t("top.locksIn", { time: clock(locksAt - now) })}
      </Typography.Text>
    </Tooltip>
  );
}
