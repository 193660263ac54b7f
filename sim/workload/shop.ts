import { createHash } from "node:crypto";
import type { Prng } from "#base/prng.ts";
import { check } from "#sim/check-error.ts";
import type { TrafficPlan } from "#sim/plan.ts";
import type { Call, Reply } from "./client.ts";
import { type Content, Contents } from "./content.ts";
import type { History } from "./history.ts";

/** How calls reach a node. */
export interface Line {
  /** Resolves when a node is up; a call sent in the same stretch reaches it. */
  ready(): Promise<Contact>;
  /** Whether a node may answer with a server error now, or break off. */
  excusesErrors(of: "body" | "rest"): boolean;
}

/** A node that takes calls, in one of its boots. */
export interface Contact {
  /** Of the node and the boot; empty where there is but one node. */
  readonly name: string;
  send(call: Call): Promise<Reply>;
}

export type Answer = Extract<Reply, { kind: "answer" }>;

/** What is needed to call, and to note what came of it. */
export interface ShopParts {
  plan: TrafficPlan;
  prng: Prng;
  line: Line;
  history: History;
}

/** Parts of keys: nested, in need of encoding, and one the beginning of another. */
const keyForms = [
  (i: number) => `k${i}`,
  (i: number) => `folder/sub ${i}/é&<x>`,
  (i: number) => `k${i}/`,
  (i: number) => `z+${i}%25?#`,
];

/** What all calls of clients on one bucket share. */
export class Shop {
  readonly bucket: string;
  readonly keys: readonly string[];
  readonly plan: TrafficPlan;
  readonly prng: Prng;
  readonly line: Line;
  readonly history: History;
  readonly contents: Contents = new Contents();
  /** What a key was last seen to hold, as far as anybody remembers: worth a guess. */
  readonly remembered: Map<string, Content> = new Map<string, Content>();

  constructor(bucket: string, { plan, prng, line, history }: ShopParts) {
    this.bucket = bucket;
    this.plan = plan;
    this.prng = prng;
    this.line = line;
    this.history = history;
    this.keys = Array.from({ length: plan.keyCount }, (_, i) =>
      (keyForms[i % keyForms.length] ?? String)(i),
    );
  }

  /** A body of a drawn size. */
  drawContent(sizeBytesMin: number): Content {
    const { prng, plan } = this;
    const bound = prng.below(3) === 0 ? plan.sizeBytesMax : plan.sizeBytesMax / 16;
    return this.contents.make(Math.max(sizeBytesMin, prng.below(Math.ceil(bound) + 1)));
  }

  /** First and last byte of a range, which may lie beyond the object. */
  drawRange(): { first: number; last: number } {
    const first = this.prng.below(this.plan.sizeBytesMax);
    return { first, last: first + this.prng.below(this.plan.sizeBytesMax) };
  }

  /** Another key, or the same where there is but one. */
  drawOther(key: string): string {
    const others = this.keys.filter((other) => other !== key);
    return others[this.prng.below(Math.max(1, others.length))] ?? key;
  }

  /** A content that a key may hold. */
  guess(key: string): Content | undefined {
    return this.remembered.get(key);
  }

  /** Whether this is a failure that a fault explains; where none does, that is a finding. */
  isExcused(reply: Reply, name: string): boolean {
    const isFailure = reply.kind === "broken" || (reply.kind === "answer" && reply.status >= 500);
    if (!isFailure) return false;
    const promise = `a ${name} does not fail without a fault`;
    const of = name === "GET" ? "body" : "rest";
    check(this.line.excusesErrors(of), promise, describe(reply));
    return true;
  }
}

/** The ETag without quotes. */
export function etagOf(reply: Answer): string {
  return (reply.headers.etag ?? "").replaceAll('"', "");
}

/** For reports, made only where one is. */
export function describe(reply: Reply): () => string {
  return () => {
    if (reply.kind === "died") return "the node died";
    const { status, body } = reply;
    const text = body.length < 600 ? new TextDecoder().decode(body) : "";
    const md5 = createHash("md5").update(body).digest("hex");
    return `${reply.kind} ${status}, ${body.length} bytes of MD5 ${md5} ${text}`;
  };
}
