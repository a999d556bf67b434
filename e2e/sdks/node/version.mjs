// Which posthog-node is installed; the package does not export its own manifest.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export function version() {
  const entry = createRequire(import.meta.url).resolve("posthog-node");
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      if (manifest.name === "posthog-node") {
        return manifest.version;
      }
    } catch {
      // This folder has no manifest: the one above may.
    }
  }
}
