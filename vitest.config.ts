import { defineConfig } from "vitest/config";

// One project a kind of test, so that `scripts/test` can run and count them apart.
export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      // Longer than any of them takes on a machine that is busy: a limit that is met tells of a hang, not of the load.
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 60_000 } },
      { extends: true, test: { name: "architecture", include: ["test/architecture/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      { extends: true, test: { name: "electron", include: ["test/electron/**/*.test.ts"], testTimeout: 120_000 } },
    ],
  },
});
