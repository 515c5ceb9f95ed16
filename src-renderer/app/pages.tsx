import {
  AuditOutlined,
  CloudServerOutlined,
  DashboardOutlined,
  KeyOutlined,
  SettingOutlined,
  UnorderedListOutlined,
  UsbOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";

export const PAGES = ["overview", "keypairs", "servers", "tokens", "tasks", "traces", "settings"] as const;
export type PageName = (typeof PAGES)[number];

export const PAGE_PATH: Readonly<Record<PageName, string>> = {
  overview: "/",
  keypairs: "/keypairs",
  servers: "/servers",
  tokens: "/tokens",
  tasks: "/tasks",
  traces: "/traces",
  settings: "/settings",
};

export const PAGE_ICON: Readonly<Record<PageName, ReactNode>> = {
  overview: <DashboardOutlined />,
  keypairs: <KeyOutlined />,
  servers: <CloudServerOutlined />,
  tokens: <UsbOutlined />,
  tasks: <UnorderedListOutlined />,
  traces: <AuditOutlined />,
  settings: <SettingOutlined />,
};

/** Which page an address belongs to; detail pages belong to their list. */
export function pageOf(pathname: string): PageName {
  const first = pathname.split("/")[1] ?? "";
  return PAGES.find((page) => page === first) ?? "overview";
}
