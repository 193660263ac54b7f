import { isIPv6 } from "node:net";
import type { HttpListener } from "#host/index.ts";
import type { Trace } from "#ports/index.ts";
import type { Credentials, ServeOptions } from "./serve-options.ts";

/** Shows credentials that were just made: on standard output, this once. */
export function showCredentials(credentials: Credentials): void {
  console.log(
    "These credentials were made for this store. They are shown this once; keep them.\n" +
      `  AWS_ACCESS_KEY_ID=${credentials.accessKeyId}\n` +
      `  AWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}`,
  );
}

/** Says that S3 is served, where and from what, and how to try it. */
export function announce(options: ServeOptions, listener: HttpListener, trace: Trace): void {
  const endpoint = endpointOf(listener);
  trace.write("info", "serving", { endpoint, dataDir: options.dataDir, region: options.region });
  if (options.logFormat !== "text" || options.logLevel === "silent") return;
  console.error(
    `\nHamster serves S3 at ${endpoint} from ${options.dataDir}\n` +
      "Try it, with the credentials of this store:\n" +
      `  export AWS_ENDPOINT_URL=${endpoint} AWS_DEFAULT_REGION=${options.region}\n` +
      "  export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=...\n" +
      "  aws s3 mb s3://photos && aws s3 cp cat.jpg s3://photos/ && aws s3 ls s3://photos\n",
  );
}

/** The URL that a client on this machine can use. */
function endpointOf({ host, port }: HttpListener): string {
  if (host === "0.0.0.0") return `http://127.0.0.1:${port}`;
  if (host === "::") return `http://[::1]:${port}`;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
