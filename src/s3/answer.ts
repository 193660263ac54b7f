import { plainXmlDocument, element } from "./xml-writer.ts";
import type { S3Error } from "./s3-error.ts";

/** What an operation answers, before the gateway adds what every answer carries. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

/** An answer without a body. */
export function emptyAnswer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers };
}

/** An XML document as an answer. */
export function xmlAnswer(
  document: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status: 200,
    headers: {
      ...headers,
      "content-type": "application/xml",
      "content-length": `${document.length}`,
    },
    body: document,
  };
}

/** Where an error happened. */
export interface ErrorPlace {
  readonly resource: string;
  readonly requestId: string;
  readonly hostId: string;
}

/** The document that tells a client of an error. */
export function errorAnswer(error: S3Error, place: ErrorPlace): Answer {
  let content = element("Code", error.code) + element("Message", error.message);
  for (const [name, value] of Object.entries(error.details)) content += element(name, value);
  content +=
    element("Resource", place.resource) +
    element("RequestId", place.requestId) +
    element("HostId", place.hostId);
  const document = plainXmlDocument("Error", content);
  return { ...xmlAnswer(document, error.headers), status: error.status };
}
