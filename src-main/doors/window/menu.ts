import type { MenuItemConstructorOptions } from "electron";

/** Roles only, and only harmless ones: the menu is also what gives the keyboard copy, paste and zoom on macOS. */
export function menuTemplate(facts: {
  readonly platform: NodeJS.Platform;
  readonly packaged: boolean;
}): MenuItemConstructorOptions[] {
  const application: MenuItemConstructorOptions = {
    role: "appMenu",
    submenu: [{ role: "about" }, { type: "separator" }, { role: "hide" }, { role: "hideOthers" }, { role: "quit" }],
  };
  return [
    ...(facts.platform === "darwin" ? [application] : [{ label: "Keystead", submenu: [{ role: "quit" as const }] }]),
    {
      role: "editMenu",
      submenu: [
        { role: "undo" },
        { role: "redo" },
        { type: "separator" },
        { role: "cut" },
        { role: "copy" },
        { role: "paste" },
        { role: "selectAll" },
      ],
    },
    {
      role: "viewMenu",
      submenu: [
        { role: "resetZoom" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        { role: "togglefullscreen" },
        ...(facts.packaged ? [] : [{ role: "reload" as const }, { role: "toggleDevTools" as const }]),
      ],
    },
    { role: "windowMenu", submenu: [{ role: "minimize" }, { role: "close" }] },
  ];
}
