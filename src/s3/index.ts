/**
 * The S3 gateway: turns one HTTP request into one HTTP response.
 *
 * G1. `handle` always answers: what S3 knows as an error is an S3 error, all else InternalError.
 * G2. Nothing is stored for a request that was not authenticated, or whose bytes are not those that
 *     were signed, counted and hashed by the client.
 * G3. A request's memory does not grow with its body.
 * G4. Answers and log lines carry the request's id, and never a secret.
 *
 * It does not listen (host does), and keeps nothing: buckets and objects are metadata's and
 * objects'.
 */
export type { HttpHeaders, HttpRequest, HttpResponse } from "./http.ts";
export { createGateway, type Gateway } from "./gateway.ts";
export type { Services } from "./services.ts";
