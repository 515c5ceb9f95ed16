import { theme } from "antd";
import { describe, expect, it } from "vitest";
import { COLOURS, isThemeChoice, themeConfig, themeMode } from "#renderer/app/theme.ts";

/** WCAG 2.2: relative luminance and contrast ratio of two `#rrggbb` colours. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe("theme", () => {
  it("G01 computes the contrast of black on white as 21:1", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  });

  it.each(["light", "dark"] as const)("G01 keeps every text readable on every ground it stands on when %s", (mode) => {
    const c = COLOURS[mode];
    const grounds = [c.ground, c.panel, c.raised];
    const texts = [c.text, c.textSoft, c.textFaint, c.primary, c.success, c.warning, c.error];
    for (const ground of grounds) for (const text of texts) expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(c.primary, c.primaryGround)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(c.success, c.successGround)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(c.warning, c.warningGround)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(c.error, c.errorGround)).toBeGreaterThanOrEqual(4.5);
    for (const ground of [c.primaryGround, c.successGround, c.warningGround, c.errorGround]) {
      expect(contrast(c.textSoft, ground)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(["light", "dark"] as const)("G01 writes on the accent in a readable colour when %s", (mode) => {
    const { token } = themeConfig(mode);
    expect(contrast(token?.colorTextLightSolid ?? "", COLOURS[mode].primary)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(["light", "dark"] as const)(
    "G01 keeps links readable as antd draws them, on a selected row too, when %s",
    (mode) => {
      const c = COLOURS[mode];
      const config = themeConfig(mode);
      const { colorLink, colorPrimary } = theme.getDesignToken(config);
      const selected =
        config.components?.Table?.rowSelectedHoverBg ?? theme.getDesignToken(config).controlItemBgActiveHover;
      for (const ground of [c.ground, c.panel, c.raised, c.primaryGround, selected]) {
        expect(contrast(colorLink, ground)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(colorPrimary, ground)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(c.textSoft, ground)).toBeGreaterThanOrEqual(4.5);
      }
    },
  );

  it("G01 follows the system only when asked to", () => {
    expect(themeMode("system", true)).toBe("dark");
    expect(themeMode("system", false)).toBe("light");
    expect(themeMode("light", true)).toBe("light");
    expect(themeMode("dark", false)).toBe("dark");
    expect(isThemeChoice("blue")).toBe(false);
    expect(isThemeChoice(null)).toBe(false);
  });
});
