/*
 * What a browser is told of a bucket whose pages are elsewhere: the configuration, the question it
 * asks before a request (preflight), and the fields that let it show an answer.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */
import type { CorsRule, CorsRules } from "#format/index.ts";
import { bucketOf } from "#metadata/index.ts";
import { type Answer, emptyAnswer } from "./answer.ts";
import { parseAddress } from "./address.ts";
import { headerValue } from "./headers.ts";
import type { HttpRequest } from "./http.ts";
import { S3Error } from "./s3-error.ts";
import type { Services } from "./services.ts";
import { parseTarget } from "./target.ts";

/** Whether text fits a pattern in which one `*` stands for any text. */
function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === text;
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}

/** What a browser says it wants to do. */
export interface CorsRequest {
  readonly origin: string;
  readonly method: string;
  /** In lower case. */
  readonly headers: readonly string[];
}

/** The first rule that allows it. */
export function ruleFor(
  cors: CorsRules | undefined,
  { origin, method, headers }: CorsRequest,
): CorsRule | undefined {
  return cors?.rules.find(
    (rule) =>
      rule.allowedMethods.includes(method) &&
      rule.allowedOrigins.some((pattern) => fits(pattern, origin)) &&
      headers.every((header) =>
        rule.allowedHeaders.some((pattern) => fits(pattern.toLowerCase(), header)),
      ),
  );
}

/** The fields that tell a browser what a rule allows. */
function fieldsOf(rule: CorsRule, origin: string): Record<string, string> {
  const isForAll = rule.allowedOrigins.includes("*");
  const fields: Record<string, string> = {
    "access-control-allow-origin": isForAll ? "*" : origin,
    "access-control-allow-methods": rule.allowedMethods.join(", "),
    vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
  };
  if (!isForAll) fields["access-control-allow-credentials"] = "true";
  if (rule.exposeHeaders.length > 0) {
    fields["access-control-expose-headers"] = rule.exposeHeaders.join(", ");
  }
  if (rule.maxAgeSeconds !== undefined) {
    fields["access-control-max-age"] = `${rule.maxAgeSeconds}`;
  }
  return fields;
}

/** The rules of the bucket that a request is about; none where it is about none that is there. */
function rulesOf(request: HttpRequest, services: Services): CorsRules | undefined {
  const { rawPath } = parseTarget(request.target);
  const address = parseAddress(rawPath, headerValue(request.headers, "host"), services.domains);
  if (address.scope === "service") return undefined;
  return bucketOf(services.objects.replica.reader, address.bucket)?.cors;
}

/**
 * The fields that let a browser's page read the answer to its request, whatever the answer is; none
 * where no page asks, or none may.
 */
export function corsHeaders(request: HttpRequest, services: Services): Record<string, string> {
  const origin = headerValue(request.headers, "origin");
  if (origin === undefined || request.method === "OPTIONS") return {};
  const method = headerValue(request.headers, "access-control-request-method") ?? request.method;
  try {
    const rule = ruleFor(rulesOf(request, services), { origin, method, headers: [] });
    return rule === undefined ? {} : fieldsOf(rule, origin);
  } catch (error) {
    // What cannot be read was refused for that already.
    if (error instanceof S3Error) return {};
    throw error;
  }
}

/**
 * Answers a browser that asks whether a page may send a request. It asks before it signs anything,
 * and learns nothing of a bucket but what its rules say.
 *
 * @throws S3Error BadRequest, AccessForbidden
 */
export async function preflight(request: HttpRequest, services: Services): Promise<Answer> {
  const origin = headerValue(request.headers, "origin");
  if (origin === undefined) {
    throw new S3Error("BadRequest", {
      message: "Insufficient information. Origin request header needed.",
    });
  }
  const method = headerValue(request.headers, "access-control-request-method") ?? "null";
  if (!isCorsMethod(method)) {
    throw new S3Error("BadRequest", {
      message: `Invalid Access-Control-Request-Method: ${method}`,
    });
  }
  await services.objects.replica.readBarrier({ signal: request.signal });
  const cors = rulesOf(request, services);
  if (cors === undefined) {
    throw new S3Error("AccessForbidden", {
      message: "CORSResponse: CORS is not enabled for this bucket.",
    });
  }
  const headers = (headerValue(request.headers, "access-control-request-headers") ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  const rule = ruleFor(cors, { origin, method, headers });
  if (rule === undefined) {
    throw new S3Error("AccessForbidden", {
      message:
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution " +
        "of Origin, request method / Access-Control-Request-Method or " +
        "Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
    });
  }
  const fields = fieldsOf(rule, origin);
  if (headers.length > 0) fields["access-control-allow-headers"] = headers.join(", ");
  return emptyAnswer(200, fields);
}

/** Whether a rule can be about this method. */
export function isCorsMethod(method: string): boolean {
  return ["GET", "PUT", "HEAD", "POST", "DELETE"].includes(method);
}
