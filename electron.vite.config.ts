import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";
import type { Plugin } from "vite";
import { operationNames } from "./src-shared/contract/names.ts";

const namesFile = resolve("src-shared/contract/names.ts");

/** Gives sandboxed bundles the contract's names as a constant, so that the schemas and their library stay in main. */
const namesWithoutSchemas: Plugin = {
  name: "keystead:names-without-schemas",
  enforce: "pre",
  load(id) {
    if (resolve(id) !== namesFile) return undefined;
    return `export const operationNames = ${JSON.stringify(operationNames)};`;
  },
};

/** Libraries that change together and are fetched in parallel; the pages themselves are split by the router's imports. */
const vendorGroups = [
  { name: "react", test: /node_modules\/(?:react|react-dom|scheduler|react-router)\// },
  { name: "antd", test: /node_modules\/(?:antd|@ant-design|@rc-component|dayjs)\// },
];

export default defineConfig({
  main: {
    build: {
      outDir: "out/main",
      sourcemap: false,
      // The token process is a program of its own, beside main and never part of it (C1).
      rolldownOptions: {
        input: { main: resolve("src-main/main.ts"), "token-process": resolve("src-main/adapters/pkcs11/worker.ts") },
      },
    },
  },
  preload: {
    plugins: [namesWithoutSchemas],
    build: {
      outDir: "out/preload",
      // A sandboxed preload can neither be an ES module nor load files of its own: one CommonJS file it must be.
      externalizeDeps: false,
      isolatedEntries: true,
      rolldownOptions: {
        input: { preload: resolve("src-main/preload.ts") },
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: {
    root: "src-renderer",
    plugins: [namesWithoutSchemas, react()],
    build: {
      outDir: "out/renderer",
      target: "es2024",
      // electron-vite leaves it off; a third of the bytes is a third of the parsing before the first page shows.
      minify: true,
      // The polyfill is an inline script, which the content security policy refuses.
      modulePreload: { polyfill: false },
      // Inlined files would need `data:` in more directives than images.
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 1200,
      rolldownOptions: {
        input: resolve("src-renderer/index.html"),
        output: { codeSplitting: { groups: vendorGroups } },
      },
    },
  },
});
