import type { ThemeConfig } from "antd";
import { theme as antdTheme } from "antd";

export type ThemeChoice = "system" | "light" | "dark";
export type ThemeMode = "light" | "dark";

export const THEME_CHOICES: readonly ThemeChoice[] = ["system", "light", "dark"];

export function isThemeChoice(text: string | null): text is ThemeChoice {
  return THEME_CHOICES.some((choice) => choice === text);
}

export function themeMode(choice: ThemeChoice, systemIsDark: boolean): ThemeMode {
  if (choice === "system") return systemIsDark ? "dark" : "light";
  return choice;
}

export const MONOSPACE =
  "ui-monospace, 'JetBrains Mono', 'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace";
const SANS =
  "'Inter', 'Segoe UI', -apple-system, BlinkMacSystemFont, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'DejaVu Sans', sans-serif";

/** Every text colour here is at least 4.5:1 on every ground it is used on (WCAG AA); the unit test computes it. */
export const COLOURS = {
  light: {
    ground: "#f4f6f8",
    panel: "#ffffff",
    raised: "#ffffff",
    border: "#d5dbe2",
    borderSoft: "#e6eaef",
    text: "#17212b",
    textSoft: "#46525f",
    textFaint: "#5b6773",
    primary: "#155a94",
    success: "#1b6b3a",
    warning: "#8a4b00",
    error: "#b3261e",
    primaryGround: "#e7f0f8",
    primaryGroundHover: "#d9e7f3",
    successGround: "#e8f4ec",
    warningGround: "#fdf1df",
    errorGround: "#fdecea",
    primaryEdge: "#a9cbe6",
    successEdge: "#a9d3b8",
    warningEdge: "#e5c48f",
    errorEdge: "#eab3af",
  },
  dark: {
    ground: "#10151b",
    panel: "#171e26",
    raised: "#1e2732",
    border: "#35414e",
    borderSoft: "#27313c",
    text: "#e4eaf0",
    textSoft: "#b3bfcb",
    textFaint: "#9aa8b6",
    primary: "#6cb2dc",
    success: "#6ecb8f",
    warning: "#e6b05c",
    error: "#f2938c",
    primaryGround: "#1a2f42",
    primaryGroundHover: "#213b53",
    successGround: "#17301f",
    warningGround: "#35280f",
    errorGround: "#3a1d1b",
    primaryEdge: "#2b4d6b",
    successEdge: "#2c5a3b",
    warningEdge: "#5c4618",
    errorEdge: "#6b3530",
  },
} as const satisfies Record<ThemeMode, Record<string, string>>;

/** antd's dark algorithm draws an accent as 85 % of it on #141414: this is the one that comes out as the colour meant. */
function accentFor(drawn: string, mode: ThemeMode): string {
  if (mode === "light") return drawn;
  const parts = [1, 3, 5].map((at) => (Number.parseInt(drawn.slice(at, at + 2), 16) - 0.15 * 0x14) / 0.85);
  const hex = (part: number) => Math.min(255, Math.round(part)).toString(16).padStart(2, "0");
  return `#${parts.map(hex).join("")}`;
}

/** The console's look as antd tokens: dense, quiet, one accent. */
/** `still`: the system asks for no motion; antd then shows and hides at once instead of waiting for transitions. */
export function themeConfig(mode: ThemeMode, still = false): ThemeConfig {
  const c = COLOURS[mode];
  // On the dark theme the accent is light, so what is written on it is dark.
  const accent = accentFor(c.primary, mode);
  const onPrimary = mode === "light" ? "#ffffff" : "#0b1620";
  return {
    algorithm: mode === "dark" ? antdTheme.darkAlgorithm : antdTheme.defaultAlgorithm,
    token: {
      fontFamily: SANS,
      fontFamilyCode: MONOSPACE,
      fontSize: 13,
      fontSizeSM: 12,
      fontSizeHeading1: 20,
      fontSizeHeading2: 16,
      fontSizeHeading3: 14,
      borderRadius: 4,
      controlHeight: 30,
      colorPrimary: accent,
      colorInfo: accent,
      colorLink: accent,
      colorLinkHover: c.text,
      colorSuccess: c.success,
      colorWarning: c.warning,
      colorError: c.error,
      colorSuccessText: c.success,
      colorWarningText: c.warning,
      colorErrorText: c.error,
      colorInfoBg: c.primaryGround,
      colorPrimaryBg: c.primaryGround,
      colorSuccessBg: c.successGround,
      colorWarningBg: c.warningGround,
      colorErrorBg: c.errorGround,
      colorInfoBorder: c.primaryEdge,
      colorSuccessBorder: c.successEdge,
      colorWarningBorder: c.warningEdge,
      colorErrorBorder: c.errorEdge,
      colorBgLayout: c.ground,
      colorBgContainer: c.panel,
      colorBgElevated: c.raised,
      colorBorder: c.border,
      colorBorderSecondary: c.borderSoft,
      colorText: c.text,
      colorTextHeading: c.text,
      colorTextSecondary: c.textSoft,
      colorTextTertiary: c.textFaint,
      colorTextQuaternary: c.textFaint,
      colorTextDescription: c.textSoft,
      colorTextPlaceholder: c.textFaint,
      colorTextLightSolid: onPrimary,
      colorIcon: c.textSoft,
      wireframe: false,
      motion: !still,
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.16s",
    },
    components: {
      Layout: { headerBg: c.panel, siderBg: c.panel, bodyBg: c.ground, headerHeight: 48, headerPadding: "0 12px" },
      Menu: { itemHeight: 34, itemSelectedBg: c.primaryGround, itemSelectedColor: c.primary, activeBarBorderWidth: 0 },
      Table: {
        rowSelectedHoverBg: c.primaryGroundHover,
        headerBg: c.ground,
        headerColor: c.textSoft,
        cellPaddingBlockSM: 6,
        cellPaddingInlineSM: 10,
      },
      Tooltip: { colorBgSpotlight: mode === "light" ? "#24303c" : "#33414f", colorTextLightSolid: "#ffffff" },
      Descriptions: { labelColor: c.textSoft, labelBg: c.ground },
      Tag: { defaultBg: c.ground, defaultColor: c.textSoft },
      Card: { headerFontSize: 14, headerHeight: 40, bodyPadding: 16, headerPadding: 16 },
      Alert: { withDescriptionPadding: "10px 12px", withDescriptionIconSize: 16 },
      Segmented: { trackBg: c.borderSoft, itemSelectedBg: c.raised, itemColor: c.textSoft },
      Statistic: { contentFontSize: 24, titleFontSize: 13 },
      Form: { itemMarginBottom: 16, verticalLabelPadding: "0 0 4px" },
      Button: { dangerColor: mode === "light" ? "#ffffff" : "#2a0f0d", primaryShadow: "none", dangerShadow: "none" },
    },
  };
}
