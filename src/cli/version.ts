import { readFileSync } from "node:fs";

/** Hamster's own version. */
export function productVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return (manifest as { version: string }).version;
}

/** What `hamster version` prints. */
export function versionText(): string {
  const { platform, arch, version } = process;
  return `hamster ${productVersion()} (Node.js ${version}, ${platform} ${arch})`;
}
