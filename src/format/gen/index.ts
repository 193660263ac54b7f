// Generated from proto/ by `npm run generate`. Do not edit.

export { decodeSessionId, encodeSessionId, decodeUnitId, encodeUnitId, decodeEncodingId, encodeEncodingId, type SessionId, type UnitId, type EncodingId } from "./ids.ts";
