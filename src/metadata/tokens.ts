import type { CommandResult, CreateToken, JoinToken, Refusal } from "#format/index.ts";
import { kindRange, tokenKey } from "./keyspace.ts";
import { expiredTokenKeptMs, fingerprintSizeBytes, tokensMax } from "./limits.ts";
import { clusterOf } from "./queries.ts";
import type { Reader } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import { type Step, done, refusal, refused } from "./step.ts";
import { tokens } from "./tables.ts";

/** Applies CreateToken, and forgets those that expired long ago. */
export function createToken(step: Step, command: CreateToken): CommandResult {
  const { secretHash, expiresUnixMs, issuer } = command;
  if (clusterOf(step.batch) === undefined) return refused("not-founded", "there is no cluster");
  if (secretHash.length !== fingerprintSizeBytes) return refused("invalid-command", "the hash");
  if (expiresUnixMs <= step.nowUnixMs) return refused("token-expired", "it would never be good");
  if (tokenOf(step.batch, secretHash) !== undefined) {
    return refused("invalid-command", "a secret is used for one token");
  }
  const all = [...step.batch.scan(kindRange("t/"))];
  const over = all.filter(([, value]) => {
    return tokens.decode(value).expiresUnixMs + expiredTokenKeptMs < step.nowUnixMs;
  });
  if (all.length - over.length >= tokensMax) {
    return refused("invalid-command", "there are too many tokens");
  }
  for (const [key] of over) step.batch.remove(key);
  const token = { createdUnixMs: step.nowUnixMs, expiresUnixMs, issuer, usedBy: 0 };
  step.batch.put(tokens, tokenKey(secretHash), token);
  return done();
}

/** A token's row, by the hash of its secret. */
export function tokenOf(reader: Reader, secretHash: Uint8Array): JoinToken | undefined {
  if (secretHash.length !== fingerprintSizeBytes) return undefined;
  return readRow(reader, tokens, tokenKey(secretHash));
}

/** Why a token lets nobody join, if it does not. */
export function tokenRefusal(step: Step, token: JoinToken | undefined): Refusal | undefined {
  if (token === undefined) return refusal("no-such-token", "it was never made, or is forgotten");
  if (token.usedBy > 0) return refusal("token-used", `node ${token.usedBy} joined with it`);
  const isExpired = token.expiresUnixMs <= step.nowUnixMs;
  return isExpired ? refusal("token-expired", "ask for another") : undefined;
}
