// Generated from proto/ by `npm run generate`. Do not edit.

export { decodeSessionId, encodeSessionId, decodeUnitId, encodeUnitId, decodeEncodingId, encodeEncodingId, type SessionId, type UnitId, type EncodingId } from "./ids.ts";
export { decodeShardDescription, encodeShardDescription, type ShardDescription, type Matrix } from "./shard.ts";
